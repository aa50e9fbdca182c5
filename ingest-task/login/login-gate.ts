/**
 * Lets one connection of all tasks and lines at a time try a login that is not proven, and stops all of them after
 * {@link LOGIN_REFUSALS}. A login that the line has accepted in this process waits for nothing, and reads no table.
 *
 * A table fault keeps no line down: a connection that cannot read the item tries at once, unless its task knows of a refusal. So tasks that start
 * with a wrong password during a table fault make two attempts each, and the provider may lock the user (docs/operations.md, a refused login).
 */
import type { Logger } from '@aws-lambda-powertools/logger'
import { type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'
import {
  type LoginItem,
  type LoginTable,
  noteRefusedLogin,
  readLogin,
  releaseLogin,
  reserveLogin,
} from '../../tables/control/login-item.ts'
import { within } from '../lease/within.ts'
import type { LoginAttempt, Logins } from '../line-seam.ts'
import { type Credentials, markOf } from './login-mark.ts'

/**
 * Refusals in a row after which no task tries this user and password again. Providers lock a user after three refusals or more, so
 * one attempt is left for a person.
 */
export const LOGIN_REFUSALS = 2
/** Wait after a refusal (ms), in which a fault of the provider may pass. */
export const REFUSAL_WAIT_MS: Millis = 60_000
/** Time limit of a question to the table (ms). An answer usually takes less than 10 ms. */
const REQUEST_LIMIT_MS: Millis = 500
/** Time limit of what is written after an attempt (ms): no login waits for it. */
const WRITE_LIMIT_MS: Millis = 3_000

export interface LoginTiming {
  /** Wait while another connection tries the login. */
  readonly busyMs: Millis
  /** Longest time of an attempt: a reservation that was seen for so long is of a task that was killed. */
  readonly attemptMs: Millis
  /** Longest wait while the login is held back: then the item is read again, which a person may have deleted. */
  readonly heldMs: Millis
}

/** A line answers a login within some 50 ms. A connection without an answer ends after some five seconds. */
export const DEFAULT_LOGIN_TIMING: LoginTiming = { busyMs: 200, attemptMs: 8_000, heldMs: 30_000 }

export interface LoginGateOptions {
  readonly control: LoginTable
  readonly credentials: Credentials
  readonly timing: LoginTiming
  readonly log: Pick<Logger, 'warn'>
}

export class LoginGate implements Logins {
  readonly #options: LoginGateOptions
  #isProven = false
  #isRefused = false
  #mark: Promise<string> | undefined
  /** The latest reservation of another connection, and since when this task has seen it (real ms). */
  #seen: { readonly reservation: string; readonly since: Millis } | undefined

  constructor(options: LoginGateOptions) {
    this.#options = options
  }

  /** Whether the line has refused the login to this task or to another one, and has not accepted it since. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  async admit(): Promise<LoginAttempt | Millis> {
    if (this.#isProven) return this.#attempt(undefined)
    try {
      return await this.#ask()
    } catch (error) {
      this.#warn(error)
      return this.#isRefused ? this.#options.timing.heldMs : this.#attempt(undefined)
    }
  }

  async #ask(): Promise<LoginAttempt | Millis> {
    const { control, timing } = this.#options
    const item = await within(REQUEST_LIMIT_MS, signal => readLogin(control, signal))
    const isOwn = item?.mark !== undefined && item.mark === (await this.#ownMark())
    // The other connection of this task was faster.
    if (this.#isProven) return this.#attempt(undefined)
    this.#noteHeld(isOwn ? (item.refusals ?? 0) : 0)
    const held = isOwn ? heldFor(item, nowMillis()) : 0
    if (held > 0) return Math.min(held, timing.heldMs)
    if (item?.isReserved === true && this.#waitsFor(item.write)) return timing.busyMs
    const reservation = await within(REQUEST_LIMIT_MS, signal => reserveLogin(control, item, signal))
    return reservation === undefined ? timing.busyMs : this.#attempt({ reservation, isOwn })
  }

  /** Returns whether the task of a reservation may still try the login. */
  #waitsFor(reservation: string): boolean {
    const now = performance.now()
    if (this.#seen?.reservation !== reservation) this.#seen = { reservation, since: now }
    return now - this.#seen.since < this.#options.timing.attemptMs
  }

  #noteHeld(refusals: number): void {
    const wasRefused = this.#isRefused
    this.#isRefused = refusals > 0
    if (this.#isRefused && !wasRefused) this.#options.log.warn('login held back', { refusals })
  }

  /** @param reserved undefined: the attempt has no reservation. `isOwn`: the refusals in the item are of this password. */
  #attempt(reserved: { readonly reservation: string; readonly isOwn: boolean } | undefined): LoginAttempt {
    const release = (forgets: boolean): void => {
      if (reserved !== undefined) void this.#release(reserved.reservation, forgets)
    }
    return {
      accepted: () => {
        this.#isProven = true
        this.#isRefused = false
        release(reserved?.isOwn === true)
      },
      refused: () => {
        this.#isProven = false
        this.#isRefused = true
        void this.#noteRefusal()
      },
      unanswered: () => release(false),
    }
  }

  async #release(reservation: string, forgets: boolean): Promise<void> {
    try {
      await within(WRITE_LIMIT_MS, signal =>
        releaseLogin(this.#options.control, { reservation, forgets }, signal),
      )
    } catch (error) {
      // Other tasks wait for the reservation as long as an attempt may take.
      this.#warn(error)
    }
  }

  async #noteRefusal(): Promise<void> {
    try {
      const mark = await this.#ownMark()
      const refusal = { mark, now: nowMillis(), wait: REFUSAL_WAIT_MS }
      await within(WRITE_LIMIT_MS, signal => noteRefusedLogin(this.#options.control, refusal, signal))
    } catch (error) {
      this.#warn(error)
    }
  }

  #ownMark(): Promise<string> {
    this.#mark ??= markOf(this.#options.credentials)
    return this.#mark
  }

  #warn(error: unknown): void {
    this.#options.log.warn('login not agreed with other tasks', { reason: String(error) })
  }
}

/** Returns how long an attempt with the refused password has to wait (ms); 0 if it may be made. */
function heldFor({ refusals = 0, notBefore }: LoginItem, now: EpochMillis): Millis {
  if (refusals >= LOGIN_REFUSALS) return Number.POSITIVE_INFINITY
  return notBefore === undefined ? 0 : Math.max(0, notBefore - now)
}
