/**
 * Gives a function the calendar with its exceptions, without a read of the table for each call. A read of the item costs one
 * read unit.
 *
 * If a read fails, the last known calendar stays. A new environment that cannot read has none, and fails: with the rules alone
 * it could store or answer bars of wrong hours on a date with an exception.
 */
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { Calendar } from '../../market/calendar/calendar.ts'
import { conflictsWithRules, parseExceptions } from '../../market/calendar/exceptions-text.ts'
import { addMillis, type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'
import type { CalendarItem, CalendarTable } from './calendar-item.ts'
import { CALENDAR_ID } from './control-keys.ts'

/** Real time for which a calendar is kept (ms). A change of the exceptions is announced days or at least minutes ahead. */
const KEPT_MS: Millis = 60_000
/** After a failed read the next one follows this much later (ms), so that calls do not wait for each. */
const RETRY_MS: Millis = 5_000
/** Time for a read (ms) if there is a calendar to go on with. A read usually takes less than 10 ms. */
const REFRESH_LIMIT_MS: Millis = 500
/** Time for the first read of an environment (ms). */
const FIRST_LIMIT_MS: Millis = 3_000

export interface CalendarReader {
  /**
   * Returns the calendar as it was up to a minute ago, or at the last read that succeeded.
   * @throws Error if no read of this environment has succeeded yet.
   */
  read(): Promise<Calendar>
}

/** @param warn reports failed reads, and exceptions without effect. */
export function createCalendarReader(
  table: CalendarTable,
  warn: (
    message: string,
    details: { readonly error: unknown } | { readonly conflicts: readonly string[] },
  ) => void,
): CalendarReader {
  let kept: { readonly text: string | undefined; readonly calendar: Calendar } | undefined
  let nextAt: EpochMillis | undefined
  let reading: Promise<Calendar> | undefined

  const refresh = async (): Promise<Calendar> => {
    try {
      const text = await readText(table, kept === undefined ? FIRST_LIMIT_MS : REFRESH_LIMIT_MS)
      if (kept === undefined || text !== kept.text) {
        const exceptions = text === undefined ? [] : parseExceptions(text).exceptions
        kept = { text, calendar: new Calendar(exceptions) }
        const conflicts = conflictsWithRules(exceptions)
        if (conflicts.length > 0) warn('exceptions of the calendar have no effect', { conflicts })
      }
      nextAt = later(KEPT_MS)
      return kept.calendar
    } catch (error) {
      if (kept === undefined) throw error
      warn('the exceptions of the calendar cannot be read; the last known ones stay', { error })
      nextAt = later(RETRY_MS)
      return kept.calendar
    } finally {
      reading = undefined
    }
  }
  return {
    async read() {
      if (kept !== undefined && nextAt !== undefined && nowMillis() < nextAt) return kept.calendar
      reading ??= refresh()
      return reading
    },
  }
}

async function readText({ client, table }: CalendarTable, limit: Millis): Promise<string | undefined> {
  const get = new GetCommand({ TableName: table, Key: { id: CALENDAR_ID }, ConsistentRead: true })
  const { Item } = await client.send(get, { abortSignal: AbortSignal.timeout(limit) })
  return (Item as CalendarItem | undefined)?.exceptions
}

function later(time: Millis): EpochMillis {
  return addMillis(nowMillis(), time)
}
