/** Packs client/ as `npm pack` does, and installs the tarball into a blank project, without a network. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const ROOT = join(import.meta.dirname, '../../..')
export const CLIENT = join(ROOT, 'client')
const TSC = join(ROOT, 'node_modules/.bin/tsc')

export interface PackedClient {
  readonly tarball: string
  /** Paths in the tarball, sorted, with their bytes. */
  readonly files: ReadonlyMap<string, number>
  /** Bytes of the tarball. */
  readonly size: number
}

/** Builds and packs the client into a folder. Only one test process may do so, because the build writes client/dist. */
export async function packClient(folder: string): Promise<PackedClient> {
  await mkdir(folder, { recursive: true })
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: CLIENT,
    env: plainEnvironment(),
  })
  // The output of the build comes before the report.
  const [report] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [
    { filename: string; size: number; files: { path: string; size: number }[] },
  ]
  const files = report.files.map(({ path, size }) => [path, size] as const)
  return {
    tarball: join(folder, report.filename),
    files: new Map(files.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    size: report.size,
  }
}

/** Makes a project with these files and the package installed. */
export async function createProject(
  folder: string,
  { tarball }: PackedClient,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'app', private: true, type: 'module' }),
  )
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], {
    cwd: folder,
    env: plainEnvironment(),
  })
}

/** Compiles a project that has a tsconfig.json. Returns what tsc reports, an empty text if it compiles. */
export async function compile(folder: string): Promise<string> {
  return run(TSC, ['-p', folder, '--pretty', 'false']).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
}

/** Returns the environment without what npm sets for the scripts that it runs. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
}
