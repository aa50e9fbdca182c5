/** Writes the watermarks of a batch, after all its packs. */
import type { Envelope } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import { type EpochMillis, type EpochSeconds, nowMillis, type TradingDate } from '../../market/units.ts'
import { getItems, putIf, unchanged } from '../../tables/dynamodb.ts'
import { TryAgain } from '../../tables/retry.ts'
import { type WatermarkItem, watermarksKey } from '../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { nextWatermark, type Watermark } from './lane-watermark.ts'
import type { PassedRecord } from './read-batch.ts'
import { untilDeadline } from './until-deadline.ts'

/** The envelopes that a batch has of one lane and trading date. */
interface LaneEnvelopes {
  readonly lane: string
  readonly date: TradingDate
  readonly envelopes: readonly Envelope[]
}

/**
 * Advances the watermark of each lane to the last of `records`, which are stored.
 * @param expires epoch seconds.
 * @throws DeadlineError if the table did not take them by `deadline` (epoch ms). The batch must then come again: it may
 * be the last of its lane.
 */
export async function advanceWatermarks(
  { client, table }: TicksTable,
  records: readonly PassedRecord[],
  expires: EpochSeconds,
  deadline: EpochMillis,
): Promise<void> {
  const lanes = Map.groupBy(
    records.map(({ envelope }) => envelope),
    ({ line, lane, tradingDate }) => `${laneName(line, lane)} ${tradingDate}`,
  )
  await Promise.all(
    [...lanes.values()].map(envelopes => {
      const { line, lane, tradingDate: date } = envelopes[0]!
      return advance({ client, table }, { lane: laneName(line, lane), date, envelopes }, expires, deadline)
    }),
  )
}

/** Replaces the item that was read, and reads it again if another environment has replaced it. */
async function advance(
  { client, table }: TicksTable,
  { lane, date, envelopes }: LaneEnvelopes,
  expires: EpochSeconds,
  deadline: EpochMillis,
): Promise<void> {
  const key = { key: watermarksKey(date), time: lane }
  await untilDeadline(deadline, async () => {
    const [before] = await getItems<WatermarkItem>({ client, table }, [key], deadline)
    const next = nextWatermark(before, envelopes, nowMillis())
    const { written: _, settled: __, ...news } = next
    if (before !== undefined && isSame(before, news)) return undefined
    const item: WatermarkItem = { ...key, expires, ...next }
    const isWritten = await putIf<WatermarkItem>(
      { client, table },
      item,
      unchanged('written', before?.written),
    )
    return isWritten ? undefined : new TryAgain('a concurrent change')
  })
}

/** Returns whether a redelivered batch changes nothing. */
function isSame(
  before: WatermarkItem,
  { until, reporter, epoch, counter, missing }: Omit<Watermark, 'written' | 'settled'>,
): boolean {
  return (
    before.until === until &&
    before.reporter === reporter &&
    before.epoch === epoch &&
    before.counter === counter &&
    before.missing === missing
  )
}
