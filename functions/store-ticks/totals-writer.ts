/** Finds the totals that a batch has of each lane: those of its last whole key frame. */
import type { Envelope } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import { totalsOf } from '../../market/market-row.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import type { EpochSeconds, Micros } from '../../market/units.ts'
import { totalsItem } from '../../tables/ticks/lane-totals.ts'
import type { TotalsItem } from '../../tables/ticks/ticks-item.ts'
import { completeUntil } from './lane-watermark.ts'
import type { PassedRecord } from './read-batch.ts'

/**
 * A lane without a tick for so long has written its totals: a batch has a minute, and each batch has a key frame. Totals that
 * do not change are not written again at lunch and after the close.
 */
const QUIET: Micros = 3 * 60_000_000

/** A key frame whose parts have all come. */
interface WholeFrame {
  readonly lane: string
  readonly ticks: readonly Tick[]
}

/**
 * Returns one item for each lane whose key frame is whole in `records`. A frame comes after the ticks that it has, so these
 * are stored if the records are. A lane without a whole frame waits for the next batch.
 * @param records of the tasks that own their lanes, in order.
 */
export function totalsItems(records: readonly PassedRecord[], expires: EpochSeconds): TotalsItem[] {
  return lastFrames(records).flatMap(({ lane, ticks }) => {
    const { tradingDate } = ticks[0]!
    const time = Math.max(...ticks.map(tick => tick.time))
    const until = reportedUntil(records, lane)
    if (until !== undefined && until - momentOf(tradingDate, time) > QUIET) return []
    const issues = ticks.flatMap(tick => totalsOf(tick) ?? [])
    return [totalsItem(lane, tradingDate, { time, issues }, expires)]
  })
}

/** Returns the last whole key frame of each lane. */
function lastFrames(records: readonly PassedRecord[]): WholeFrame[] {
  const open = new Map<string, { readonly last: Envelope; readonly ticks: readonly Tick[] }>()
  const whole = new Map<string, WholeFrame>()
  for (const { envelope } of records) {
    if (envelope.kind !== 'boards') continue
    const lane = laneName(envelope.line, envelope.lane)
    const before = open.get(lane)
    open.delete(lane)
    const isFirst = envelope.part === 1
    // A part is missing.
    if (!isFirst && (before === undefined || !follows(envelope, before.last))) continue
    const ticks = isFirst ? envelope.ticks : [...before!.ticks, ...envelope.ticks]
    if (envelope.part < envelope.parts) open.set(lane, { last: envelope, ticks })
    else if (ticks.length > 0) whole.set(lane, { lane, ticks })
  }
  return [...whole.values()]
}

/** A task numbers the parts of a frame one after the other. */
function follows({ epoch, counter }: Envelope, last: Envelope): boolean {
  return epoch === last.epoch && counter === last.counter + 1
}

/** Returns up to which moment (epoch µs) the task has read the line of a lane, if the records report it. */
function reportedUntil(records: readonly PassedRecord[], lane: string): number | undefined {
  const reports = records.flatMap(({ envelope }) =>
    laneName(envelope.line, envelope.lane) === lane ? (completeUntil(envelope) ?? []) : [],
  )
  return reports.length === 0 ? undefined : Math.max(...reports)
}
