/**
 * Groups of boards: the latest boards of some fifty issues are one item. A board takes about 59 bytes in it, and a write
 * costs a unit for each KB, so one item an issue would cost many times as much.
 */
import { decodeEnvelope, EnvelopeError, encodeBoards } from '../../market/codec/envelope.ts'
import { decodePack } from '../../market/codec/pack.ts'
import { fnv1a } from '../../market/hash.ts'
import { isLaterTick, type Tick } from '../../market/tick.ts'
import { asEpochMillis } from '../../market/units.ts'
import { getItem, putIf, type Table, unchanged } from '../dynamodb.ts'
import { type BoardGroupItem, type BoardItem, type BoardsTableItem, boardGroupId } from './board-items.ts'

/**
 * Number of groups. The largest item of 4,400 issues has 3.5 KB: an eventually consistent read of up to 4 KB costs half a
 * unit (`npm run bench -- boards`). Another number would move issues to other items, which readers of the release before
 * do not find.
 */
export const BOARD_GROUPS = 96

/** Returns the group of an issue, from 0. */
export function boardGroupOf(issue: string): number {
  return fnv1a(issue) % BOARD_GROUPS
}

/**
 * Returns the ticks in an item, without their trades.
 * @throws EnvelopeError or PackError if the bytes are damaged.
 * @throws UnknownVersionError if another release wrote them in another version.
 */
export function ticksOfItem(item: BoardGroupItem | BoardItem): Tick[] {
  return 'pack' in item ? decodePack(item.pack) : ticksOfGroup(item)
}

function ticksOfGroup({ boards }: BoardGroupItem): Tick[] {
  return boards.flatMap(bytes => {
    const envelope = decodeEnvelope(bytes)
    if (envelope.kind !== 'boards') throw new EnvelopeError(`expected boards, got ${envelope.kind}`)
    return envelope.ticks
  })
}

/** Returns ticks as the content of an item: an envelope for each line and trading date. */
export function encodeGroup(ticks: readonly Tick[]): Uint8Array[] {
  const parts = Map.groupBy(ticks, ({ line, tradingDate }) => `${line} ${tradingDate}`)
  return [...parts.values()].map(part => {
    const { line, tradingDate } = part[0]!
    // The table has no use for the numbers of the stream. Zeros take one byte each.
    const header = { lane: 0, epoch: asEpochMillis(0), counter: 0, position: 0, reached: 0 }
    const boards = part.map(({ trade: _, lost: __, ...tick }): Tick => tick)
    // Small steps of the sequence take few bits.
    boards.sort((a, b) => a.sequence - b.sequence)
    return encodeBoards({ ...header, line, tradingDate }, 1, 1, boards)
  })
}

/**
 * Puts ticks of a group into its item, except those of which the item has a newer tick. Replaces only the version that
 * it has read: a write that arrives late changes nothing.
 * @param onDamage gets the reason if the item cannot be read. The ticks then replace it.
 * @returns false if another writer replaced the item at the same time. The item may then have none of the ticks.
 * @throws UnknownVersionError if a newer release wrote the item.
 */
export async function putIntoGroup(
  boards: Table<BoardsTableItem>,
  group: number,
  ticks: readonly Tick[],
  onDamage: (error: EnvelopeError) => void,
): Promise<boolean> {
  const id = boardGroupId(group)
  const before = await getItem<BoardGroupItem>(boards, { id })
  const newest = new Map(storedTicks(before, onDamage).map(tick => [tick.board.issue, tick]))
  let isChanged = false
  for (const tick of ticks) {
    const stored = newest.get(tick.board.issue)
    if (stored !== undefined && !isLaterTick(tick, stored)) continue
    newest.set(tick.board.issue, tick)
    isChanged = true
  }
  if (!isChanged) return true
  const item: BoardGroupItem = {
    id,
    version: (before?.version ?? 0) + 1,
    boards: encodeGroup([...newest.values()]),
  }
  return putIf(boards, item, unchanged('version', before?.version))
}

function storedTicks(
  item: BoardGroupItem | undefined,
  onDamage: (error: EnvelopeError) => void,
): readonly Tick[] {
  if (item === undefined) return []
  try {
    return ticksOfGroup(item)
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error
    onDamage(error)
    return []
  }
}
