/** Waits in tests. Each wait has a limit, and a name for the error when the limit passes. */
import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 20_000
const POLL_MS = 10

/**
 * Waits until a condition is true.
 * @param what names the condition, for the error: "three members in the room".
 * @param pollMs waits so long (ms) between two checks.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  { limitMs = LIMIT_MS, pollMs = POLL_MS } = {},
): Promise<void> {
  const start = performance.now()
  while (!(await condition())) {
    if (performance.now() - start > limitMs) throw new Error(`expected ${what} within ${limitMs} ms`)
    await sleep(pollMs)
  }
}
