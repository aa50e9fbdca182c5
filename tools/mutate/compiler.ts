/** Syntax trees, types and errors of a tree of files, from the TypeScript compiler. */
import { join } from 'node:path'
import type { SourceFile } from 'typescript/unstable/ast'
import { API, type Checker, type Diagnostic, type Project, type Snapshot } from 'typescript/unstable/sync'

export interface Parsed {
  readonly source: SourceFile
  readonly checker: Checker
}

export interface Compiler extends Disposable {
  /** @throws Error if no project contains the file. */
  parse(file: string): Parsed
  /** Reads the file again and returns the errors in this file, `TS2322: Type …`. */
  errorsAfterChange(file: string): string[]
  /** Returns the errors in all files. It takes some seconds. */
  allErrors(): string[]
}

const textOf = ({ code, text }: Diagnostic): string => `TS${code}: ${text}`

/**
 * Starts the compiler in a child process.
 * @param root folder of the tree.
 * @param projects paths of tsconfig.json files from the root; a file belongs to the first that contains it.
 */
export function startCompiler(root: string, projects: readonly string[]): Compiler {
  const api = new API({ cwd: root })
  let snapshot = api.updateSnapshot({ openProjects: projects.map(path => join(root, path)) })
  /** The file that was read again last. It may have changed back since. */
  let changed: string | undefined

  const projectOf = (file: string): Project => {
    const found = snapshot
      .getProjects()
      .find(({ program }) => program.getSourceFile(join(root, file)) !== undefined)
    if (found === undefined) throw new Error(`expected ${file} in one of ${projects.join(', ')}`)
    return found
  }
  const replaceSnapshot = (next: Snapshot): void => {
    snapshot.dispose()
    snapshot = next
  }
  return {
    parse(file) {
      const { program, checker } = projectOf(file)
      return { source: program.getSourceFile(join(root, file))!, checker }
    },
    errorsAfterChange(file) {
      const path = join(root, file)
      const both = changed === undefined ? [path] : [path, changed]
      changed = path
      replaceSnapshot(api.updateSnapshot({ fileChanges: { changed: both } }))
      const { program } = projectOf(file)
      return [...program.getSyntacticDiagnostics(path), ...program.getSemanticDiagnostics(path)].map(textOf)
    },
    allErrors: () =>
      snapshot.getProjects().flatMap(({ program }) => program.getSemanticDiagnostics().map(textOf)),
    [Symbol.dispose]() {
      snapshot.dispose()
      api.close()
    },
  }
}
