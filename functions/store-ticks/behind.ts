/**
 * What an earlier batch has stored behind the end of this one.
 *
 * A batch may come again shorter: halved after an error, or cut off where the stream was read anew. A pack that ends with
 * it would take the place of a longer one that begins at the same tick, or hide the rest of one that begins before. So
 * what is stored of an issue behind its last tick here goes into its packs too, as far as a batch has come before.
 */
import { DAY_MICROSECONDS } from '../../market/clock.ts'
import type { Tick } from '../../market/tick.ts'
import { eachOf } from '../shared/each-of.ts'
import { storedBetween } from '../shared/history/packs.ts'
import type { TicksTable } from './store.ts'

/** Issues of one batch that are read at the same time. */
const READS_IN_FLIGHT = 16

/** The last tick of an issue in a batch, and the border up to which a batch has been stored before. */
export interface End {
  readonly last: Tick
  readonly border: number
}

/** The stored ticks of each issue between its end and the border, in their order; nothing for most. */
export async function storedBehind(
  { client, table }: TicksTable,
  ends: readonly End[],
): Promise<ReadonlyMap<End, readonly Tick[]>> {
  // What was written a moment ago counts too.
  const ticks = { client, table, consistent: true }
  const behind = new Map<End, readonly Tick[]>()
  await eachOf(ends, READS_IN_FLIGHT, async end => {
    const { board, tradingDate } = end.last
    const found: Tick[] = []
    const stored = storedBetween(ticks, board.issue, tradingDate, end.last, DAY_MICROSECONDS - 1)
    for await (const { tick } of stored) {
      if (tick.sequence > end.border) break
      found.push(tick)
    }
    if (found.length > 0) behind.set(end, found)
  })
  return behind
}
