/** Compiles code snippets in a child process, so that tests can assert which of them do not compile. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const TSC = join(ROOT, 'node_modules/.bin/tsc')
/** Snippets lie inside the project, where packages are found. */
const FOLDER = join(ROOT, '.build')

/** An error as tsc prints it. */
const ERROR = /^(?<file>[^(\s]+)\.ts\(\d+,\d+\): error (?<code>TS\d+): (?<message>.*)$/gm

/**
 * Compiles snippets with the options of a project.
 * @param project path of a tsconfig.json, from the root.
 * @param snippets code by name. `#/` at the start of a module name stands for the root.
 * @returns the errors of each snippet, `TS2322: Type …`; an empty list where it compiles.
 * @throws Error when tsc reports an error outside of the snippets, or none although it failed.
 */
export function compileErrors<Name extends string>(
  project: string,
  snippets: Readonly<Record<Name, string>>,
): Record<Name, string[]> {
  mkdirSync(FOLDER, { recursive: true })
  const folder = mkdtempSync(join(FOLDER, 'compile-'))
  try {
    const names = Object.keys(snippets) as Name[]
    const toRoot = relative(folder, ROOT)
    for (const name of names) {
      const code = snippets[name].replaceAll("'#/", `'${toRoot}/`)
      writeFileSync(join(folder, `${name}.ts`), `${code}\nexport {}\n`)
    }
    const files = names.map(name => `${name}.ts`)
    const compilerOptions = { incremental: false, tsBuildInfoFile: null }
    const config = { extends: join(ROOT, project), compilerOptions, files, include: [] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const { status, stdout, stderr } = spawnSync(TSC, ['-p', '.', '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    })
    const errors = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, string[]>
    let count = 0
    for (const { groups } of stdout.matchAll(ERROR)) {
      const { file, code, message } = groups as { file: string; code: string; message: string }
      const list = errors[file as Name]
      if (list === undefined)
        throw new Error(`expected errors in snippets only, got one in ${file}: ${message}`)
      list.push(`${code}: ${message}`)
      count++
    }
    if (status !== 0 && count === 0) throw new Error(`tsc failed: ${stdout}${stderr}`)
    return errors
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
