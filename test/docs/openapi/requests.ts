/** What the API is asked: for each operation what works, and each way in which it can be asked wrongly. */
import type { Request } from './conformance.ts'

type Values = NonNullable<Request['with']>

/** The market stands on November 24 at 9:51:10; the day before is Friday the 20th. */
const OPEN = '2026-11-20T09:10:00+09:00'
const CLOSED = '2026-11-20T15:31:00.000001+09:00'
const HOLIDAY = '2026-11-23T12:00:00Z'
const CUT = '2026-11-24T09:31:10.000000+09:00'
const TOO_RECENT = '2026-11-24T09:31:10.000001+09:00'
const TOMORROW = '2026-11-25T09:00:00+09:00'
const NO_CALENDAR = '1066-10-14T09:00:00+09:00'

const UNLISTED = '9999'
const MANY_ISSUES = Array.from({ length: 51 }, (_, index) => String(1000 + index)).join(',')

/** How a moment can be wrong, wherever one is asked for. */
const WRONG_MOMENTS: readonly string[] = [
  'yesterday',
  '2026-11-20T09:10:00',
  '2026-13-20T09:10:00Z',
  TOO_RECENT,
  TOMORROW,
  NO_CALENDAR,
]

export function requestsFor(issues: readonly string[]): Request[] {
  const [issue = '', other = ''] = issues
  const all = issues.join(',')

  const good = (operation: string, ...asked: Values[]): Request[] =>
    asked.map(values => ({ operation, with: values, status: 200 }))
  const bad = (operation: string, values: Values, wrong: string, ...texts: readonly string[]): Request[] =>
    texts.map(text => ({
      operation,
      with: { ...values, [wrong]: text },
      status: 400,
      problem: 'about:blank',
      wrong,
    }))
  const wrongIssue = (operation: string): Request[] =>
    bad(operation, {}, 'issue', '72030', 'I234', 'x', '７２０３')
  const wrongIssues = (operation: string): Request[] => [
    ...bad(operation, {}, 'issues', '7203,x', MANY_ISSUES, ''),
    { operation, status: 400, problem: 'about:blank', wrong: 'issues' },
  ]

  return [
    ...good('getBoard', { issue }, { issue: issue.toLowerCase() }, { issue: UNLISTED }),
    ...[OPEN, CLOSED, HOLIDAY, CUT].flatMap(at => good('getBoard', { issue, at })),
    ...wrongIssue('getBoard'),
    ...bad('getBoard', { issue }, 'at', ...WRONG_MOMENTS),

    ...good('getBoards', { issues: all }, { issues: `${issue},${UNLISTED}`, at: CLOSED }),
    ...wrongIssues('getBoards'),
    ...bad('getBoards', { issues: issue }, 'at', ...WRONG_MOMENTS),

    ...good('getTicks', { issue }, { issue, to: OPEN, limit: '2' }, { issue: UNLISTED }),
    ...good('getTicks', { issue, from: OPEN, to: CLOSED, limit: '2000' }),
    ...issues.flatMap(issue => good('getTicks', { issue, to: CLOSED, limit: '2000' })),
    ...wrongIssue('getTicks'),
    ...bad('getTicks', { issue }, 'to', ...WRONG_MOMENTS),
    ...bad('getTicks', { issue, to: CLOSED }, 'from', 'morning', CUT, HOLIDAY),
    ...bad('getTicks', { issue }, 'limit', '0', '2001', '1.5', 'ten'),
    ...bad('getTicks', { issue }, 'after', 'x', '20261120-1-1'),

    ...good('getBars', { issue }, { issue, to: CLOSED, interval: '1m' }, { issue, from: OPEN, to: CLOSED }),
    ...issues.flatMap(issue => good('getBars', { issue, to: CLOSED })),
    ...wrongIssue('getBars'),
    ...bad('getBars', { issue }, 'to', ...WRONG_MOMENTS),
    ...bad('getBars', { issue, to: CLOSED }, 'from', 'morning', CUT, HOLIDAY),
    ...bad('getBars', { issue }, 'interval', '2m', '1 m'),

    ...good('getRealtimeBoard', { issue }, { issue: other.toLowerCase() }, { issue: UNLISTED }),
    ...wrongIssue('getRealtimeBoard'),
    ...good('getRealtimeBoards', { issues: all }, { issues: `${issue},${UNLISTED}` }),
    ...wrongIssues('getRealtimeBoards'),

    ...good(
      'findIssues',
      {},
      { q: issue },
      { q: 'ａ' },
      { limit: '1' },
      { q: 'no such name', limit: '5000' },
    ),
    ...bad('findIssues', {}, 'limit', '0', '5001', '-1'),
    ...good('getStatus', {}),
  ]
}
