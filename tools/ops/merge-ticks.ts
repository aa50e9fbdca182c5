/**
 * Writes ticks of an issue's day next to the ticks that the ticks table has of it, so that a reader finds both.
 *
 * A reader finds a tick in the pack with the latest start at or before it (docs/storage.md). So a pack that is put into a table
 * as it is may hide ticks of longer packs. Here every pack ends where the next one starts, also before a start that the table has.
 */

import { packItems } from '../../functions/store-ticks/packing.ts'
import { sortAndDeduplicate } from '../../functions/store-ticks/read-batch.ts'
import { packTicks } from '../../market/codec/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { addMillis, type EpochSeconds, type Millis, nowMillis, type TradingDate } from '../../market/units.ts'
import { type Condition, putIf } from '../../tables/dynamodb.ts'
import { DeadlineError } from '../../tables/retry.ts'
import { putItems } from '../../tables/ticks/put-items.ts'
import {
  type PackItem,
  packKey,
  packTime,
  sequenceOf,
  type TicksItem,
  type TicksKey,
} from '../../tables/ticks/ticks-item.ts'
import { TICKS_KEYS } from '../../tables/ticks/ticks-keys.ts'
import { type Page, query, type TicksTable } from '../../tables/ticks/ticks-table.ts'
import type { Pace } from '../../tables/ticks/write-pace.ts'

/** The items of one issue are written in seconds. */
const WRITE_LIMIT_MS: Millis = 300_000

/** The table to which ticks are restored. Its reads must be consistent: what is read decides what is replaced. */
export interface MergeTarget {
  readonly ticks: TicksTable & { readonly consistent: true }
  readonly pace: Pace
}

/** Another writer has replaced a pack of the issue meanwhile. The command can be repeated. */
export class ChangedMeanwhileError extends Error {
  override readonly name = 'ChangedMeanwhileError'
}

/** Returns the packs of an issue's day that the table has, in the order of their starts. */
export async function readPacks(ticks: TicksTable, key: string): Promise<PackItem[]> {
  const packs: PackItem[] = []
  let start: TicksKey | undefined
  do {
    const page: Page<PackItem> = await query(ticks, key, {
      condition: '#key = :key AND #time >= :first',
      values: { ':first': packTime({ time: 0, sequence: 0 }) },
      start,
    })
    packs.push(...page.items)
    start = page.next
  } while (start !== undefined)
  return packs
}

/** Returns the ticks that a reader of these packs gets, as they are stored. @param packs in the order of their starts. */
export function ticksIn(packs: readonly PackItem[]): Tick[] {
  const ticks: Tick[] = []
  for (const { pack } of packs) {
    for (const tick of packTicks(pack)) if (tick.sequence > (ticks.at(-1)?.sequence ?? 0)) ticks.push(tick)
  }
  return ticks
}

/**
 * Merges ticks into the stored ones. Merging the same ticks again writes nothing.
 * @param given of one issue and trading date, by rising sequence, each once.
 * @param expires epoch seconds.
 * @returns the number of packs that were written.
 * @throws ChangedMeanwhileError
 */
export async function mergeTicks(
  { ticks, pace }: MergeTarget,
  issue: string,
  date: TradingDate,
  given: readonly Tick[],
  expires: EpochSeconds,
): Promise<number> {
  const before = await readPacks(ticks, packKey(issue, date))
  const stored = ticksIn(before)
  const starts = before.map(({ time }) => sequenceOf(time))
  const all = sortAndDeduplicate([...stored, ...given])
  const items = splitAt(all, starts).flatMap(part => packItems(part, [], expires))
  if (before.length === 0) {
    await putAll({ ticks, pace }, items)
    return items.length
  }
  const packOf = new Map(before.map(({ time, pack }) => [time, pack]))
  const changed = items.filter(({ time, pack }) => !isEqual(packOf.get(time), pack))
  // A pack may take the place of a longer one. The ticks that it leaves out must be stored already, in later packs.
  for (const item of changed.toReversed()) {
    if (!(await replace(ticks, item, packOf.get(item.time))))
      throw new ChangedMeanwhileError(
        `${item.key} ${item.time}: another writer has changed the pack meanwhile`,
      )
  }
  return changed.length
}

/** Writes items at the pace. @throws DeadlineError if the table does not take them. */
export async function putAll<Item extends TicksItem>(
  { ticks, pace }: MergeTarget,
  items: readonly Item[],
): Promise<void> {
  const left = await putItems(ticks, items, addMillis(nowMillis(), WRITE_LIMIT_MS), pace)
  if (left.length > 0)
    throw new DeadlineError(`expected the ticks table to take ${items.length} items, ${left.length} are left`)
}

/** Cuts ticks before each start (a sequence), in rising order. */
function splitAt(ticks: readonly Tick[], starts: readonly number[]): Tick[][] {
  const parts: Tick[][] = [[]]
  let next = 0
  for (const tick of ticks) {
    if (next < starts.length && starts[next]! <= tick.sequence) {
      while (next < starts.length && starts[next]! <= tick.sequence) next++
      parts.push([])
    }
    parts.at(-1)!.push(tick)
  }
  return parts.filter(part => part.length > 0)
}

function replace(
  { client, table }: TicksTable,
  item: PackItem,
  before: Uint8Array | undefined,
): Promise<boolean> {
  const now = Math.floor(Date.now() / 1000)
  // DynamoDB deletes expired items late. Readers ignore them.
  const condition: Condition =
    before === undefined
      ? {
          expression: 'attribute_not_exists(#key) OR #expires <= :now',
          names: { '#key': TICKS_KEYS.partition, '#expires': TICKS_KEYS.expires },
          values: { ':now': now },
        }
      : { expression: '#pack = :before', names: { '#pack': 'pack' }, values: { ':before': before } }
  return putIf<PackItem>({ client, table }, item, condition)
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0
}
