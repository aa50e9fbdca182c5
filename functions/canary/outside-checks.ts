/** What a reader must find at the REST API at a market time: the pure part of the canary. */
import * as v from 'valibot'
import { PHASES, type Phase } from '../../market/market-event.ts'
import { momentFromIso, momentToIso } from '../../market/moment.ts'
import { addMicros, type EpochMicros, type Micros } from '../../market/units.ts'
import { DELAY_MICROSECONDS } from '../../prices/cut.ts'

/** The answer to a GET. */
export interface Answer {
  /** Path with query. */
  readonly where: string
  /** Absent if no answer came. */
  readonly status?: number
  /** The parsed JSON of an answer; the reason, if no answer came or its body is no JSON. */
  readonly body: unknown
}

/** The answers that the canary asks for. */
export interface OutsideAnswers {
  readonly status: Answer
  /** The calendar of today. */
  readonly calendar: Answer
  readonly issues: Answer
  /** The delayed board of the first issue. Absent if there is no issue. */
  readonly board?: Answer
}

/** Something that a reader does not find as it should be. */
export interface OutsideProblem {
  readonly where: string
  readonly expected: string
  readonly got: string
}

/** Characters of an unexpected body in a problem. */
const MOST_TEXT = 200

const moment = v.pipe(
  v.string(),
  v.rawTransform<string, EpochMicros>(({ dataset, addIssue, NEVER }) => {
    const parsed = momentFromIso(dataset.value)
    if (parsed !== undefined) return parsed
    addIssue({ message: `expected a time, got "${dataset.value}"` })
    return NEVER
  }),
)
const statusSchema = v.object({
  phase: v.picklist(PHASES),
  lines: v.array(v.object({ line: v.number(), state: v.picklist(['live', 'recovering', 'stale']) })),
})
const calendarSchema = v.object({
  phase: v.picklist(PHASES),
  days: v.tupleWithRest(
    [v.object({ phases: v.array(v.object({ phase: v.picklist(PHASES), from: moment })) })],
    v.unknown(),
  ),
})
const issuesSchema = v.object({ issues: v.array(v.object({ code: v.string() })) })
const boardSchema = v.object({ asOf: moment })

type CalendarToday = v.InferOutput<typeof calendarSchema>

/** Returns the codes of the issues of an answer; none if the answer is wrong. */
export function issueCodes({ status, body }: Answer): readonly string[] {
  return status === 200 && v.is(issuesSchema, body) ? body.issues.map(({ code }) => code) : []
}

/** Returns whether the exchange trades by the answer of the calendar, so that boards must change. */
export function isSession({ status, body }: Answer): boolean {
  return (
    status === 200 && v.is(calendarSchema, body) && (body.phase === 'morning' || body.phase === 'afternoon')
  )
}

/**
 * Returns everything that is not as a reader must find it.
 * @param now market time before the first request.
 * @param storing the time in which a tick is usually stored, µs of market time.
 */
export function outsideProblems(
  answers: OutsideAnswers,
  now: EpochMicros,
  storing: Micros,
): OutsideProblem[] {
  const problems: OutsideProblem[] = []
  const add = (where: string, expected: string, got: string): void => {
    problems.push({ where, expected, got })
  }
  const read = <Output>(answer: Answer, schema: v.GenericSchema<unknown, Output>): Output | undefined => {
    if (answer.status !== 200) {
      add(answer.where, '200', `${answer.status ?? 'no answer'}: ${textOf(answer.body)}`)
      return undefined
    }
    const { success, output, issues } = v.safeParse(schema, answer.body)
    if (success) return output
    add(answer.where, 'the members of docs/rest.md', v.summarize(issues))
    return undefined
  }

  const calendar = read(answers.calendar, calendarSchema)
  const status = read(answers.status, statusSchema)
  if (calendar !== undefined && status !== undefined) {
    const { where } = answers.status
    const states = status.lines.map(({ line, state }) => `line ${line} ${state}`)
    if (status.lines.every(({ state }) => state === 'stale')) {
      // Only while the exchange is closed no line needs to be heard (docs/rest.md, status).
      if (calendar.phase !== 'closed') add(where, 'a line that is not stale', states.join(', ') || 'no line')
      if (status.phase !== calendar.phase)
        add(where, `the phase of the calendar, ${calendar.phase}`, status.phase)
    }
  }

  const issues = read(answers.issues, issuesSchema)
  const isDue = calendar !== undefined && hasDelayedBoards(calendar, now, storing)
  const { board } = answers
  if (board === undefined) {
    if (isDue && issues !== undefined) add(answers.issues.where, 'an issue', 'none')
    return problems
  }
  // Before a delayed board exists, the issue may be unknown to the prices.
  if (!isDue && board.status === 404) return problems
  const asOf = read(board, boardSchema)?.asOf
  const oldest = addMicros(now, -(DELAY_MICROSECONDS + storing))
  if (isDue && asOf !== undefined && asOf < oldest)
    add(board.where, `asOf from ${momentToIso(oldest)} on`, momentToIso(asOf))
  return problems
}

/**
 * Returns whether delayed boards of today must exist: the exchange has taken orders for longer than the delay and the storing,
 * and the day of the system has not ended.
 */
function hasDelayedBoards({ days: [today] }: CalendarToday, now: EpochMicros, storing: Micros): boolean {
  const startOf = (phase: Phase): EpochMicros | undefined =>
    today.phases.findLast(start => start.phase === phase)?.from
  const [orders, end] = [startOf('order-acceptance'), startOf('closed')]
  if (orders === undefined || end === undefined) return false
  return now >= addMicros(orders, DELAY_MICROSECONDS + storing) && now < end
}

/** Returns a body as a short text. */
export function textOf(body: unknown): string {
  return (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, MOST_TEXT)
}
