/**
 * Exceptions of the calendar as JSON text, which people write and the control table stores:
 *
 * ```json
 * { "version": 3, "exceptions": [
 *   { "kind": "closed", "date": "2027-02-01", "note": "System maintenance" },
 *   { "kind": "hours", "date": "2026-12-30", "note": "半日立会",
 *     "hours": { "orders": "08:00", "morning": "09:00-11:30", "afternoon": null } } ] }
 * ```
 */
import * as v from 'valibot'
import { dateFromIso, isDate, isoDate } from '../moment.ts'
import type { TradingDate } from '../units.ts'
import { RULES } from './calendar.ts'
import type { CalendarException } from './exceptions.ts'
import { HOURS_RULES } from './hours.ts'
import { hoursSchema, orderProblems, readableHours, readHours } from './hours-text.ts'

/** First and last date of an exception: the holiday list ends in 2050. */
const FIRST_DATE = '2015-01-01'
const LAST_DATE = '2050-12-31'
/** 200 closed weekdays are 40 weeks: the calendar still finds a trading date within a year. */
export const MOST_EXCEPTIONS = 200
/** Characters. Apps show a note in a line. */
const LONGEST_NOTE = 200

/** The exceptions cannot be used. The message lists every problem, one a line. */
export class ExceptionsError extends Error {
  override readonly name = 'ExceptionsError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(['the exceptions of the calendar cannot be used:', ...problems].join('\n'))
    this.problems = problems
  }
}

export interface ParsedExceptions {
  /** The version of the stored exceptions from which the text was edited. */
  readonly version: number | undefined
  readonly exceptions: readonly CalendarException[]
}

/** What the text has of one exception, after its members are checked. */
type Entry = v.InferOutput<typeof entrySchema>

/** The dates of exceptions, as far as they can be read. */
type Dated =
  | { readonly kind: 'closed' | 'open' | 'hours'; readonly date: TradingDate }
  | { readonly kind: 'new-hours'; readonly since: TradingDate }

const date = v.pipe(
  v.string(),
  v.check(
    text => isDate(text) && text >= FIRST_DATE && text <= LAST_DATE,
    ({ input }) => `expected a date YYYY-MM-DD from ${FIRST_DATE} to ${LAST_DATE}, got "${input}"`,
  ),
)
const note = v.pipe(
  v.string(),
  v.check(
    text => text.trim() !== '' && text.length <= LONGEST_NOTE,
    ({ input }) => `expected a reason of up to ${LONGEST_NOTE} characters, got ${input.length} characters`,
  ),
)
const entrySchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('closed'), date, note }),
  v.strictObject({ kind: v.literal('open'), date, note, hours: v.optional(hoursSchema) }),
  v.strictObject({ kind: v.literal('hours'), date, note, hours: hoursSchema }),
  v.strictObject({ kind: v.literal('new-hours'), since: date, note, hours: hoursSchema }),
])
/** What is checked of an entry whose other members cannot be used. */
const dateSchema = v.object({ kind: v.picklist(['closed', 'open', 'hours']), date })
const hoursOf = v.object({ hours: v.looseObject({}) })
const fileSchema = v.strictObject({
  version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  exceptions: v.pipe(
    v.array(v.unknown()),
    v.maxLength(MOST_EXCEPTIONS, ({ input }) => `expected up to ${MOST_EXCEPTIONS}, got ${input.length}`),
  ),
})

/**
 * Reads exceptions that do not contradict themselves. They may contradict the rules: see {@link conflictsWithRules}.
 * @throws ExceptionsError listing all problems.
 */
export function parseExceptions(text: string): ParsedExceptions {
  const { version, exceptions, problems } = readText(text)
  if (problems.length > 0) throw new ExceptionsError(problems)
  return { version, exceptions }
}

/** Exceptions that people want to write. */
export interface CheckedExceptions extends ParsedExceptions {
  /** What is wrong with the text itself. If there is something, exceptions may be missing. */
  readonly problems: readonly string[]
  /** Contradictions to the rules, also of exceptions that cannot be used: see {@link conflictsWithRules}. */
  readonly conflicts: readonly string[]
}

/**
 * Reads exceptions that people want to write.
 * @throws ExceptionsError if the text is no file of exceptions at all.
 */
export function checkExceptions(text: string): CheckedExceptions {
  const { dated, ...read } = readText(text)
  return { ...read, conflicts: conflictsWithRules(dated) }
}

/** Reads what can be read of a text. `dated` has the dates of unusable exceptions too. */
function readText(text: string): Omit<CheckedExceptions, 'conflicts'> & { readonly dated: readonly Dated[] } {
  const file = v.safeParse(fileSchema, readJson(text))
  if (!file.success) throw new ExceptionsError(file.issues.map(issue => problemText('', issue)))
  const problems: string[] = []
  const exceptions: CalendarException[] = []
  const dated: Dated[] = []
  for (const [index, entry] of file.output.exceptions.entries()) {
    const place = `exceptions[${index}]`
    const parsed = v.safeParse(entrySchema, entry)
    if (parsed.success) {
      const exception = exceptionOf(place, parsed.output, problems)
      exceptions.push(exception)
      dated.push(exception)
    } else {
      problems.push(...parsed.issues.map(issue => problemText(place, issue)), ...disorder(place, entry))
      const known = v.safeParse(dateSchema, entry)
      if (known.success) dated.push({ ...known.output, date: dateFromIso(known.output.date) })
    }
  }
  problems.push(...repeatedDates(dated))
  return { version: file.output.version, exceptions, dated, problems }
}

/** Returns what is wrong with the order of an entry's hours, as far as they can be read. */
function disorder(place: string, entry: unknown): string[] {
  const found = v.safeParse(hoursOf, entry)
  if (!found.success) return []
  return orderProblems(readableHours(found.output.hours)).map(problem => `${place}.hours${problem}`)
}

/**
 * Returns the exceptions that contradict the rules or repeat them, which is usually a wrong date. Such an exception cannot be
 * written. A stored one has no effect: the rules may have changed after it was written, by a new law about holidays.
 */
export function conflictsWithRules(exceptions: readonly Dated[]): string[] {
  return exceptions.flatMap(exception => {
    if (exception.kind === 'new-hours') return []
    const { kind } = exception
    const day = RULES.dayOf(exception.date)
    const isOpen = day.hours !== undefined
    const where = `${isoDate(exception.date)}: `
    const why = day.name === undefined ? day.closedBy : `${day.name.ja} (${day.name.en})`
    if (kind === 'closed' && !isOpen)
      return [`${where}expected a trading date to close; it is closed by rule: ${why}`]
    if (kind === 'hours' && !isOpen)
      return [
        `${where}expected a trading date for other hours; it is closed by rule: ${why}. An additional trading date has the kind "open"`,
      ]
    if (kind === 'open' && isOpen)
      return [
        `${where}expected a closed date to open; the exchange trades on it by rule. Other hours have the kind "hours"`,
      ]
    return []
  })
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ExceptionsError([`expected JSON, got other text: ${(error as Error).message}`])
  }
}

function exceptionOf(place: string, entry: Entry, problems: string[]): CalendarException {
  if (entry.kind === 'closed') return { ...entry, date: dateFromIso(entry.date) }
  const read = entry.hours && readHours(entry.hours)
  problems.push(...(read?.problems ?? []).map(problem => `${place}.hours${problem}`))
  if (entry.kind === 'open') {
    const { hours: _, ...rest } = entry
    return { ...rest, date: dateFromIso(entry.date), ...(read && { hours: read.hours }) }
  }
  const { hours } = read!
  if (entry.kind === 'hours') return { ...entry, date: dateFromIso(entry.date), hours }
  const since = dateFromIso(entry.since)
  const newest = HOURS_RULES.at(-1)!.since
  if (since <= newest)
    problems.push(
      `${place}.since: expected a date after the newest rule, ${isoDate(newest)}, got "${entry.since}"`,
    )
  return { ...entry, since, hours }
}

/** Two exceptions of one date contradict each other. New hours and an exception of their first date do not. */
function repeatedDates(exceptions: readonly Dated[]): string[] {
  const places = exceptions.map(exception =>
    exception.kind === 'new-hours' ? `since ${isoDate(exception.since)}` : isoDate(exception.date),
  )
  const repeated = new Set(places.filter((place, index) => places.indexOf(place) !== index))
  return [...repeated].map(place => {
    const kinds = exceptions.filter((_, index) => places[index] === place).map(({ kind }) => kind)
    return `${place}: expected one exception, got ${kinds.length}: ${kinds.join(', ')}`
  })
}

function problemText(place: string, issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? [])
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
  const where = `${place}${path}`.replace(/^\./, '') || 'file'
  const own = issue.message.startsWith('expected')
  if (own) return `${where}: ${issue.message}`
  return issue.expected === 'never'
    ? `${where}: unknown member`
    : `${where}: expected ${issue.expected}, got ${issue.received}`
}
