/** A copy of the tree in a temporary folder, where mutations do not disturb the original. */
import {
  cpSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, sep } from 'node:path'

/** Folders that are not copied: packages, versions, and what builds and runs leave. */
const NOT_COPIED = new Set(['node_modules', '.git', '.build', '.data', 'cdk.out'])

export interface Overlay extends Disposable {
  readonly root: string
  /** Folder for the temporary files of the tests. It is removed with the copy. */
  readonly temporary: string
  /** All TypeScript files, as paths from the root with `/`, sorted. */
  files(): string[]
}

/** Links packages into the copy. Links to packages of this tree (npm workspaces) lead into the copy. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to)
  for (const name of readdirSync(from)) {
    const path = join(from, name)
    if (lstatSync(path).isSymbolicLink()) symlinkSync(readlinkSync(path), join(to, name))
    else if (name.startsWith('@')) linkPackages(path, join(to, name))
    else symlinkSync(path, join(to, name))
  }
}

export function copyTree(original: string): Overlay {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'itastream-mutate-'))
  const root = join(folder, 'tree')
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  cpSync(original, root, { recursive: true, filter: path => !NOT_COPIED.has(basename(path)) })
  linkPackages(join(original, 'node_modules'), join(root, 'node_modules'))
  return {
    root,
    temporary,
    files: () =>
      globSync('**/*.ts', { cwd: root, exclude: ['**/node_modules'] })
        .map(path => path.replaceAll(sep, '/'))
        .toSorted(),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
