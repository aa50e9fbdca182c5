/** Paths of the project's files. */
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Returns the absolute path of a file of the project. */
export function pathOf(relative: string): string {
  return `${ROOT}${relative}`
}
