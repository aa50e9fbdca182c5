/**
 * Finds ticks that an earlier batch stored after the end of this batch.
 *
 * A batch may come again shorter: halved after an error, or restarted in the middle. A pack that ends with the shorter
 * batch could replace a longer pack that starts at the same tick, or hide the rest of a pack that starts earlier. Only
 * one pack of an issue can lose ticks this way: the pack with the latest start at or before the issue's last tick in the
 * batch. Ticks of later packs are still found there. So the ticks of that one pack after the last tick are written
 * again, in one pack with it. They follow it without a gap, because a pack has no gaps.
 */
import { eachOf } from '../../lambda/each-of.ts'
import { PackError } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { packAt } from '../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'

/** At most this many issues of a batch are read at the same time. */
const READS_IN_FLIGHT = 16

/**
 * Reads the ticks stored after each of `lastTicks`, in the same pack.
 * @param lastTicks the last tick of each issue in the batch.
 * @returns the stored ticks by last tick; a last tick without any is left out.
 */
export async function readStoredAfter(
  { client, table }: TicksTable,
  lastTicks: readonly Tick[],
): Promise<ReadonlyMap<Tick, readonly Tick[]>> {
  // A consistent read sees packs that were written a moment ago.
  const ticks = { client, table, consistent: true }
  const storedAfter = new Map<Tick, readonly Tick[]>()
  await eachOf(lastTicks, READS_IN_FLIGHT, async last => {
    const pack = await packAt(ticks, last.board.issue, last.tradingDate, last)
    const later = decodedTicks(pack ?? []).filter(({ sequence }) => sequence > last.sequence)
    if (later.length > 0) storedAfter.set(last, later)
  })
  return storedAfter
}

/** Returns the ticks of a pack; none if it cannot be decoded. Readers cannot see such a pack, so nothing is lost. */
function decodedTicks(pack: Iterable<Tick>): Tick[] {
  try {
    return [...pack]
  } catch (error) {
    if (error instanceof PackError) return []
    throw error
  }
}
