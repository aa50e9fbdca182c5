/** Judges whether a task is well, for the container's health check. docs/operations.md explains the verdicts. */
import type { Millis } from '../market/units.ts'
import type { IngestStats } from './ingest.ts'

/**
 * The task is stuck if envelopes have waited for so long and none was published, milliseconds. A resharding or a
 * throttled stream takes far less.
 */
const STUCK_AFTER = 60_000

/**
 * A hindrance counts as outside after so long, milliseconds. A task that has just started has heard nothing yet, and a check
 * that passes then would let a bad image replace a good one.
 */
const HINDERED_AFTER = 20_000

/** `proved` and `waiting` are well. ECS replaces a task that stays `unproved` or `stuck`. */
export type Verdict = 'proved' | 'waiting' | 'unproved' | 'stuck'

/** What prevents a task from working and is outside the task. */
export type Hindrance = 'line' | 'stream'

export interface HealthSigns {
  /** The line is live, every board is whole, and the stream answers. */
  readonly ready: boolean
  readonly hindrance: Hindrance | undefined
  /** Another task of the line works. Then what hinders this task is not outside. */
  readonly otherWorks: boolean
  /** Totals of the publisher. */
  readonly publisher: { readonly envelopes: number; readonly waitingBytes: number }
}

/**
 * Returns the signs of a task.
 * @param standby whether the stream answers a task that puts nothing, and whether another task of the line works.
 */
export function signsOf(
  { line, publisher }: Pick<IngestStats, 'line' | 'publisher'>,
  standby = { streamAnswers: false, otherWorks: false },
): HealthSigns {
  const isLive = line.state === 'live'
  const answers = publisher.envelopes > 0 || standby.streamAnswers
  let hindrance: Hindrance | undefined
  // The line sends frames only after it accepted a login.
  if (line.frames === 0) hindrance = 'line'
  else if (isLive && !answers) hindrance = 'stream'
  return { ready: isLive && answers, hindrance, otherWorks: standby.otherWorks, publisher }
}

/**
 * Returns a function that judges the signs of one task. It must be called every second or so. Once proved, a task stays
 * proved when its line or its stream fails: a new task would find them failing too.
 */
export function createHealth(): (signs: HealthSigns, now: Millis) => Verdict {
  let isProved = false
  let published = 0
  let movedAt: Millis | undefined
  let hinderedAt: Millis | undefined
  return ({ ready, hindrance, otherWorks, publisher: { envelopes, waitingBytes } }, now) => {
    if (movedAt === undefined || waitingBytes === 0 || envelopes !== published) movedAt = now
    published = envelopes
    isProved ||= ready
    if (hindrance === undefined || otherWorks) hinderedAt = undefined
    else hinderedAt ??= now
    if (now - movedAt > STUCK_AFTER) return 'stuck'
    if (isProved) return 'proved'
    return hinderedAt !== undefined && now - hinderedAt >= HINDERED_AFTER ? 'waiting' : 'unproved'
  }
}

/** Returns whether the health check passes. */
export function isWell(verdict: Verdict): boolean {
  return verdict === 'proved' || verdict === 'waiting'
}
