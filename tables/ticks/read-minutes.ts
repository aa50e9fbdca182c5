/** Reads the minute bars of an unfinished day: finished minutes from half-hours, the others from ticks. */
import { barStart, firstTradeTime } from '../../market/bar-times.ts'
import { type Bar, minuteBarsOf } from '../../market/bars.ts'
import type { Tick } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import { type FinishedMinutes, type IssueDay, readHalfHours } from './half-hours.ts'
import { stepsBetween } from './read-ticks.ts'
import type { TicksTable } from './ticks-table.ts'

/** Returns the minute bars from the minute of `from` on, of ticks up to `until` (µs of the day); none if it is earlier. */
export async function minutesAsOf(
  table: TicksTable,
  of: IssueDay,
  from: DayMicros,
  until: DayMicros,
): Promise<Bar[]> {
  const first = barStart(of.hours, from)
  // The minute of `until` may have ticks after `until`.
  const last = barStart(of.hours, until)
  // DynamoDB refuses a BETWEEN whose lower bound is above its upper bound.
  if (first > last) return []
  const { minutes, through } = await readHalfHours(table, of, first, last)
  const rest = Math.max(first, Math.min(through, last))
  const finished = minutes.filter(({ time }) => time >= first && time < rest)
  return [...finished, ...(await minutesFromTicks(table, of, rest, until)).minutes]
}

/**
 * Returns the finished minutes of the day when its last stored tick is at `lastTick` (µs of the day).
 * @param stored the minutes that half-hours have.
 * @param mostTicks the most ticks that are read. If there are more, later minutes are left out.
 * @returns `stored` if there are no more.
 */
export async function finishedMinutes(
  table: TicksTable,
  of: IssueDay,
  stored: FinishedMinutes,
  lastTick: DayMicros,
  mostTicks: number,
): Promise<FinishedMinutes> {
  const end = barStart(of.hours, lastTick)
  if (end <= stored.through) return stored
  const { minutes, lastTime } = await minutesFromTicks(table, of, stored.through, lastTick, mostTicks)
  const through = barStart(of.hours, lastTime)
  const finished = minutes.filter(({ time }) => time < through)
  return through <= stored.through ? stored : { minutes: [...stored.minutes, ...finished], through }
}

/** Reads all half-hours of a day. */
export function readFinished(table: TicksTable, of: IssueDay): Promise<FinishedMinutes> {
  const { morning, afternoon } = of.hours
  return readHalfHours(table, of, morning.start, afternoon.end)
}

/** Returns the bars from `minute` on, of ticks up to `until` (µs of the day), and the time of the last tick. */
async function minutesFromTicks(
  table: TicksTable,
  of: IssueDay,
  minute: DayMicros,
  until: DayMicros,
  mostTicks = Number.POSITIVE_INFINITY,
): Promise<{ minutes: Bar[]; lastTime: DayMicros }> {
  let lastTime = minute
  let count = 0
  async function* ticks(): AsyncGenerator<Tick> {
    const first = { time: firstTradeTime(of.hours, minute), sequence: 0 }
    for await (const { tick, before } of stepsBetween(table, of.issue, of.date, first, until)) {
      // The tick before has the turnover before the first bar.
      if (count === 0 && before !== undefined) yield before
      if (count === mostTicks) return
      count++
      lastTime = tick.time
      yield tick
    }
  }
  const bars = await minuteBarsOf(of.hours, ticks())
  return { minutes: bars.filter(({ time }) => time >= minute), lastTime }
}
