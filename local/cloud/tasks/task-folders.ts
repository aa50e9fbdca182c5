/** The file systems in memory (tmpfs) of a task: folders of this machine, which end with the task. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TaskFolders {
  /** Returns a path of the container as a path of this machine. A path outside all mounts stays as it is. */
  pathOf(path: string): string
  remove(): void
}

/** @param mounts absolute paths of the container. */
export function createTaskFolders(mounts: readonly string[]): TaskFolders {
  if (mounts.length === 0) return { pathOf: path => path, remove() {} }
  const root = mkdtempSync(join(tmpdir(), 'local-cloud-task-'))
  for (const mount of mounts) mkdirSync(join(root, mount), { recursive: true })
  return {
    pathOf: path =>
      mounts.some(mount => path === mount || path.startsWith(`${mount}/`)) ? join(root, path) : path,
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
