/**
 * The exceptions of the calendar in the control table: people change them without a deployment. Functions read them through
 * calendar-reader.ts.
 */
import { alteredPast } from '../../market/calendar/calendar-changes.ts'
import { checkExceptions, ExceptionsError, parseExceptions } from '../../market/calendar/exceptions-text.ts'
import { momentToIso } from '../../market/moment.ts'
import type { EpochMicros } from '../../market/units.ts'
import { getItem, putIf, type Table, unchanged } from '../dynamodb.ts'
import { CALENDAR_ID } from './control-keys.ts'

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface CalendarItem {
  readonly id: typeof CALENDAR_ID
  /** JSON text: see market/calendar/exceptions-text.ts. */
  readonly exceptions: string
  /** Grows with each change, from 1. The text has it too. */
  readonly version: number
  /** Market time of the change, ISO 8601. */
  readonly changedAt: string
}

export type CalendarTable = Table<CalendarItem>

/** The text of a table without an item. */
const NO_EXCEPTIONS = textOf(0, [])

/** Returns the text of the exceptions, with the version that a change of it must name. */
export async function readExceptionsText(table: CalendarTable): Promise<string> {
  const item = await getItem<CalendarItem>(table, { id: CALENDAR_ID })
  return item?.exceptions ?? NO_EXCEPTIONS
}

/** Returns what is wrong with a text at market time `now`, without writing. Empty if it can be written over `before`. */
export function problemsOf(text: string, before: string, now: EpochMicros): readonly string[] {
  try {
    const stored = parseExceptions(before)
    const { version, exceptions, problems, conflicts } = checkExceptions(text)
    const expected = stored.version ?? 0
    return [
      ...(version === expected
        ? []
        : [
            `version: expected ${expected}, the version of the stored exceptions, got ${version ?? 'none'}: read them again, and repeat the change`,
          ]),
      ...problems,
      ...conflicts,
      // An exception that cannot be read would look like one that is removed.
      ...(problems.length > 0 ? [] : alteredPast(stored.exceptions, exceptions, now)),
    ]
  } catch (error) {
    if (error instanceof ExceptionsError) return error.problems
    throw error
  }
}

/**
 * Replaces the exceptions. Functions have them after a minute. Returns the new version.
 * @param text with the version from which it was edited.
 * @param now market time: what is past then cannot change.
 * @throws ExceptionsError listing all problems; nothing is written.
 */
export async function writeExceptions(table: CalendarTable, text: string, now: EpochMicros): Promise<number> {
  const item = await getItem<CalendarItem>(table, { id: CALENDAR_ID })
  const problems = problemsOf(text, item?.exceptions ?? NO_EXCEPTIONS, now)
  if (problems.length > 0) throw new ExceptionsError(problems)
  const version = (item?.version ?? 0) + 1
  const { exceptions } = JSON.parse(text) as { readonly exceptions: readonly unknown[] }
  const next: CalendarItem = {
    id: CALENDAR_ID,
    exceptions: textOf(version, exceptions),
    version,
    changedAt: momentToIso(now),
  }
  if (await putIf(table, next, unchanged('version', item?.version))) return version
  throw new ExceptionsError([
    'expected the stored exceptions to stay meanwhile; somebody else has changed them',
  ])
}

function textOf(version: number, exceptions: readonly unknown[]): string {
  return `${JSON.stringify({ version, exceptions }, null, 2)}\n`
}
