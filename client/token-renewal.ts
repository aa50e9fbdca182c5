/** Renews the access token of a connection before it ends. */
import type { ClientMessage, MessageId } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import type { Timing } from './timing.ts'

/** Longest wait after a failure, ms. */
const LONGEST_RETRY: Millis = 30_000
/** The longest time of a timer, ms: a larger one would fire at once. */
const LONGEST_TIMER: Millis = 2 ** 31 - 1

/**
 * Returns the wait before a token is renewed. It is random, because many apps connect at the opening. A token with a short life is
 * renewed after about half of it.
 * @param left the time until the token ends, ms.
 * @param random in [0, 1).
 */
export function renewalWait(left: Millis, { from, to, shortest }: Timing['renewal'], random: number): Millis {
  const wait = left >= 2 * from ? left - to - random * (from - to) : left * (0.4 + 0.2 * random)
  return Math.min(LONGEST_TIMER, Math.max(shortest, wait))
}

export interface TokenRenewalOptions {
  readonly token: () => Promise<string>
  readonly send: (message: ClientMessage) => void
  readonly timing: Pick<Timing, 'answerTimeout' | 'renewal'>
}

export interface TokenRenewal {
  /** The token of the connection ends at this time, ISO 8601 of the real clock. A time that is known changes nothing. */
  expires(time: string): void
  /** The server has taken another token, which ends at this time. */
  renewed(time: string): void
  /** Takes an error. A renewal that was refused is tried again, with another token. */
  refused(id: MessageId | undefined): void
  close(): void
}

export function createTokenRenewal({ token, send, timing }: TokenRenewalOptions): TokenRenewal {
  let end = 0
  let count = 0
  let pending: MessageId | undefined
  let isClosed = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function schedule(wait: Millis, what: () => void): void {
    clearTimeout(timer)
    if (!isClosed) timer = setTimeout(what, wait)
  }

  const wait = (): Millis => renewalWait(end - Date.now(), timing.renewal, Math.random())

  function retry(): void {
    pending = undefined
    schedule(Math.min(LONGEST_RETRY, wait()), renew)
  }

  function renew(): void {
    const own = `token-${++count}`
    pending = own
    schedule(timing.answerTimeout, retry)
    token().then(
      fresh => {
        if (pending === own && !isClosed) send({ action: 'token', token: fresh, id: own })
      },
      () => {
        if (pending === own) retry()
      },
    )
  }

  function takeEnd(moment: number): void {
    if (Number.isNaN(moment) || isClosed) return
    pending = undefined
    end = moment
    schedule(wait(), renew)
  }

  return {
    expires(time) {
      // Each subscription has the time: the wait, or the renewal under way, must not start anew.
      const moment = Date.parse(time)
      if (moment !== end) takeEnd(moment)
    },
    renewed: time => takeEnd(Date.parse(time)),
    refused(id) {
      if (id !== undefined && id === pending) retry()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
