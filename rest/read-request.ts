/** Reads the issue code and the query parameters of a request by the rules of its route. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { parseIssueCode } from '../market/issue-code.ts'
import { isDate } from '../market/moment.ts'
import { cutText, Problem, quoted } from './problem.ts'
import { FIRST_DATE, LAST_DATE, type QueryRule, type QueryRules } from './query-rules.ts'

type Request = Pick<APIGatewayProxyEventV2, 'pathParameters' | 'queryStringParameters' | 'rawQueryString'>

/** Returns the issue code in the path, `undefined` if the path has none. @throws Problem `bad-issue` */
export function readIssue({ pathParameters }: Request): string | undefined {
  const text = pathParameters?.issue
  return text === undefined ? undefined : issueCode(text)
}

/**
 * Returns the value of every parameter of `rules`. An empty parameter counts as absent.
 * @throws Problem naming the parameter that is unknown, repeated, missing or invalid.
 */
export function readQuery(request: Request, rules: QueryRules): Record<string, unknown> {
  checkNames(request.rawQueryString, Object.keys(rules))
  return Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [
      name,
      readValue(name, request.queryStringParameters?.[name] || undefined, rule),
    ]),
  )
}

/** API Gateway joins the values of a repeated parameter with commas, so the names are read from the query itself. */
function checkNames(rawQuery: string, known: readonly string[]): void {
  const names = [...new URLSearchParams(rawQuery).keys()]
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) {
    const has = known.length === 0 ? 'no parameters' : `the parameters ${known.join(', ')}`
    throw new Problem('bad-parameter', `${cutText(unknown)}: unknown parameter; this route has ${has}`)
  }
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) {
    const times = names.filter(name => name === repeated).length
    throw new Problem('bad-parameter', `${repeated}: expected the parameter once, got it ${times} times`)
  }
}

function readValue(name: string, text: string | undefined, rule: QueryRule): unknown {
  switch (rule.kind) {
    case 'number':
      return text === undefined ? rule.fallback : readNumber(name, text, rule)
    case 'choice':
      return text === undefined ? rule.fallback : readChoice(name, text, rule.words)
    case 'issues':
      return readIssues(name, text ?? '', rule.most)
    case 'date':
      return text === undefined ? undefined : readDate(name, text)
    case 'text':
      return text === undefined ? undefined : readText(name, text, rule.most)
    default:
      return text
  }
}

function readDate(name: string, text: string): string {
  if (isDate(text) && text >= FIRST_DATE && text <= LAST_DATE) return text
  throw new Problem(
    'bad-parameter',
    `${name}: expected a date YYYY-MM-DD from ${FIRST_DATE} to ${LAST_DATE}, got ${quoted(text)}`,
  )
}

function readText(name: string, text: string, most: number): string {
  if (text.length <= most) return text
  throw new Problem('bad-parameter', `${name}: expected up to ${most} characters, got ${text.length}`)
}

function readNumber(name: string, text: string, { low, high }: { low: number; high: number }): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= low && value <= high) return value
  throw new Problem(
    'bad-parameter',
    `${name}: expected a whole number from ${low} to ${high}, got ${quoted(text)}`,
  )
}

function readChoice(name: string, text: string, words: readonly string[]): string {
  if (words.includes(text)) return text
  throw new Problem('bad-parameter', `${name}: expected one of ${words.join(', ')}, got ${quoted(text)}`)
}

/** Returns each issue code once, in the order of the request. Repeated codes count for the limit. */
function readIssues(name: string, text: string, most: number): readonly string[] {
  if (text === '') {
    throw new Problem('bad-parameter', `${name}: expected issue codes with commas between, got none`)
  }
  const codes = text.split(',')
  if (codes.length > most) {
    throw new Problem('too-many-issues', `${name}: expected up to ${most} issue codes, got ${codes.length}`)
  }
  return [...new Set(codes.map(issueCode))]
}

function issueCode(text: string): string {
  if (/^\s|\s$/.test(text)) {
    throw new Problem('bad-issue', `issue code: expected no blanks around a code, got ${quoted(text)}`)
  }
  try {
    return parseIssueCode(cutText(text))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Problem('bad-issue', error.message)
  }
}
