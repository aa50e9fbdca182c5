/** Connection A or B of a line, for as long as the process lives: when it ends, another one is tried. */

import type { Address } from '../ingest-config.ts'
import { backoff } from '../put-backoff.ts'
import { type Connection, type ConnectionEvents, openConnection, type Timing } from './connection.ts'
import type { Login } from './control.ts'
import type { LineError } from './frame.ts'

export interface KeptEvents extends Omit<ConnectionEvents, 'closed'> {
  /** Before every try. */
  connecting(): void
  /** `retryMilliseconds` until the next try; undefined when there will be none. */
  closed(reason: LineError, retryMilliseconds: number | undefined): void
}

export interface KeptConnection {
  /** Logged in. */
  readonly open: boolean
  /** Goes nowhere while it is not open. */
  send(frame: Buffer): void
  pause(): void
  resume(): void
  /** Ends the connection that is there with a reason. */
  fail(reason: LineError): void
  /** Says goodbye; no other is tried. */
  close(): Promise<void>
}

export function keepConnected(
  address: Address,
  login: Login,
  timing: Timing,
  events: KeptEvents,
): KeptConnection {
  let connection: Connection
  let openedAt: number | undefined
  let attempt = 0
  let retry: NodeJS.Timeout | undefined
  let paused = false
  let closing = false

  const closed = (reason: LineError): void => {
    // One that ends as soon as it has begun is no better than one that never did.
    if (openedAt !== undefined && performance.now() - openedAt > timing.backoffCap) attempt = 0
    openedAt = undefined
    const wait = closing ? undefined : backoff(++attempt, timing.backoffCap)
    if (wait !== undefined) retry = setTimeout(start, wait)
    events.closed(reason, wait)
  }

  const start = (): void => {
    events.connecting()
    connection = openConnection(address, login, timing, {
      ...events,
      opened(answer, sequence) {
        openedAt = performance.now()
        events.opened(answer, sequence)
      },
      closed,
    })
    if (paused) connection.pause()
  }

  start()

  return {
    get open() {
      return openedAt !== undefined
    },
    send: frame => connection.send(frame),
    pause() {
      paused = true
      connection.pause()
    },
    resume() {
      paused = false
      connection.resume()
    },
    fail: reason => connection.fail(reason),
    async close() {
      closing = true
      clearTimeout(retry)
      await connection.logout()
    },
  }
}
