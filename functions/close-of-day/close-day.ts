/**
 * Keeps the archive up to date. Each call compares the stage that is due now with the objects in the bucket, and requests
 * the missing parts. So a call may be triggered by anything, and any number of times.
 */
import { archiveKeys, PARTS } from '../../archive/archive-keys.ts'
import { isWhole, type Manifest } from '../../archive/manifest.ts'
import { eachOf } from '../../lambda/each-of.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import {
  addMicros,
  addMillis,
  type EpochMicros,
  type EpochMillis,
  nowMillis,
  type TradingDate,
} from '../../market/units.ts'
import { tickAsOf } from '../../tables/ticks/read-ticks.ts'
import { readIncompleteLanes } from '../../tables/ticks/watermarks.ts'
import { getJson, putJson } from './archive-objects.ts'
import { type ArchiveContext, archivePart, type PartReport } from './archive-part.ts'
import { hasTicksOf, issuesBehind, listIssues } from './day-issues.ts'
import { type Due, type DueContext, dueAt, isOverdue, stageEnd } from './due-stage.ts'
import { allParts, finishDay, missingParts } from './finish-day.ts'

/** Requests for parts in flight. */
const REQUESTS_IN_FLIGHT = 8
/** Issues that were behind, read at the same time. */
const READS_IN_FLIGHT = 16
/** Time to read their boards (ms). */
const BOARDS_LIMIT_MS = 30_000

/** A request to archive a part of a day. */
export interface PartRequest extends Due {
  readonly part: number
  /** Whether to archive the part even if this was done before. */
  readonly again: boolean
}

export interface CloseContext extends ArchiveContext, DueContext {
  /** Days for which the ticks table keeps ticks. */
  readonly keepDays: number
  /** Dates that need no further look: nothing of them is missing, or this system has seen nothing of them. */
  readonly wholeDates: Set<TradingDate>
  /** Requests a part from another invocation. Resolves when the request is accepted. */
  readonly requestPart: (request: PartRequest) => Promise<void>
}

export interface CloseResult extends Due {
  /**
   * `nothing`: this system has seen nothing of the date. `working`: missing parts were requested. `complete`: all is
   * archived. `incomplete`: all parts are archived, but not all ticks were stored, and are not yet.
   */
  readonly state: 'nothing' | 'working' | 'complete' | 'incomplete'
  /** Number of parts requested. */
  readonly asked: number
  /** Whether the day should be complete by now, but is not. */
  readonly overdue: boolean
  /** Number of dates that are archived although something of them is not stored. */
  readonly incomplete: number
}

/**
 * Requests the parts that the archive lacks at market time `now` (epoch µs), or finishes the day if none is missing. Does
 * the same for each earlier date that is not whole.
 */
export async function closeDay(context: CloseContext, now: EpochMicros): Promise<CloseResult> {
  const due = dueAt(now, context)
  const [latest, ...earlier] = await Promise.all([
    closeDue(context, due, now),
    ...earlierDates(context, due.date, now).map(date => closeEarlier(context, date, now)),
  ])
  const all = [latest, ...earlier]
  return {
    ...latest,
    asked: all.reduce((sum, { asked }) => sum + asked, 0),
    incomplete: all.reduce((sum, { incomplete }) => sum + incomplete, 0),
  }
}

async function closeDue(context: CloseContext, due: Due, now: EpochMicros): Promise<CloseResult> {
  const nothingAsked = { ...due, asked: 0, overdue: false, incomplete: 0 }
  const manifest = await getJson<Manifest>(context.bucket, archiveKeys.manifest(due.date))
  if (manifest?.stage === 'final') return closeIncomplete(context, due, manifest)
  if (manifest?.stage === due.stage) return { ...nothingAsked, state: 'complete' }
  if (due.date !== dateOf(now) && !(await hasStarted(context, due.date)))
    return { ...nothingAsked, state: 'nothing' }
  const missing = await missingParts(context.bucket, due)
  if (missing.length === 0) {
    const finished = await finishDay(context.bucket, due, context.calendar)
    return { ...nothingAsked, state: 'complete', incomplete: countIncomplete(finished) }
  }
  if (missing.length === PARTS) await storeIssues(context, due.date, now)
  await requestParts(context, due, missing, false)
  return {
    ...due,
    state: 'working',
    asked: missing.length,
    overdue: isOverdue(due.date, manifest?.stage, now, context.calendar),
    incomplete: 0,
  }
}

/** Archives a day again as soon as what was missing is stored. */
async function closeIncomplete(context: CloseContext, due: Due, manifest: Manifest): Promise<CloseResult> {
  const result = { ...due, asked: 0, overdue: false, incomplete: countIncomplete(manifest) }
  if (isWhole(manifest)) {
    context.wholeDates.add(due.date)
    return { ...result, state: 'complete' }
  }
  if (await isStillMissing(context, due, manifest)) return { ...result, state: 'incomplete' }
  await requestParts(context, due, allParts(), true)
  return { ...result, state: 'working', asked: PARTS }
}

async function isStillMissing(
  { boards, calendar, ticks, lanes }: CloseContext,
  due: Due,
  { behind = [], incomplete = [] }: Manifest,
): Promise<boolean> {
  const { date } = due
  const waiting =
    incomplete.length > 0
      ? await readIncompleteLanes(ticks, date, calendar.hoursOf(date), lanes, nowMillis())
      : []
  if (waiting.length > 0) return true
  const lastStored = new Map<string, Tick | undefined>()
  await eachOf(behind, READS_IN_FLIGHT, async issue => {
    lastStored.set(issue, await tickAsOf(ticks, issue, date, stageEnd(due, calendar)))
  })
  const deadline = addMillis(nowMillis(), BOARDS_LIMIT_MS)
  return (await issuesBehind(boards, date, stageEnd(due, calendar), lastStored, deadline)).length > 0
}

function countIncomplete(manifest: Manifest): number {
  return manifest.stage === 'final' && !isWhole(manifest) ? 1 : 0
}

/** Returns the trading dates before `date` whose ticks are kept and which are not known to be whole. */
function earlierDates(
  { calendar, keepDays, wholeDates }: CloseContext,
  date: TradingDate,
  now: EpochMicros,
): TradingDate[] {
  const dates: TradingDate[] = []
  for (let day = 1; day < keepDays; day++) {
    const midnight = addMicros(momentOf(date, 0), -day * DAY_MICROSECONDS)
    const earlier = dateOf(midnight)
    if (now >= midnight + keepDays * DAY_MICROSECONDS) break
    if (calendar.isTradingDate(earlier) && !wholeDates.has(earlier)) dates.push(earlier)
  }
  return dates
}

/** Finishes an earlier date, unless this system has seen nothing of it. */
async function closeEarlier(
  context: CloseContext,
  date: TradingDate,
  now: EpochMicros,
): Promise<CloseResult> {
  const due: Due = { date, stage: 'final' }
  if ((await getJson(context.bucket, archiveKeys.issues(date))) !== undefined)
    return closeDue(context, due, now)
  context.wholeDates.add(date)
  return { ...due, state: 'nothing', asked: 0, overdue: false, incomplete: 0 }
}

/**
 * Archives a date again, whatever the archive has of it. Its lanes count as stored to their end: whoever requests this has
 * decided that nothing more will come.
 * @throws RangeError if the day is not over, or if its ticks are no longer stored.
 */
export async function closeAgain(
  context: CloseContext,
  date: TradingDate,
  now: EpochMicros,
): Promise<CloseResult> {
  const latest = dueAt(now, context)
  if (!context.calendar.isTradingDate(date) || date > latest.date) {
    throw new RangeError(`expected a trading date up to ${latest.date}, got ${date}`)
  }
  if (now >= momentOf(date, 0) + context.keepDays * DAY_MICROSECONDS) {
    throw new RangeError(
      `expected a date whose ticks are still stored, ${context.keepDays} days, got ${date}: its archive stays as it is`,
    )
  }
  const due: Due = date === latest.date ? latest : { date, stage: 'final' }
  await storeIssues(context, date, now)
  await requestParts(context, due, allParts(), true)
  return { ...due, state: 'working', asked: PARTS, overdue: false, incomplete: 0 }
}

/**
 * Archives a part, and finishes the day if no part is missing after it.
 *
 * Ticks that are known but not stored yet are waited for until the day is overdue. A request made by hand does not wait.
 * @param deadline epoch ms.
 * @returns undefined if there is nothing to do: the part is archived, or the request is for the `close` stage and the
 * `final` stage is already due, which has more ticks.
 * @throws NotStoredYet if ticks have to be waited for.
 */
export async function closePart(
  context: CloseContext,
  { part, again, ...due }: PartRequest,
  now: EpochMicros,
  deadline: EpochMillis,
): Promise<PartReport | undefined> {
  const latest = dueAt(now, context)
  if (due.stage === 'close' && (latest.date !== due.date || latest.stage !== 'close')) return undefined
  if (!again && !(await missingParts(context.bucket, due)).includes(part)) return undefined
  const waitForTicks =
    !again && !isOverdue(due.date, due.stage === 'final' ? 'close' : undefined, now, context.calendar)
  const report = await archivePart(context, due, part, { waitForTicks, acceptLanes: again, deadline })
  if ((await missingParts(context.bucket, due)).length === 0)
    await finishDay(context.bucket, due, context.calendar)
  return report
}

/** Returns whether this system has seen something of a date before today. */
async function hasStarted({ bucket, boards }: CloseContext, date: TradingDate): Promise<boolean> {
  return (await getJson(bucket, archiveKeys.issues(date))) !== undefined || (await hasTicksOf(boards, date))
}

/** Stores the list of a date's issues. A later date does not replace it, because the master has changed by then. */
async function storeIssues(
  { bucket, boards }: CloseContext,
  date: TradingDate,
  now: EpochMicros,
): Promise<void> {
  const key = archiveKeys.issues(date)
  if (date !== dateOf(now) && (await getJson(bucket, key)) !== undefined) return
  await putJson(bucket, key, await listIssues(boards, date))
}

async function requestParts(
  { requestPart }: CloseContext,
  due: Due,
  parts: readonly number[],
  again: boolean,
): Promise<void> {
  await eachOf(parts, REQUESTS_IN_FLIGHT, part => requestPart({ ...due, part, again }))
}
