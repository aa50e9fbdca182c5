/**
 * What an earlier batch has stored behind the end of this one.
 *
 * A batch may come again shorter: halved after an error, or begun anew from the middle. A pack that ends with it would
 * take the place of a longer one that begins at the same tick, or hide the rest of one that begins before. Only one pack
 * of an issue can lose anything so, the one with the latest start at or before the issue's last tick here: whatever
 * stands in later ones is found in them as before. So what that one holds behind the tick goes into the new pack too.
 * It follows without a gap, for a pack has none.
 */

import { eachOf } from '../../lambda/each-of.ts'
import { PackError } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { packBefore } from '../../tables/ticks/read-ticks.ts'
import type { TicksTable } from './store-batch.ts'

/** Issues of one batch that are read at the same time. */
const READS_IN_FLIGHT = 16

/** By the last tick of an issue in a batch: the ticks of the pack it stands in that come after it, if there are any. */
export async function storedBehind(
  { client, table }: TicksTable,
  lasts: readonly Tick[],
): Promise<ReadonlyMap<Tick, readonly Tick[]>> {
  // What was written a moment ago counts too.
  const ticks = { client, table, consistent: true }
  const behind = new Map<Tick, readonly Tick[]>()
  await eachOf(lasts, READS_IN_FLIGHT, async last => {
    const pack = await packBefore(ticks, last.board.issue, last.tradingDate, last)
    const rest = readable(pack ?? []).filter(({ sequence }) => sequence > last.sequence)
    if (rest.length > 0) behind.set(last, rest)
  })
  return behind
}

/** A pack that cannot be read shows nobody anything: nothing is lost with it, and it should not stop a batch. */
function readable(pack: Iterable<Tick>): Tick[] {
  try {
    return [...pack]
  } catch (error) {
    if (error instanceof PackError) return []
    throw error
  }
}
