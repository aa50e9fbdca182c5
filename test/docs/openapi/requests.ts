/** What the API is asked: for each operation what works, and each way in which it can be asked wrongly. */
import type { Request } from './conformance.ts'

type Values = NonNullable<Request['with']>

/** One way to write a parameter that is refused: the last part of the problem's type, and the parameter's text. */
type Wrong = readonly [problem: string, text: string]

const OPENING = '2026-11-20T09:00:00+09:00'
const MORNING = '2026-11-20T10:00:00.5+09:00'
const EVENING = '2026-11-20T17:00:00.000001+09:00'
/** Monday the 23rd. */
const HOLIDAY = '2026-11-23T12:00:00Z'
/** Before the opening of today, and before and after the reset of the day's prices. */
const NIGHT = '2026-11-24T07:59:59+09:00'
const BEFORE_OPEN = '2026-11-24T08:30+09:00'
const TOMORROW = '2026-11-25T09:00:00+09:00'
/** A day of which only the bars are left, and one before it. */
export const FINISHED = '2026-09-01T20:00:00+09:00'
const LONG_AGO = '2026-01-05T09:00:00+09:00'

const UNLISTED = '9999'
/** Every letter that a code can have, in both places. */
const ALL_LETTERS = [...'ACDFGHJKLMNPRSTUWXY'].map(letter => `1${letter}0${letter}`).join(',')
const MANY_ISSUES = Array.from({ length: 51 }, (_, index) => String(1000 + index)).join(',')

/** What those see who ask for the same without a token and with one, at 9:51:10 on November 24. */
const AUDIENCES = [
  { prefix: 'get', youngest: '2026-11-24T09:31:10+09:00', tooRecent: '2026-11-24T09:31:10.000001+09:00' },
  {
    prefix: 'getRealtime',
    youngest: '2026-11-24T09:45:00+09:00',
    tooRecent: '2026-11-24T09:51:09.999999+09:00',
  },
] as const

const WRONG_ISSUES: readonly Wrong[] = [
  ['bad-issue', '72030'],
  ['bad-issue', 'I234'],
  ['bad-issue', 'x'],
  ['bad-issue', '７２０３'],
  ...[...'BEIOQVZ'].flatMap((letter): Wrong[] => [
    ['bad-issue', `1${letter}00`],
    ['bad-issue', `100${letter}`],
  ]),
]
const WRONG_LISTS: readonly Wrong[] = [
  ['bad-issue', '7203,x'],
  ['too-many-issues', MANY_ISSUES],
  ['bad-parameter', ''],
]
/** What nobody can read as a time, or as one that the exchange has ever known. */
const WRONG_TIMES: readonly Wrong[] = [
  ['bad-time', 'yesterday'],
  ['bad-time', '2026-11-20T09:10:00'],
  ['bad-time', '2026-13-20T09:10:00Z'],
  ['bad-time', '2026-02-30T15:00:00+09:00'],
  ['bad-time', '2026-11-20T24:30:00+09:00'],
  ['bad-time', '1066-10-14T09:00:00+09:00'],
]

/** Every request, in any order. */
export function requestsFor(issues: readonly string[]): Request[] {
  return [
    ...AUDIENCES.flatMap(audience => pricesFor(audience, issues)),
    ...good('getBoards', { issues: ALL_LETTERS.toLowerCase() }, { issues: ALL_LETTERS.toUpperCase() }),
    ...marketRequests(issues),
  ]
}

function pricesFor(
  { prefix, youngest, tooRecent }: (typeof AUDIENCES)[number],
  issues: readonly string[],
): Request[] {
  const [issue = ''] = issues
  const all = issues.join(',')
  const moments = [OPENING, MORNING, EVENING, HOLIDAY, NIGHT, BEFORE_OPEN, youngest]
  const wrongMoments: Wrong[] = [...WRONG_TIMES, ['future-time', TOMORROW], ['too-recent', tooRecent]]

  const ofOne = (operation: string): Request[] => [
    ...good(operation, { issue }, { issue: issue.toLowerCase() }),
    ...bad(operation, {}, 'issue', WRONG_ISSUES),
    unknown(operation),
  ]
  const ofMany = (operation: string): Request[] => [
    ...good(operation, { issues: all }, { issues: `${UNLISTED},${issue}` }),
    ...bad(operation, {}, 'issues', WRONG_LISTS),
    { operation, status: 400, problem: problemType('bad-parameter'), wrong: 'issues' },
  ]
  const finished = (operation: string, values: Values, moment: 'at' | 'to'): Request[] =>
    /(Days?|Bars)$/.test(operation)
      ? good(operation, { ...values, [moment]: FINISHED })
      : bad(operation, values, moment, [['bad-time', FINISHED]])
  const at = (operation: string, values: Values): Request[] => [
    ...moments.flatMap(at => good(operation, { ...values, at })),
    ...finished(operation, values, 'at'),
    ...bad(operation, values, 'at', wrongMoments),
  ]
  const range = (operation: string, tooLong: string): Request[] => [
    ...issues.flatMap(issue => good(operation, { issue, to: EVENING })),
    ...good(operation, { issue, from: OPENING, to: MORNING }, { issue, to: NIGHT }, { issue, to: youngest }),
    ...finished(operation, { issue }, 'to'),
    ...bad(operation, { issue }, 'to', wrongMoments),
    ...bad(operation, { issue, to: MORNING }, 'from', [
      ...WRONG_TIMES,
      ['bad-range', EVENING],
      ['range-too-long', tooLong],
    ]),
  ]
  const after = (operation: string): Request[] =>
    bad(operation, { issue }, 'after', [
      ['bad-parameter', 'x'],
      ['bad-parameter', `${issue}-20261119-1-1`],
    ])

  return [
    ...ofOne(`${prefix}Board`),
    ...at(`${prefix}Board`, { issue }),
    ...ofMany(`${prefix}Boards`),
    ...at(`${prefix}Boards`, { issues: all }),
    ...ofOne(`${prefix}Day`),
    ...at(`${prefix}Day`, { issue }),
    ...ofMany(`${prefix}Days`),
    ...at(`${prefix}Days`, { issues: all }),
    ...ofOne(`${prefix}Ticks`),
    ...range(`${prefix}Ticks`, '2026-11-19T09:00:00+09:00'),
    ...after(`${prefix}Ticks`),
    ...ofOne(`${prefix}Trades`),
    ...range(`${prefix}Trades`, '2026-11-19T09:00:00+09:00'),
    ...after(`${prefix}Trades`),
    ...ofOne(`${prefix}Bars`),
    ...range(`${prefix}Bars`, LONG_AGO),
    ...['1m', '5m', '15m', '1h', '1d'].flatMap(interval =>
      good(`${prefix}Bars`, { issue, interval, from: OPENING }, { issue, interval, to: FINISHED }),
    ),
    ...bad(`${prefix}Bars`, { issue }, 'interval', [
      ['bad-parameter', '2m'],
      ['bad-parameter', '1M'],
    ]),
  ]
}

function marketRequests([issue = '']: readonly string[]): Request[] {
  return [
    ...good(
      'findIssues',
      {},
      { q: issue },
      { q: 'ａ' },
      { limit: '1' },
      { q: 'no such name', limit: '5000' },
    ),
    ...bad('findIssues', {}, 'limit', [['bad-parameter', '1.5']]),
    ...good('getStatus', {}),
  ]
}

export const problemType = (name: string): string => `urn:itastream:problem:${name}`

function good(operation: string, ...asked: readonly Values[]): Request[] {
  return asked.map(values => ({ operation, with: values, status: 200 }))
}

function bad(operation: string, values: Values, wrong: string, texts: readonly Wrong[]): Request[] {
  return texts.map(([problem, text]) => ({
    operation,
    with: { ...values, [wrong]: text },
    status: 400,
    problem: problemType(problem),
    wrong,
  }))
}

function unknown(operation: string): Request {
  return { operation, with: { issue: UNLISTED }, status: 404, problem: problemType('unknown-issue') }
}
