/** Regular garbage collection of the main process. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Time between two collections (ms). Tables and stream leave about 20 MB of buffers a minute, and V8 starts a collection
 * for buffers only after 64 MB. A collection takes some 30 ms.
 */
const COLLECT_EVERY_MS = 30_000

/** Collects garbage until the process ends. */
export function collectGarbageRegularly(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setInterval(collect, COLLECT_EVERY_MS).unref()
}
