/** Requests with a time limit. */
import type { Millis } from '../../market/units.ts'

/**
 * Runs a request with a signal that aborts it at the limit. Fails at the limit, also when the request does not end: credentials
 * that do not come cannot be aborted.
 * @param milliseconds real ms.
 */
export async function within<T>(
  milliseconds: Millis,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`expected an answer within ${milliseconds} ms, got none`)
      controller.abort(error)
      reject(error)
    }, milliseconds)
  })
  try {
    return await Promise.race([request(controller.signal), limit])
  } finally {
    clearTimeout(timer)
  }
}
