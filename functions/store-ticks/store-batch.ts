/** A batch of envelopes becomes packs in the ticks table. */
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeEnvelope, EnvelopeError } from '../../market/codec/envelope.ts'
import { dateOf, momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import type { Item, Table } from '../../tables/dynamodb.ts'
import { putItems } from '../../tables/ticks/put-items.ts'
import { packKey } from '../../tables/ticks/ticks-item.ts'
import { createPace, type Pace } from '../../tables/ticks/write-pace.ts'
import { writeUnits } from '../../tables/ticks/write-units.ts'
import type { Fence, Placed } from './epoch-fence.ts'
import { bordersItem, readBorders, type Stretch, stretchName } from './lane-borders.ts'
import { inOrder, packItems } from './packing.ts'
import { storedBehind } from './stored-after.ts'

/** First wait after the table could not be reached (ms); doubled each time. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000
/** What DynamoDB calls an error that is the items' own. */
const ITEM_FAULT = 'ValidationException'

const DAY_SECONDS = 86_400

/** One record of the stream: its place in it and its bytes. */
export interface StreamRecord {
  readonly sequenceNumber: string
  readonly bytes: Uint8Array
}

export type TicksTable = Table

export interface StoreOptions extends TicksTable {
  readonly keepDays: number
  /** Write units a second for each lane of a batch; a lane is in one batch at a time. */
  readonly unitsPerLane: number
}

export interface StoreResult {
  /** Of the issues of which everything is stored. */
  readonly ticks: number
  readonly packs: number
  /** Write units of the packs. */
  readonly units: number
  /** From this record on nothing is acknowledged: the stream will bring it again. */
  readonly failedFrom?: string
  /** Why, where an envelope could not be read. */
  readonly badEnvelope?: EnvelopeError
}

interface BadRecord {
  readonly index: number
  readonly error: EnvelopeError
}

/** Ticks of one issue and trading date, with the index of the first record that had one. */
interface Group {
  readonly firstRecord: number
  readonly stretch: Stretch
  readonly ticks: Tick[]
}

interface Batch {
  readonly groups: readonly Group[]
  readonly stretches: readonly Stretch[]
  readonly bad?: BadRecord
}

/**
 * Stores the ticks of `records` in their order, up to the first envelope that cannot be read or the first that the
 * table did not take by `deadline` (epoch ms); not those that `fence` keeps out. Storing the same again, in whatever
 * batches, changes nothing that a reader sees.
 */
export async function storeBatch(
  records: readonly StreamRecord[],
  options: StoreOptions,
  deadline: number,
  fence: Fence,
): Promise<StoreResult> {
  const { groups, stretches, bad } = groupTicks(records, fence)
  const result = await storeGroups(groups, stretches, options, deadline)
  const firstFailed = Math.min(...result.failed.map(({ firstRecord }) => firstRecord), bad?.index ?? Infinity)
  const failedFrom = records[firstFailed]?.sequenceNumber
  return {
    ticks: result.ticks,
    packs: result.stored.length,
    units: result.stored.reduce((sum, item) => sum + writeUnits(item), 0),
    ...(failedFrom === undefined ? {} : { failedFrom }),
    ...(bad === undefined ? {} : { badEnvelope: bad.error }),
  }
}

async function storeGroups(
  groups: readonly Group[],
  stretches: readonly Stretch[],
  options: StoreOptions,
  deadline: number,
): Promise<{ ticks: number; stored: readonly Item[]; failed: readonly Group[] }> {
  if (groups.length === 0) return { ticks: 0, stored: [], failed: [] }
  const expires = expiryOf(options.keepDays)
  const lanes = new Set(stretches.map(({ line, lane }) => `${line} ${lane}`))
  const pace = createPace(options.unitsPerLane * lanes.size)

  const borders = await untilDeadline(deadline, () => readBorders(options, stretches))
  const bordersOf = (stretch: Stretch): readonly number[] => borders.get(stretchName(stretch)) ?? []
  // Before any pack: should this be all that is done, the next attempt knows of it.
  const marks = stretches.map(stretch => bordersItem(stretch, bordersOf(stretch), expires))
  if ((await putAll(marks, options, deadline, pace)).length > 0)
    return { ticks: 0, stored: [], failed: groups }

  // Only where a batch before has come further is anything behind the end of this one.
  const again = groups.filter(({ stretch }) => Math.max(...bordersOf(stretch)) > stretch.last)
  const behind = await untilDeadline(deadline, () => storedBehind(options, again.map(lastOf)))

  const groupOf = new Map<Item, Group>()
  const counts = new Map<Group, number>()
  /** First the last pack of every issue, then the one before it, and so on. */
  const rounds: Item[][] = []
  for (const group of groups) {
    const ordered = inOrder(group.ticks)
    counts.set(group, ordered.length)
    const rest = behind.get(lastOf(group))
    const items = packItems(ordered, bordersOf(group.stretch), expires, rest)
    for (const [round, item] of items.reverse().entries()) {
      groupOf.set(item, group)
      const others = rounds[round]
      if (others === undefined) rounds.push([item])
      else others.push(item)
    }
  }
  const left = new Set<Item>()
  for (const round of rounds) {
    // A pack may take the place of a longer one, if what it leaves out is written before it.
    const untaken = left.size > 0 ? round : await putAll(round, options, deadline, pace)
    for (const item of untaken) left.add(item)
  }
  const failed = new Set([...left].map(item => groupOf.get(item)!))
  for (const group of failed) counts.delete(group)
  return {
    ticks: [...counts.values()].reduce((sum, count) => sum + count, 0),
    stored: [...groupOf.keys()].filter(item => !left.has(item)),
    failed: [...failed],
  }
}

function lastOf({ ticks }: Group): Tick {
  return ticks.reduce((last, tick) => (tick.sequence > last.sequence ? tick : last))
}

/** Epoch seconds of the midnight in Tokyo after so many more days: what is stored on one day goes at once. */
function expiryOf(keepDays: number): number {
  const now = Date.now() * 1000
  const today = momentOf(dateOf(now), 0)
  return today / 1_000_000 + (keepDays + 1) * DAY_SECONDS
}

/** @returns the items that were not taken by `deadline`. */
function putAll(
  items: readonly Item[],
  { client, table }: TicksTable,
  deadline: number,
  pace: Pace,
): Promise<Item[]> {
  return untilDeadline(deadline, () => putItems(client, table, items, deadline, pace))
}

/**
 * Does all of `work` again after an error that may pass: retries of the stream are few and soon used up.
 * @throws what was the error last, where waiting cannot help or has not helped.
 */
async function untilDeadline<T>(deadline: number, work: () => Promise<T>): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Error && error.name === ITEM_FAULT) throw error
      if (Date.now() + wait >= deadline) throw error
    }
    await sleep(wait)
  }
}

function groupTicks(records: readonly StreamRecord[], fence: Fence): Batch {
  const { read, bad } = readEnvelopes(records)
  fence.learn(read)
  const groups = new Map<string, Group>()
  const stretches = new Map<string, Stretch>()
  for (const [index, placed] of read.entries()) {
    const { envelope } = placed
    // A key frame says again what was said before.
    if (envelope.kind !== 'ticks' || fence.isLate(placed)) continue
    for (const tick of envelope.ticks) {
      const { line, lane, tradingDate } = envelope
      const stretch = stretchOf(stretches, {
        line,
        lane,
        tradingDate,
        first: tick.sequence,
        last: tick.sequence,
      })
      const key = packKey(tick.board.issue, tradingDate)
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { firstRecord: index, stretch, ticks: [tick] })
      else group.ticks.push(tick)
    }
  }
  return {
    groups: [...groups.values()],
    stretches: [...stretches.values()],
    ...(bad === undefined ? {} : { bad }),
  }
}

/** The stretch that `tick` belongs to, which reaches as far as it then. */
function stretchOf(stretches: Map<string, Stretch>, tick: Stretch): Stretch {
  const name = stretchName(tick)
  const stretch = stretches.get(name)
  if (stretch === undefined) {
    stretches.set(name, tick)
    return tick
  }
  stretch.first = Math.min(stretch.first, tick.first)
  stretch.last = Math.max(stretch.last, tick.last)
  return stretch
}

/** The envelopes of `records` up to the first that cannot be read. */
function readEnvelopes(records: readonly StreamRecord[]): { read: readonly Placed[]; bad?: BadRecord } {
  const read: Placed[] = []
  for (const [index, { sequenceNumber, bytes }] of records.entries()) {
    try {
      read.push({ sequenceNumber, envelope: decodeEnvelope(bytes) })
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error
      return { read, bad: { index, error } }
    }
  }
  return { read }
}
