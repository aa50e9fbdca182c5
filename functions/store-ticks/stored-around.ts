/**
 * Finds what earlier batches stored of issues that they have overtaken: packs inside this batch, and ticks after its end.
 *
 * A batch may come again shorter: halved after an error, or restarted in the middle. A pack that ends with the shorter
 * batch could replace a longer pack that starts at the same tick, or hide the rest of a pack that starts earlier. Only
 * one pack of an issue can lose ticks this way: the pack with the latest start at or before the issue's last tick in the
 * batch. Ticks of later packs are still found there. So the ticks of that one pack after the last tick are written
 * again, in one pack with it. They follow it without a gap, because a pack has no gaps.
 *
 * The lane's borders inside this batch may be gone, because later batches were stored meanwhile: a batch that was given up comes
 * again hours later. A pack that an attempt of that time has left would hide the rest of a longer pack. So no pack of this batch
 * spans the start of a stored one.
 */
import { eachOf } from '../../lambda/each-of.ts'
import { PackError } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { packAt, packStarts } from '../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'

/** At most this many issues of a batch are read at the same time. */
const READS_IN_FLIGHT = 16

/** What is stored of an issue, besides the ticks of a batch. */
export interface StoredAround {
  /** Ticks after the last one of the batch, in one pack with it. */
  readonly later: readonly Tick[]
  /** The sequences at which stored packs start, from the first tick of the batch to the last. */
  readonly starts: readonly number[]
}

/**
 * Reads what is stored of each issue around its ticks.
 * @param issues the ticks of each issue in the batch.
 * @returns by last tick.
 */
export async function readStoredAround(
  { client, table }: TicksTable,
  issues: readonly (readonly Tick[])[],
): Promise<ReadonlyMap<Tick, StoredAround>> {
  // A consistent read sees packs that were written a moment ago.
  const ticks = { client, table, consistent: true }
  const around = new Map<Tick, StoredAround>()
  await eachOf(issues, READS_IN_FLIGHT, async issueTicks => {
    const [first, last] = [issueTicks[0]!, issueTicks.at(-1)!]
    const { board, tradingDate } = last
    const pack = await packAt(ticks, board.issue, tradingDate, last)
    const later = decodedTicks(pack ?? []).filter(({ sequence }) => sequence > last.sequence)
    around.set(last, { later, starts: await packStarts(ticks, board.issue, tradingDate, first, last) })
  })
  return around
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
