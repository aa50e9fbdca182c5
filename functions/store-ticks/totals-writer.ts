/** Finds the totals that a batch has of each lane: those of its last whole key frame, and of earlier ones if it has much time. */
import type { Envelope } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import { totalsOf } from '../../market/market-row.ts'
import type { Tick } from '../../market/tick.ts'
import type { DayMicros, EpochSeconds, Micros } from '../../market/units.ts'
import { totalsItem } from '../../tables/ticks/lane-totals.ts'
import type { TotalsItem } from '../../tables/ticks/ticks-item.ts'
import type { PassedRecord } from './read-batch.ts'

/**
 * Two totals of one batch are at least so far apart. A usual batch has a minute, and so the totals of one moment. A batch after
 * a delay has many minutes, and a batch of a fast market clock has half an hour: readers see the market of moments within it. Key
 * frames of a fast clock are further apart (KEY_FRAME_MARKET_TIME of the ingest task), so each of them has its totals.
 */
export const SPACING: Micros = 90_000_000

/** A key frame whose parts have all come. */
interface WholeFrame {
  readonly lane: string
  readonly ticks: readonly Tick[]
  /** Market time of its newest tick (µs of its day). */
  readonly time: DayMicros
}

/**
 * Returns one item for each moment of each lane whose key frame is whole in `records`. A frame comes after the ticks that it
 * has, so these are stored if the records are. A lane without a whole frame waits for the next batch.
 * @param records of the tasks that own their lanes, in order.
 */
export function totalsItems(records: readonly PassedRecord[], expires: EpochSeconds): TotalsItem[] {
  return spacedFrames(wholeFrames(records)).map(({ lane, ticks, time }) => {
    const issues = ticks.flatMap(tick => totalsOf(tick) ?? [])
    return totalsItem(lane, ticks[0]!.tradingDate, { time, issues }, expires)
  })
}

/**
 * The latest totals that an execution environment has written of each lane. Each batch has a key frame, also at lunch and after the
 * close, when the totals do not change.
 */
export class WrittenTotals {
  /** By the key of the lane. */
  readonly #latest = new Map<string, TotalsItem>()

  /** Returns the items that differ from the latest written item of their lane. */
  changed(items: readonly TotalsItem[]): TotalsItem[] {
    return items.filter(({ key, time, totals }) => {
      const written = this.#latest.get(key)
      return written?.time !== time || Buffer.compare(written.totals, totals) !== 0
    })
  }

  /** Notes items that the table has taken. */
  note(items: readonly TotalsItem[]): void {
    for (const item of items) {
      const before = this.#latest.get(item.key)
      if (before === undefined || before.time <= item.time) this.#latest.set(item.key, item)
    }
  }
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
  const whole: WholeFrame[] = []
  for (const { envelope } of records) {
    const lane = laneName(envelope.line, envelope.lane)
    if (envelope.kind !== 'boards') continue
    const before = open.get(lane)
    open.delete(lane)
    const isFirst = envelope.part === 1
    // A part is missing.
    if (!isFirst && (before === undefined || !follows(envelope, before.last))) continue
    const ticks = isFirst ? envelope.ticks : [...before!.ticks, ...envelope.ticks]
    if (envelope.part < envelope.parts) open.set(lane, { last: envelope, ticks })
    else if (ticks.length > 0) whole.push({ lane, ticks, time: Math.max(...ticks.map(tick => tick.time)) })
  }
  return whole
}

/** A task numbers the parts of a frame one after the other. */
function follows({ epoch, counter }: Envelope, last: Envelope): boolean {
  return epoch === last.epoch && counter === last.counter + 1
}
