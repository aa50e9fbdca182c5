/** States in the ticks table how far the lanes are stored, without the envelopes from which store-ticks learns it. */
import { LINE_NUMBERS, laneName } from '../../market/lane.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import { asEpochMillis, asEpochSeconds, type EpochMicros, type TradingDate } from '../../market/units.ts'
import { putItem, type Table } from '../../tables/dynamodb.ts'
import { type WatermarkItem, watermarksKey } from '../../tables/ticks/ticks-item.ts'

/** Lanes of a line in tests. */
export const LANES = 2
/** Longer than every test, seconds. */
const KEPT_SECONDS = 86_400

/**
 * Writes the watermarks of all lanes of a trading date.
 * @param until market time (epoch µs) up to which they are stored; default: the end of the date.
 * @param lines the lines whose lanes are stated.
 */
export async function stateStored(
  { client, table }: Table,
  date: TradingDate,
  until: EpochMicros = momentOf(date, DAY_MICROSECONDS - 1),
  lines: readonly number[] = LINE_NUMBERS,
): Promise<void> {
  for (const line of lines) {
    for (let lane = 0; lane < LANES; lane++) {
      await putItem<WatermarkItem>(
        { client, table },
        {
          key: watermarksKey(date),
          time: laneName(line, lane),
          expires: asEpochSeconds(Math.floor(Date.now() / 1000) + KEPT_SECONDS),
          until,
          settled: until,
          // Long ago: every read shows it.
          written: asEpochMillis(0),
          epoch: asEpochMillis(1),
          counter: 1,
          reporter: asEpochMillis(1),
          missing: '',
        },
      )
    }
  }
}
