/**
 * The one clock. Everything that asks what time it is on the market asks here, so that a whole system can be
 * stood at any trading moment. On AWS the clock is the system's own.
 */
import { asEpochMicros, asEpochMillis, type EpochMicros, type EpochMillis, type Millis } from './units.ts'

export interface Clock {
  /** Market time: microseconds since 1970-01-01T00:00Z. */
  now(): EpochMicros
  /** How many market seconds pass in a real one just now. */
  speed(): number
  /** Real milliseconds until market time reaches `microseconds`; 0 when it already has. */
  realMillisecondsUntil(microseconds: EpochMicros): Millis
}

/** From `real` on (epoch ms), market time is `market` (epoch ms) plus the real time passed × `speed`. */
export interface ClockSegment {
  readonly real: EpochMillis
  readonly market: EpochMillis
  readonly speed: number
}

/**
 * The system's own clock, to the millisecond. Not the monotonic one, which stands still while a warm Lambda
 * environment is frozen.
 */
export const systemClock: Clock = {
  now: () => asEpochMicros(Date.now() * 1000),
  speed: () => 1,
  realMillisecondsUntil: microseconds => Math.max(0, microseconds / 1000 - Date.now()),
}

/** A clock that runs through `segments`, ordered by `real`; before the first it stands still at its start. */
export function shiftedClock(segments: readonly ClockSegment[]): Clock {
  const first = segments[0]
  if (first === undefined) throw new RangeError('a shifted clock needs at least one segment, got none')
  const segmentAt = (real: number): ClockSegment => segments.findLast(s => s.real <= real) ?? first
  return {
    now() {
      const real = Date.now()
      const { real: start, market, speed } = segmentAt(real)
      return asEpochMicros(Math.round((market + Math.max(0, real - start) * speed) * 1000))
    },
    speed: () => segmentAt(Date.now()).speed,
    realMillisecondsUntil(microseconds) {
      const target = microseconds / 1000
      // A later segment may start at another market time, so the first segment that reaches the target decides.
      for (const [index, { real, market, speed }] of segments.entries()) {
        const reached = real + (target - market) / speed
        if (reached <= (segments[index + 1]?.real ?? Infinity)) return Math.max(0, reached - Date.now())
      }
      return Infinity
    },
  }
}

/**
 * The clock that a configuration names: `system`, or `real:market:speed` segments (epoch ms, epoch ms, factor)
 * joined by commas.
 * @throws RangeError naming the part that cannot be read.
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

/** What {@link parseClock} reads back as the same segments. */
export function formatSegments(segments: readonly ClockSegment[]): string {
  return segments.map(s => `${s.real}:${s.market}:${s.speed}`).join(',')
}
