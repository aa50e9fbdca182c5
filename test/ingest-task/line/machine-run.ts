/** Steps the machine of a line session without a network, in a time that the test sets. */
import type { Timing } from '../../../ingest-task/line/connection.ts'
import { type Frame, LineError } from '../../../ingest-task/line/frame.ts'
import type { LineEffect, LineEvent } from '../../../ingest-task/line/line-events.ts'
import { step } from '../../../ingest-task/line/line-machine.ts'
import { createState, type SessionState } from '../../../ingest-task/line/line-state.ts'
import type { ResumePoint } from '../../../ingest-task/line-seam.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate, type EpochMicros } from '../../../market/units.ts'

export const TIMING: Timing = {
  heartbeat: 1000,
  receiveTimeout: 4000,
  fillTimeout: 50,
  answerTimeout: 5000,
  backoffCap: 5000,
}
export const A = 0
export const B = 1
export const TRADING_DATE = asTradingDate(20261120)
/** The number of the line's session. */
export const SESSION = 1
/** Real milliseconds at the start, as a process that has run for a while would see them. */
const START = 100_000

export class MachineRun {
  now = START
  /** In place of a random number. */
  random = 0.5
  state: SessionState

  constructor(resume?: ResumePoint) {
    this.state = frozen(createState(TIMING, resume, this.#moment()))
  }

  /** Steps the machine once. State and event are frozen, so a step that changes them fails. */
  step(event: LineEvent): readonly LineEffect[] {
    const { state, effects } = step(this.state, frozen(event), this.#moment())
    this.state = frozen(state)
    return effects
  }

  #moment() {
    return { now: this.now, market: marketAt(this.now), random: this.random }
  }
}

/** Returns the market time at a real time (ms): the test starts at nine o'clock. */
export function marketAt(now: number): EpochMicros {
  return momentOf(TRADING_DATE, 9 * 3_600_000_000 + (now - START) * 1000)
}

/** Freezes plain objects and arrays, all the way down. Bytes and errors cannot be frozen. */
function frozen<T>(value: T): T {
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value ?? 0) === Object.prototype
  if (!isPlain || Object.isFrozen(value)) return value
  Object.freeze(value)
  Object.values(value as object).forEach(frozen)
  return value
}

export function opened(connection: number, sequence: number, session = SESSION): LineEvent {
  return { kind: 'opened', connection, answer: { tradingDate: TRADING_DATE, session }, sequence }
}

export function closed(connection: number, kind = 'closed'): LineEvent {
  return { kind: 'closed', connection, reason: new LineError(kind, 'closed by the test') }
}

export const readable: LineEvent = { kind: 'delivered', readable: true }
export const unreadable: LineEvent = { kind: 'delivered', readable: false }

/** A frame of plain bytes. */
export function frameOf(
  type: Frame['type'],
  sequence: number,
  payload: Uint8Array = new Uint8Array(0),
  snapshot = false,
): Frame {
  return { type, sequence, zip: false, snapshot, payload }
}

export function arrives(connection: number, frame: Frame): LineEvent {
  return { kind: 'frame', connection, frame }
}
