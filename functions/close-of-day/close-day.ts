/** Whatever woke it, and however often: it sees what of the archive should be there, and asks for what is missing. */

import { eachOf } from '../../lambda/each-of.ts'
import { isTradingDate } from '../../market/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import type { EpochMicros, TradingDate } from '../../market/units.ts'
import { getJson, jsonBytes, keys, putObject } from './archive-objects.ts'
import { type ArchiveWorld, archivePart, PARTS, type PartReport } from './archive-part.ts'
import { hasTicksOf, listIssues } from './day-issues.ts'
import { type Due, dueAt, isOverdue } from './due-stage.ts'
import { finishDay, type Manifest, missingParts } from './finish-day.ts'

/** Parts that are asked for at once. */
const ASKED_AT_ONCE = 8

export interface PartRequest extends Due {
  readonly part: number
  /** Also where it is done already. */
  readonly again: boolean
}

export interface CloseWorld extends ArchiveWorld {
  /** Until a tick is in the ticks table for certain. */
  readonly storeSeconds: number
  /** Days for which ticks stay in the ticks table. */
  readonly keepDays: number
  /** Has a part archived by somebody else, without waiting for it. */
  readonly ask: (request: PartRequest) => Promise<void>
}

export interface CloseResult extends Due {
  /** `nothing` was ever there of the date; `working` on parts that are missing; or all is `complete`. */
  readonly state: 'nothing' | 'working' | 'complete'
  /** Parts asked for. */
  readonly asked: number
  /** It is not complete, and should be by now. */
  readonly overdue: boolean
}

/** Brings the archive to what it should be at market time `now` (epoch µs). */
export async function closeDay(world: CloseWorld, now: EpochMicros): Promise<CloseResult> {
  const due = dueAt(now, world.storeSeconds)
  const manifest = await getJson<Manifest>(world.bucket, keys.manifest(due.date))
  if (manifest?.stage === 'final' || manifest?.stage === due.stage) {
    return { ...due, state: 'complete', asked: 0, overdue: false }
  }
  if (due.date !== dateOf(now) && !(await hasBegun(world, due.date))) {
    return { ...due, state: 'nothing', asked: 0, overdue: false }
  }
  const missing = await missingParts(world.bucket, due)
  if (missing.length === 0) {
    await finishDay(world.bucket, due)
    return { ...due, state: 'complete', asked: 0, overdue: false }
  }
  if (missing.length === PARTS) await keepIssues(world, due.date, now)
  await askFor(world, due, missing, false)
  return {
    ...due,
    state: 'working',
    asked: missing.length,
    overdue: isOverdue(due.date, manifest?.stage, now),
  }
}

/**
 * Archives a date anew, whatever is there.
 * @throws RangeError when its close is not over, or its ticks are not kept any more.
 */
export async function closeAgain(
  world: CloseWorld,
  date: TradingDate,
  now: EpochMicros,
): Promise<CloseResult> {
  const latest = dueAt(now, world.storeSeconds)
  if (!isTradingDate(date) || date > latest.date) {
    throw new RangeError(`expected a trading date up to ${latest.date}, got ${date}`)
  }
  if (now >= momentOf(date, 0) + world.keepDays * DAY_MICROSECONDS) {
    throw new RangeError(
      `expected a date whose ticks are still stored, ${world.keepDays} days, got ${date}: its archive stays as it is`,
    )
  }
  const due: Due = date === latest.date ? latest : { date, stage: 'final' }
  await keepIssues(world, date, now)
  const all = Array.from({ length: PARTS }, (_, part) => part)
  await askFor(world, due, all, true)
  return { ...due, state: 'working', asked: PARTS, overdue: false }
}

/**
 * Archives a part, and finishes the day when it was the last one missing. What is known to be sent and not stored yet
 * is waited for until the day is overdue, or somebody asks for it by hand.
 * @param deadline epoch ms.
 * @returns undefined where nothing was to be done: it is done already, or it is of the close when the final stage has
 * come, and would put less in the place of more.
 * @throws NotStoredYet
 */
export async function closePart(
  world: CloseWorld,
  { part, again, ...due }: PartRequest,
  now: EpochMicros,
  deadline: number,
): Promise<PartReport | undefined> {
  const latest = dueAt(now, world.storeSeconds)
  if (due.stage === 'close' && (latest.date !== due.date || latest.stage !== 'close')) return undefined
  if (!again && !(await missingParts(world.bucket, due)).includes(part)) return undefined
  const patient = !again && !isOverdue(due.date, due.stage === 'final' ? 'close' : undefined, now)
  const report = await archivePart(world, due, part, patient, deadline)
  if ((await missingParts(world.bucket, due)).length === 0) await finishDay(world.bucket, due)
  return report
}

/** A date before today is a day of this system only if it has seen something of it. */
async function hasBegun({ bucket, boards }: CloseWorld, date: TradingDate): Promise<boolean> {
  return (await getJson(bucket, keys.issues(date))) !== undefined || (await hasTicksOf(boards, date))
}

/** On its own date the list is taken anew; later, the master is of another day. */
async function keepIssues(
  { bucket, boards }: CloseWorld,
  date: TradingDate,
  now: EpochMicros,
): Promise<void> {
  const key = keys.issues(date)
  if (date !== dateOf(now) && (await getJson(bucket, key)) !== undefined) return
  await putObject(bucket, key, jsonBytes(await listIssues(boards, date)))
}

async function askFor(
  { ask }: CloseWorld,
  due: Due,
  parts: readonly number[],
  again: boolean,
): Promise<void> {
  await eachOf(parts, ASKED_AT_ONCE, part => ask({ ...due, part, again }))
}
