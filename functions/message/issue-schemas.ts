/** Schemas of what messages say about issues. */
import * as v from 'valibot'
import { parseIssueCode } from '../../market/issue-code.ts'
import { isDate } from '../../market/moment.ts'
import { MAX_QUOTES_PER_CONNECTION, type Since } from '../../market/protocol.ts'

const issueCode = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseIssueCode(dataset.value)
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) })
      return NEVER
    }
  }),
)
export const issues = v.pipe(
  // The length is checked before the codes: a message has room for 40,000 of them.
  v.custom<readonly unknown[]>(Array.isArray, 'expected a list of issue codes'),
  v.minLength(1, 'expected at least one issue, got none'),
  v.maxLength(
    MAX_QUOTES_PER_CONNECTION,
    ({ requirement, received }) => `expected at most ${requirement} issues, got ${received}`,
  ),
  v.array(issueCode),
  v.transform(codes => [...new Set(codes)]),
)

const sequence = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

export const since = v.object({
  date: v.pipe(v.string(), v.check(isDate, 'expected a date YYYY-MM-DD')),
  sequences: v.pipe(
    // The number is checked before the codes, as in `issues`.
    v.custom<Readonly<Record<string, unknown>>>(
      value => typeof value === 'object' && value !== null && !Array.isArray(value),
      'expected an object of sequences by issue',
    ),
    v.check(
      sequences => Object.keys(sequences).length <= MAX_QUOTES_PER_CONNECTION,
      `expected at most ${MAX_QUOTES_PER_CONNECTION} sequences`,
    ),
    v.record(issueCode, sequence),
  ),
})

interface OnIssues {
  readonly issues: readonly string[]
  readonly since?: Since | undefined
}

/** Returns whether each sequence of `since` is of an issue of the message. */
export function isOfIssues(message: OnIssues): boolean {
  return firstStranger(message) === undefined
}

/** Describes a sequence of an issue that is not in the message. */
export function strangersOf(message: OnIssues): string {
  return `since: expected sequences of issues of the message, got one of ${firstStranger(message)}`
}

function firstStranger({ issues, since }: OnIssues): string | undefined {
  const named = new Set(issues)
  return Object.keys(since?.sequences ?? {}).find(issue => !named.has(issue))
}
