/**
 * The market clock, the only source of market time. On AWS it is the system clock. A local system can run it at any
 * trading time and speed.
 */
import {
  asEpochMicros,
  asEpochMillis,
  type EpochMicros,
  type EpochMillis,
  type Millis,
  nowMillis,
  toEpochMicros,
  toEpochMillis,
} from './units.ts'

export interface Clock {
  /** Returns the market time. */
  now(): EpochMicros
  /** Returns the market seconds that currently pass in a real second. */
  speed(): number
  /** Returns the real time until the clock reaches a market time; 0 if it is in the past. */
  realMillisecondsUntil(moment: EpochMicros): Millis
}

/** From `real` on, market time is `market` plus the real time passed × `speed`. */
export interface ClockSegment {
  readonly real: EpochMillis
  readonly market: EpochMillis
  readonly speed: number
}

/**
 * The system clock, to the millisecond. A monotonic clock would not do: it stands still while a warm Lambda environment
 * is frozen.
 */
export const systemClock: Clock = {
  now: () => toEpochMicros(nowMillis()),
  speed: () => 1,
  realMillisecondsUntil: moment => Math.max(0, toEpochMillis(moment) - nowMillis()),
}

/** Returns a clock that runs through segments in the order of `real`. Before the first segment it stands still. */
export function shiftedClock(segments: readonly ClockSegment[]): Clock {
  const first = segments[0]
  if (first === undefined) throw new RangeError('shifted clock: expected at least one segment, got none')
  const segmentAt = (real: number): ClockSegment => segments.findLast(s => s.real <= real) ?? first
  const now = (): EpochMicros => {
    const real = Date.now()
    const { real: start, market, speed } = segmentAt(real)
    return asEpochMicros(Math.round((market + Math.max(0, real - start) * speed) * 1000))
  }
  return {
    now,
    speed: () => segmentAt(Date.now()).speed,
    realMillisecondsUntil(moment) {
      if (moment <= now()) return 0
      const target = toEpochMillis(moment)
      // Market time may jump between two segments. The first segment that reaches the target counts.
      for (const [index, { real, market, speed }] of segments.entries()) {
        const reached = real + Math.max(0, target - market) / speed
        if (reached <= (segments[index + 1]?.real ?? Infinity)) return Math.max(0, reached - nowMillis())
      }
      return Infinity
    },
  }
}

/**
 * Reads the clock of a setting: `system`, or segments `real:market:speed` (epoch ms, epoch ms, factor) separated by
 * commas.
 * @throws RangeError with the part that is invalid.
 */
export function parseClock(text: string): Clock {
  return text === 'system' ? systemClock : shiftedClock(parseSegments(text))
}

function parseSegments(text: string): ClockSegment[] {
  return text.split(',').map(part => {
    const [real, market, speed, ...rest] = part.split(':').map(Number)
    if (rest.length > 0 || !(Number(real) >= 0) || !(Number(market) >= 0) || !(Number(speed) > 0)) {
      throw new RangeError(
        `market clock: expected "system" or real:market:speed with speed > 0, got "${part}"`,
      )
    }
    return { real: asEpochMillis(real!), market: asEpochMillis(market!), speed: speed! }
  })
}

/** Returns segments as a setting that {@link parseClock} reads. */
export function formatSegments(segments: readonly ClockSegment[]): string {
  return segments.map(s => `${s.real}:${s.market}:${s.speed}`).join(',')
}
