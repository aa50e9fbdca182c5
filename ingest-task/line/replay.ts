/**
 * Drops news and phases that were delivered before. A line that starts to number its frames again also sends its day
 * from the start. Market messages are recognised by their counter; news and phases have only their time.
 */
import { momentOf } from '../../market/moment.ts'
import { asEpochMicros, type EpochMicros } from '../../market/units.ts'
import type { LineContent, ResumePoint } from '../line-seam.ts'
import type { LoginAnswer } from './control.ts'

export interface Replay {
  /** Market time of the newest content known to be delivered. */
  readonly newest: EpochMicros
  /** Midnight of the trading date. */
  readonly midnight: EpochMicros
  /** News up to this market time were delivered before. */
  readonly newsAfter: EpochMicros
  /** Start of the latest phase delivered. */
  readonly phaseFrom: EpochMicros
}

/** Before any market time. */
const NEVER = asEpochMicros(0)

export function createReplay(resume: ResumePoint | undefined): Replay {
  const newest = resume === undefined ? NEVER : momentOf(resume.tradingDate, resume.time)
  return { newest, midnight: NEVER, newsAfter: NEVER, phaseFrom: NEVER }
}

/**
 * Notes the start of a session of the line.
 * @param repeats whether it sends much that was delivered before.
 */
export function startReplay(replay: Replay, { tradingDate }: LoginAnswer, repeats: boolean): Replay {
  return { ...replay, midnight: momentOf(tradingDate, 0), newsAfter: repeats ? replay.newest : NEVER }
}

/** Whether the content was delivered before. The current phase itself may come twice: better than not at all. */
export function wasDelivered({ midnight, newsAfter, phaseFrom }: Replay, content: LineContent): boolean {
  if (content.kind === 'news') return midnight + content.time <= newsAfter
  return content.kind === 'phase' && midnight + content.time < phaseFrom
}

/** Notes content that is delivered at this market time. */
export function noteDelivery(replay: Replay, content: LineContent, market: EpochMicros): Replay {
  // A phase with an impossible time must not hide the phases after it.
  const phaseFrom =
    content.kind === 'phase'
      ? asEpochMicros(Math.min(replay.midnight + content.time, market))
      : replay.phaseFrom
  return { ...replay, newest: market, phaseFrom }
}
