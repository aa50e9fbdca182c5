/** Finds the totals that a batch has of each lane: those of its last whole key frame, and of earlier ones if it has much time. */
import type { Envelope } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import { totalsOf } from '../../market/market-row.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import type { DayMicros, EpochMicros, EpochSeconds, Micros } from '../../market/units.ts'
import { totalsItem } from '../../tables/ticks/lane-totals.ts'
import type { TotalsItem } from '../../tables/ticks/ticks-item.ts'
import { completeUntil } from './lane-watermark.ts'
import type { PassedRecord } from './read-batch.ts'

/**
 * A lane without a tick for so long has written its totals: a batch has a minute, and each batch has a key frame. Totals that
 * do not change are not written again at lunch and after the close.
 */
const QUIET: Micros = 3 * 60_000_000
/**
 * Two totals of one batch are at least so far apart. A usual batch has a minute, and so the totals of one moment. A batch after
 * a delay has many minutes, and a batch of a fast market clock has half an hour: readers see the market of moments within it.
 */
const SPACING: Micros = 90_000_000

/** A key frame whose parts have all come. */
interface WholeFrame {
  readonly lane: string
  readonly ticks: readonly Tick[]
  /** Market time of its newest tick (µs of its day). */
  readonly time: DayMicros
  /** Up to which moment (epoch µs) the task had read the line before the frame, if the batch reports it. */
  readonly until: EpochMicros | undefined
}

/**
 * Returns one item for each moment of each lane whose key frame is whole in `records`. A frame comes after the ticks that it
 * has, so these are stored if the records are. A lane without a whole frame waits for the next batch.
 * @param records of the tasks that own their lanes, in order.
 */
export function totalsItems(records: readonly PassedRecord[], expires: EpochSeconds): TotalsItem[] {
  return spacedFrames(wholeFrames(records)).flatMap(({ lane, ticks, time, until }) => {
    const { tradingDate } = ticks[0]!
    if (until !== undefined && until - momentOf(tradingDate, time) > QUIET) return []
    const issues = ticks.flatMap(tick => totalsOf(tick) ?? [])
    return [totalsItem(lane, tradingDate, { time, issues }, expires)]
  })
}

/** Returns the last frame of each lane and date, and earlier ones that are far enough from the next. The latest comes first. */
function spacedFrames(frames: readonly WholeFrame[]): WholeFrame[] {
  const next = new Map<string, DayMicros>()
  return frames.toReversed().filter(({ lane, ticks, time }) => {
    const key = `${lane} ${ticks[0]!.tradingDate}`
    if (time > (next.get(key) ?? Number.POSITIVE_INFINITY) - SPACING) return false
    next.set(key, time)
    return true
  })
}

/** Returns the whole key frames of all lanes, in order. */
function wholeFrames(records: readonly PassedRecord[]): WholeFrame[] {
  const open = new Map<string, { readonly last: Envelope; readonly ticks: readonly Tick[] }>()
  const reported = new Map<string, EpochMicros>()
  const whole: WholeFrame[] = []
  for (const { envelope } of records) {
    const lane = laneName(envelope.line, envelope.lane)
    const read = completeUntil(envelope)
    if (read !== undefined) reported.set(lane, read)
    if (envelope.kind !== 'boards') continue
    const before = open.get(lane)
    open.delete(lane)
    const isFirst = envelope.part === 1
    // A part is missing.
    if (!isFirst && (before === undefined || !follows(envelope, before.last))) continue
    const ticks = isFirst ? envelope.ticks : [...before!.ticks, ...envelope.ticks]
    if (envelope.part < envelope.parts) open.set(lane, { last: envelope, ticks })
    else if (ticks.length > 0) {
      const time = Math.max(...ticks.map(tick => tick.time))
      whole.push({ lane, ticks, time, until: reported.get(lane) })
    }
  }
  return whole
}

/** A task numbers the parts of a frame one after the other. */
function follows({ epoch, counter }: Envelope, last: Envelope): boolean {
  return epoch === last.epoch && counter === last.counter + 1
}
