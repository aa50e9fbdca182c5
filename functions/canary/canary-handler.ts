/** Lambda: asks the REST API from outside, as any reader does, and reports whether the answers are right. */
import { readSettings } from '../../contract/settings.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { dateOf, isoDate } from '../../market/moment.ts'
import { marketTime } from '../../prices/cut.ts'
import { CANARY_SETTINGS } from './canary-settings.ts'
import { type Answer, firstIssue, type OutsideProblem, outsideProblems } from './outside-checks.ts'

/**
 * The functions answer within tenths of a second, cold ones within two. Four requests in a row fit into the time of the function.
 */
const REQUEST_TIMEOUT_MS = 3_000
/**
 * Each request opens a connection, as a new reader does. One that stays open would end while the environment is frozen between two
 * minutes, and the next request would fail on it.
 */
const headers = { connection: 'close' }

/** Market seconds in a real second. A system on one machine replays the past faster than this, and has no readers meanwhile. */
const FASTEST_CLOCK = 60

const settings = readSettings(CANARY_SETTINGS)

export const handler = lambda<unknown, { readonly problems: readonly OutsideProblem[] }>(async () => {
  if (clock.speed() > FASTEST_CLOCK) return { problems: [] }
  const now = clock.now()
  const today = isoDate(dateOf(now))
  // One after the other: the canary needs one environment of each function.
  const status = await get('/v1/status')
  const calendar = await get(`/v1/calendar?from=${today}&to=${today}`)
  const issues = await get('/v1/issues?limit=1')
  const code = firstIssue(issues)
  const board = code === undefined ? {} : { board: await get(`/v1/boards/${encodeURIComponent(code)}`) }
  const storing = marketTime(clock, settings.STORE_SECONDS)
  const problems = outsideProblems({ status, calendar, issues, ...board }, now, storing)
  for (const problem of problems) logger.error('canary: problem', { ...problem })
  countAll({ CanaryOk: problems.length === 0 ? 1 : 0 })
  return { problems }
})

/** Never throws: no answer is an answer without a status. */
async function get(where: string): Promise<Answer> {
  let status: number | undefined
  try {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    const response = await fetch(`${settings.REST_URL}${where}`, { headers, signal, redirect: 'error' })
    status = response.status
    return { where, status, body: await response.json() }
  } catch (error) {
    return { where, ...(status === undefined ? {} : { status }), body: reasonOf(error) }
  }
}

/** `fetch` has the reason of a failed connection in `cause`. */
function reasonOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {}
  return cause === undefined ? String(error) : `${error}: ${cause}`
}
