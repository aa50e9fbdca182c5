/** Tasks with a line each: what they know of it, and what they publish, while the lease moves between them. */
import type { Observed } from '../../../ingest-task/lease/lease-state.ts'
import { asTradingDate, type Millis } from '../../../market/units.ts'
import type { PublishedPlace } from '../../../tables/control/lease-item.ts'
import type { LeaseWorld, SimTask, TaskModel } from './lease-world.ts'

/** Time in which a task without ready standby reads the stream back, before it opens its line, ms. */
const READ_BACK_MS = 500
/** Time from the login to whole boards, ms. */
const SNAPSHOT_MS = 1_000

/** The line of a task. Positions are the milliseconds of the world: the line sends all the time. */
interface Line {
  readonly openedAt: Millis
  /** When the latest frame came, if any. */
  heardAt: Millis | undefined
  /** Since when the line has sent without a break; undefined during a break. */
  since: Millis | undefined
  /** From where on everything is known; undefined until boards were whole once. */
  wholeFrom: Millis | undefined
  position: Millis
  troubledSince: Millis | undefined
}

export class LineModel implements TaskModel {
  readonly #lines = new Map<string, Line>()
  readonly #begun = new Set<string>()

  observe(task: SimTask, world: LeaseWorld): Observed {
    const { now } = world
    const line = this.#lineOf(task, now)
    if (line === undefined) {
      return { ready: false, proved: false, troubledMs: 0, stuckMs: 0, silentMs: 0, position: 0 }
    }
    const isReadingBack = now < line.openedAt
    const hasLine = !isReadingBack && !world.isFaulty(task, 'no line')
    line.since = hasLine ? (line.since ?? now) : undefined
    if (hasLine) line.heardAt = now
    if (line.since !== undefined && now - line.since >= SNAPSHOT_MS) line.wholeFrom ??= now
    const isLive = hasLine && line.wholeFrom !== undefined
    if (isLive) line.position = now
    const isStandby = task.state.role === 'standing-by'
    line.troubledSince = isLive || isStandby ? undefined : (line.troubledSince ?? now)
    const troubledMs = line.troubledSince === undefined ? 0 : now - line.troubledSince
    const { place } = task.state
    const proved = isStandby && isLive
    return {
      ready: proved && place !== undefined && place.position >= line.wholeFrom!,
      proved,
      troubledMs,
      stuckMs: isReadingBack ? 0 : Math.min(troubledMs, now - Math.max(line.openedAt, line.position)),
      silentMs: isReadingBack ? 0 : now - (line.heardAt ?? line.openedAt),
      position: line.position,
    }
  }

  published(task: SimTask): PublishedPlace | undefined {
    const line = this.#lines.get(task.name)
    if (line?.wholeFrom === undefined) return undefined
    const { position } = line
    return { tradingDate: asTradingDate(20261120), position, reached: position, lanes: [] }
  }

  /** Returns the line of a task; undefined until it has one. A cold start opens it anew. */
  #lineOf(task: SimTask, now: Millis): Line | undefined {
    if (task.effects.includes('begin') && !this.#begun.has(task.name)) {
      this.#begun.add(task.name)
      this.#lines.set(task.name, openLine(now + READ_BACK_MS))
    } else if (task.effects.includes('stand-by') && !this.#lines.has(task.name)) {
      this.#lines.set(task.name, openLine(now))
    }
    return this.#lines.get(task.name)
  }
}

function openLine(openedAt: Millis): Line {
  return {
    openedAt,
    heardAt: undefined,
    since: undefined,
    wholeFrom: undefined,
    position: 0,
    troubledSince: undefined,
  }
}
