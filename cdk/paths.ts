import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Absolute path of a file of the project. */
export function pathOf(relative: string): string {
  return `${ROOT}${relative}`
}
