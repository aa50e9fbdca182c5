/**
 * The file by which a container's health check knows that the task is well. It holds the time until which that is known,
 * in epoch seconds on a line. The check compares it with the clock (cdk/ingest-service.ts), which starts no Node process.
 */
import { open } from 'node:fs/promises'
import { nowMillis } from '../market/units.ts'
import { createHealth, type HealthSigns, isWell, type Verdict } from './health-verdict.ts'
import type { Log } from './ingest-log.ts'

/** Time between two looks, milliseconds. */
const LOOK_INTERVAL = 1000
/**
 * Time for which a look counts, seconds. A task whose event loop stands still fails its check after that. A busy opening
 * holds the event loop for less than one second.
 */
const VALID_SECONDS = 10

export interface HealthFile {
  close(): Promise<void>
}

/**
 * Looks at the signs every second, and extends the time in the file while the task is well.
 * @throws Error when the file cannot be created.
 */
export async function openHealthFile(path: string, signs: () => HealthSigns, log: Log): Promise<HealthFile> {
  const file = await open(path, 'w')
  const judge = createHealth()
  let verdict: Verdict | undefined
  let writing = false
  const extend = async (): Promise<void> => {
    writing = true
    try {
      // The length never changes, so a reader never finds half of a time.
      await file.write(`${Math.floor(nowMillis() / 1000) + VALID_SECONDS}\n`, 0)
    } catch (error) {
      log.warn('health file not written', { reason: String(error) })
    } finally {
      writing = false
    }
  }
  const look = (): void => {
    const found = signs()
    const health = judge(found, performance.now())
    if (health !== verdict) {
      const { hindrance, otherWorks } = found
      log.info('health changed', { health, hindrance, otherWorks })
    }
    verdict = health
    if (isWell(health) && !writing) void extend()
  }
  look()
  const timer = setInterval(look, LOOK_INTERVAL)
  return {
    async close() {
      clearInterval(timer)
      await file.close()
    },
  }
}
