/**
 * Keeps the archive up to date. Each call compares the stage that is due now with the objects in the bucket, and requests
 * the missing parts. So a call may be triggered by anything, and any number of times.
 */
import { archiveKeys, PARTS } from '../../archive/archive-keys.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { eachOf } from '../../lambda/each-of.ts'
import { isTradingDate } from '../../market/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import type { EpochMicros, EpochMillis, TradingDate } from '../../market/units.ts'
import { getJson, putJson } from './archive-objects.ts'
import { type ArchiveContext, archivePart, type PartReport } from './archive-part.ts'
import { hasTicksOf, listIssues } from './day-issues.ts'
import { type Due, dueAt, isOverdue } from './due-stage.ts'
import { allParts, finishDay, missingParts } from './finish-day.ts'

/** Requests for parts in flight. */
const REQUESTS_IN_FLIGHT = 8

/** A request to archive a part of a day. */
export interface PartRequest extends Due {
  readonly part: number
  /** Whether to archive the part even if this was done before. */
  readonly again: boolean
}

export interface CloseContext extends ArchiveContext {
  /** Seconds until a tick is in the ticks table for certain. */
  readonly storeSeconds: number
  /** Days for which the ticks table keeps ticks. */
  readonly keepDays: number
  /** Requests a part from another invocation. Resolves when the request is accepted. */
  readonly requestPart: (request: PartRequest) => Promise<void>
}

export interface CloseResult extends Due {
  /**
   * `nothing`: this system has seen nothing of the date. `working`: missing parts were requested. `complete`: all is
   * archived.
   */
  readonly state: 'nothing' | 'working' | 'complete'
  /** Number of parts requested. */
  readonly asked: number
  /** Whether the day should be complete by now, but is not. */
  readonly overdue: boolean
}

/** Requests the parts that the archive lacks at market time `now` (epoch µs), or finishes the day if none is missing. */
export async function closeDay(context: CloseContext, now: EpochMicros): Promise<CloseResult> {
  const due = dueAt(now, context.storeSeconds)
  const manifest = await getJson<Manifest>(context.bucket, archiveKeys.manifest(due.date))
  if (manifest?.stage === 'final' || manifest?.stage === due.stage) {
    return { ...due, state: 'complete', asked: 0, overdue: false }
  }
  if (due.date !== dateOf(now) && !(await hasStarted(context, due.date))) {
    return { ...due, state: 'nothing', asked: 0, overdue: false }
  }
  const missing = await missingParts(context.bucket, due)
  if (missing.length === 0) {
    await finishDay(context.bucket, due)
    return { ...due, state: 'complete', asked: 0, overdue: false }
  }
  if (missing.length === PARTS) await storeIssues(context, due.date, now)
  await requestParts(context, due, missing, false)
  return {
    ...due,
    state: 'working',
    asked: missing.length,
    overdue: isOverdue(due.date, manifest?.stage, now),
  }
}

/**
 * Archives a date again, whatever the archive has of it.
 * @throws RangeError if the day is not over, or if its ticks are no longer stored.
 */
export async function closeAgain(
  context: CloseContext,
  date: TradingDate,
  now: EpochMicros,
): Promise<CloseResult> {
  const latest = dueAt(now, context.storeSeconds)
  if (!isTradingDate(date) || date > latest.date) {
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
  return { ...due, state: 'working', asked: PARTS, overdue: false }
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
  const latest = dueAt(now, context.storeSeconds)
  if (due.stage === 'close' && (latest.date !== due.date || latest.stage !== 'close')) return undefined
  if (!again && !(await missingParts(context.bucket, due)).includes(part)) return undefined
  const waitForTicks = !again && !isOverdue(due.date, due.stage === 'final' ? 'close' : undefined, now)
  const report = await archivePart(context, due, part, { waitForTicks, deadline })
  if ((await missingParts(context.bucket, due)).length === 0) await finishDay(context.bucket, due)
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
