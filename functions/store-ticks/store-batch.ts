import type { EnvelopeError } from '../../market/codec/envelope.ts'
import type { UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import {
  addMicros,
  type EpochMillis,
  type EpochSeconds,
  nowMillis,
  toEpochMicros,
  toEpochSeconds,
} from '../../market/units.ts'
import { withoutUndefined } from '../../market/without-undefined.ts'
import { putItems } from '../../tables/ticks/put-items.ts'
import type { PackItem, TicksItem } from '../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import type { Pace } from '../../tables/ticks/write-pace.ts'
import { writeUnits } from '../../tables/ticks/write-units.ts'
import type { EpochFence } from './epoch-fence.ts'
import { cutBefore } from './half-hour-writer.ts'
import { addBorders, type Borders, type LaneRange, rangeName } from './lane-borders.ts'
import { packItems } from './packing.ts'
import { type Batch, type IssueTicks, readBatch, type StreamRecord, type Stretch } from './read-batch.ts'
import { readStoredAround } from './stored-around.ts'
import { untilDeadline } from './until-deadline.ts'
import { advanceWatermarks } from './watermark-writer.ts'
import { type AsideOptions, paceOf, writeAside } from './write-aside.ts'

export interface StoreOptions extends AsideOptions {
  /** Days for which ticks are kept. */
  readonly keepDays: number
}

export interface StoreResult {
  /** Ticks of the issues that are stored completely. */
  readonly ticks: number
  readonly packs: number
  /** Write units of the packs, half-hours and totals. */
  readonly units: number
  /** Sequence number of the first record that is not stored completely. The stream delivers again from there. */
  readonly failedFrom?: string
  /** The first envelope that could not be decoded, if there was one. */
  readonly badEnvelope?: EnvelopeError | UnknownVersionError
  /** Why the half-hours of the stored issues could not be extended. A later batch extends them. */
  readonly halfHourError?: unknown
  /** Why the totals of the lanes could not be written. The next batch of a lane writes them again, or newer totals. */
  readonly totalsError?: unknown
}

/** An issue of a batch with its packs, in order. */
interface PackedIssue {
  readonly issue: IssueTicks
  readonly packs: readonly PackItem[]
}

/** What the table took of a batch. */
interface Outcome {
  readonly stored: readonly IssueTicks[]
  readonly failed: readonly IssueTicks[]
  readonly packs: readonly PackItem[]
}

/**
 * Stores the ticks of `records` in order, up to the first envelope that cannot be decoded or the first record whose
 * ticks the table did not take by `deadline` (epoch ms). Storing the same records again, in any batches, does not change
 * what a reader sees.
 * @param fence drops the envelopes of replaced tasks.
 * @throws DeadlineError if the borders or watermarks of the lanes could not be read and written by the deadline.
 * @throws Error if DynamoDB does not accept an item.
 */
export async function storeBatch(
  records: readonly StreamRecord[],
  options: StoreOptions,
  deadline: EpochMillis,
  fence: EpochFence,
): Promise<StoreResult> {
  const batch = readBatch(records, fence)
  const { stored, failed, packs } = await storeStretches(batch, options, deadline)
  const firstFailed = Math.min(...failed.map(({ firstRecord }) => firstRecord), batch.bad?.index ?? Infinity)
  const failedFrom = records[firstFailed]?.sequenceNumber
  const passed = batch.passed.filter(({ index }) => index < firstFailed)
  const expires = expiryOf(options.keepDays)
  await advanceWatermarks(options, passed, expires, deadline)
  const { written, halfHourError, totalsError } = await writeAside(
    { stored, passed },
    options,
    expires,
    deadline,
  )
  return {
    ticks: stored.reduce((sum, { ticks }) => sum + ticks.length, 0),
    packs: packs.length,
    units: [...packs, ...written].reduce((sum, item) => sum + writeUnits(item), 0),
    ...withoutUndefined({ failedFrom, badEnvelope: batch.bad?.error, halfHourError, totalsError }),
  }
}

/** Stores one stretch after the other. After a stretch with ticks that the table did not take no further one is stored. */
async function storeStretches(
  { stretches }: Batch,
  options: StoreOptions,
  deadline: EpochMillis,
): Promise<Outcome> {
  const stored: IssueTicks[] = []
  const failed: IssueTicks[] = []
  const packs: PackItem[] = []
  for (const stretch of stretches) {
    if (failed.length > 0) {
      failed.push(...stretch.issues)
      continue
    }
    const outcome = await storeIssues(stretch, options, deadline)
    stored.push(...outcome.stored)
    failed.push(...outcome.failed)
    packs.push(...outcome.packs)
  }
  return { stored, failed, packs }
}

async function storeIssues(
  { issues, ranges }: Stretch,
  options: StoreOptions,
  deadline: EpochMillis,
): Promise<Outcome> {
  if (issues.length === 0) return { stored: [], failed: [], packs: [] }
  const expires = expiryOf(options.keepDays)
  const pace = paceOf(ranges, options)
  // The end of this batch becomes a border before any pack is written. If the function dies, the next attempt knows it.
  const borders = await addBorders(options, ranges, expires, deadline)
  const reached = (range: LaneRange): number => borders.get(rangeName(range))!.reached
  // Ticks are stored after the start of this batch only if an earlier batch of the lane reached it.
  const older = issues.filter(({ ticks, range }) => reached(range) >= ticks[0]!.sequence)
  const cutHalfHours = async (): Promise<boolean> => {
    const cut = await untilDeadline(deadline, () => cutBefore(options, ticksOf(older), expires))
    return (await putAll(cut, options, deadline, pace)).length === 0
  }
  if (!(await cutHalfHours())) return { stored: [], failed: issues, packs: [] }

  // Ticks are stored after the end of this batch only if an earlier batch of the lane reached further.
  const overtaken = issues.filter(({ range }) => reached(range) > range.last)
  const packed = await packIssues(issues, overtaken, borders, expires, options, deadline)
  const left = await putLastPacksFirst(packed, items => putAll(items, options, deadline, pace))
  // A later batch of the lane may have extended the half-hours meanwhile, without the ticks of this batch.
  const isCut = await cutHalfHours()
  const isStored = ({ packs }: PackedIssue): boolean => isCut && !packs.some(item => left.has(item))
  return {
    stored: packed.filter(isStored).map(({ issue }) => issue),
    failed: packed.filter(each => !isStored(each)).map(({ issue }) => issue),
    packs: packed.flatMap(({ packs }) => packs.filter(item => !left.has(item))),
  }
}

/** Packs the ticks of each issue, together with the ticks of an earlier batch that must stay in the last pack. */
async function packIssues(
  issues: readonly IssueTicks[],
  overtaken: readonly IssueTicks[],
  borders: Borders,
  expires: EpochSeconds,
  options: StoreOptions,
  deadline: EpochMillis,
): Promise<PackedIssue[]> {
  const around = await untilDeadline(deadline, () => readStoredAround(options, ticksOf(overtaken)))
  return issues.map(issue => {
    const { ticks, range } = issue
    const { later, starts = [] } = around.get(ticks.at(-1)!) ?? {}
    const ends = [...borders.get(rangeName(range))!.borders, ...starts.map(start => start - 1)]
    const packs = packItems(ticks, ends, expires, later)
    return { issue, packs }
  })
}

/**
 * Writes the packs of all issues in waves: first each issue's last pack, then the pack before it, and so on. A pack may
 * replace a longer stored pack; the ticks that it leaves out must then be stored already, in a later pack.
 * @returns the packs that the table did not take. After a wave with such packs no further wave is written.
 */
async function putLastPacksFirst(
  packed: readonly PackedIssue[],
  put: (items: readonly PackItem[]) => Promise<readonly PackItem[]>,
): Promise<ReadonlySet<PackItem>> {
  const left = new Set<PackItem>()
  const waves = Math.max(...packed.map(({ packs }) => packs.length))
  for (let fromEnd = 1; fromEnd <= waves; fromEnd++) {
    const wave = packed.map(({ packs }) => packs.at(-fromEnd)).filter(item => item !== undefined)
    for (const item of left.size > 0 ? wave : await put(wave)) left.add(item)
  }
  return left
}

function ticksOf(issues: readonly IssueTicks[]): (readonly Tick[])[] {
  return issues.map(({ ticks }) => ticks)
}

/** Returns when ticks that are stored now expire: a midnight in Tokyo, so all ticks of a day expire together. */
function expiryOf(keepDays: number): EpochSeconds {
  const today = momentOf(dateOf(toEpochMicros(nowMillis())), 0)
  return toEpochSeconds(addMicros(today, (keepDays + 1) * DAY_MICROSECONDS))
}

/** Writes items. @returns those that the table did not take by `deadline`. */
function putAll<Item extends TicksItem>(
  items: readonly Item[],
  table: TicksTable,
  deadline: EpochMillis,
  pace: Pace,
): Promise<Item[]> {
  return untilDeadline(deadline, () => putItems(table, items, deadline, pace))
}
