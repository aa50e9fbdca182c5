/** Messages about the connection itself: login, its answer, refusals, and requests to send frames again. */
import { dateOf, momentOf } from '../../market/moment.ts'
import { asTradingDate, type TradingDate } from '../../market/units.ts'
import { decodeRows, encodeRows } from '../quick/text.ts'
import { LineError } from './frame.ts'

export interface Login {
  readonly user: string
  readonly password: string
  readonly line: number
}

export interface LoginAnswer {
  /** Date of everything that this connection will carry. */
  readonly tradingDate: TradingDate
  /**
   * When the line started to number its frames from 1: real milliseconds since midnight in Tokyo. Frame numbers of
   * different sessions have nothing to do with each other.
   */
  readonly session: number
}

/** Returns a number below 0 if the first session is earlier, 0 if both are the same session. */
export function compareSessions(one: LoginAnswer, other: LoginAnswer): number {
  return one.tradingDate - other.tradingDate || one.session - other.session
}

/** Returns the reason why a connection ends that carries another session than the other connection. */
export function sessionError(expected: LoginAnswer, got: LoginAnswer): LineError {
  const name = ({ tradingDate, session }: LoginAnswer) => `session ${session} of ${tradingDate}`
  return new LineError('session', `expected ${name(expected)} like the other connection, got ${name(got)}`)
}

export const REFUSALS = {
  credentials: 'user or password is wrong',
  line: 'this is a different line',
  full: 'too many connections are open',
} as const
export type Refusal = keyof typeof REFUSALS

/** Numbers of frames, both ends included. */
export interface Range {
  readonly from: number
  readonly to: number
}

const DAY_MILLISECONDS = 86_400_000
/** Size of a range: two 32-bit numbers. */
const RANGE_BYTES = 8

export function encodeLogin({ user, password, line }: Login): Buffer {
  return encodeRows([[user, password, String(line)]])
}

/**
 * Reads a login.
 * @throws TextError
 */
export function decodeLogin(payload: Uint8Array): Login {
  const [[user = '', password = '', line = ''] = []] = decodeRows(payload, 3)
  return { user, password, line: Number(line) }
}

export function encodeLoginAnswer({ tradingDate, session }: LoginAnswer): Buffer {
  return encodeRows([[String(tradingDate), String(session)]])
}

/**
 * Reads the answer to a login.
 * @throws LineError, TextError
 */
export function decodeLoginAnswer(payload: Uint8Array): LoginAnswer {
  const [[date = '', session = ''] = []] = decodeRows(payload, 2)
  if (!/^\d{8}$/.test(date)) {
    throw new LineError('login', `login answer: expected a trading date as YYYYMMDD, got "${date}"`)
  }
  const tradingDate = asTradingDate(Number(date))
  if (dateOf(momentOf(tradingDate, 0)) !== tradingDate) {
    throw new LineError('login', `login answer: expected a date of the calendar, got "${date}"`)
  }
  if (!/^\d{1,8}$/.test(session) || Number(session) >= DAY_MILLISECONDS) {
    throw new LineError(
      'login',
      `login answer: expected a session in milliseconds of a day, got "${session}"`,
    )
  }
  return { tradingDate, session: Number(session) }
}

export function encodeRange({ from, to }: Range): Buffer {
  const bytes = Buffer.alloc(RANGE_BYTES)
  bytes.writeUInt32BE(from, 0)
  bytes.writeUInt32BE(to, 4)
  return bytes
}

/**
 * Reads the range of a request to send frames again.
 * @throws LineError
 */
export function decodeRange(payload: Uint8Array): Range {
  if (payload.length !== RANGE_BYTES) {
    throw new LineError('range', `resend request: expected ${RANGE_BYTES} bytes, got ${payload.length}`)
  }
  const view = new DataView(payload.buffer, payload.byteOffset, RANGE_BYTES)
  const range = { from: view.getUint32(0), to: view.getUint32(4) }
  if (!(range.from >= 1 && range.from <= range.to)) {
    throw new LineError('range', `resend request: expected 1 ≤ from ≤ to, got ${range.from} to ${range.to}`)
  }
  return range
}
