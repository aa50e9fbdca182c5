/** What happens to a line session, and what the session does: the input and output of its state machine. */
import type { EpochMicros, Millis } from '../../market/units.ts'
import type { LineContent } from '../line-seam.ts'
import type { LoginAnswer, Range } from './control.ts'
import type { Frame, LineError } from './frame.ts'

/** Connections are numbered: A is 0, B is 1. */
export type LineEvent =
  | { readonly kind: 'started' }
  /** A login was accepted; the line has sent frames up to `sequence` so far. */
  | {
      readonly kind: 'opened'
      readonly connection: number
      readonly answer: LoginAnswer
      readonly sequence: number
    }
  | { readonly kind: 'frame'; readonly connection: number; readonly frame: Frame }
  /** The latest `deliver` effect is done. It comes before any other frame. */
  | { readonly kind: 'delivered'; readonly readable: boolean }
  | { readonly kind: 'closed'; readonly connection: number; readonly reason: LineError }
  | { readonly kind: 'timer'; readonly timer: TimerName }
  /** Comes once a heartbeat: time to look for answers that are overdue. */
  | { readonly kind: 'check' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  /** The session ends: connections that close are not opened again. */
  | { readonly kind: 'closing' }

export type TimerName = 'fill' | 'snapshot'

export type LineEffect =
  | { readonly kind: 'connect'; readonly connection: number; readonly milliseconds: Millis }
  | { readonly kind: 'disconnect'; readonly connection: number; readonly reason: LineError }
  /** `last` is the last frame taken in order. */
  | {
      readonly kind: 'request-frames'
      readonly connection: number
      readonly last: number
      readonly range: Range
    }
  | { readonly kind: 'request-snapshot'; readonly connection: number; readonly last: number }
  /** Content of a frame. A `delivered` event must follow. */
  | { readonly kind: 'deliver'; readonly content: LineContent }
  /** Content that needs no answer. */
  | { readonly kind: 'report'; readonly content: LineContent }
  | { readonly kind: 'report-connected'; readonly connection: number }
  | {
      readonly kind: 'report-closed'
      readonly connection: number
      readonly reason: LineError
      readonly retryMilliseconds: Millis
    }
  /** Replaces a timer of this name that is running. */
  | { readonly kind: 'start-timer'; readonly timer: TimerName; readonly milliseconds: Millis }
  | { readonly kind: 'stop-timer'; readonly timer: TimerName }

/** The time of an event, and a random number. A step reads no clock itself. */
export interface Moment {
  /** Real time that never goes back, ms. */
  readonly now: Millis
  /** Market time, epoch µs. */
  readonly market: EpochMicros
  /** A random number in [0, 1), for the jitter of waits. */
  readonly random: number
}
