/** What a process holds once everything that can be freed is freed. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export interface Held {
  /** Objects and buffers. */
  readonly heap: number
  readonly resident: number
}

export function heldMemory(): Held {
  collect()
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, resident: rss }
}
