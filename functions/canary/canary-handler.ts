/**
 * Lambda: asks the APIs from outside and reports whether the answers are right: the REST API as any reader does, and with an access
 * token what a registered user gets.
 */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { readSettings } from '../../contract/settings.ts'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { clock, countAll, lambda, logger } from '../../lambda/lambda-function.ts'
import { dateOf, isoDate } from '../../market/moment.ts'
import { marketTime } from '../../prices/cut.ts'
import { CANARY_SETTINGS } from './canary-settings.ts'
import { liveProblems } from './live-boards.ts'
import {
  type Answer,
  isSession,
  issueCodes,
  type OutsideProblem,
  outsideProblems,
  textOf,
} from './outside-checks.ts'
import { createTokenSource, type TokenSource } from './token-source.ts'

/**
 * The functions answer within tenths of a second, cold ones within two. Five requests in a row, with a token and a
 * connection, fit into the time of the function.
 */
const REQUEST_TIMEOUT_MS = 3_000
/**
 * Each request opens a connection, as a new reader does. One that stays open would end while the environment is frozen between two
 * minutes, and the next request would fail on it.
 */
const headers = { connection: 'close' }

/** Market seconds in a real second. A system on one machine replays the past faster than this, and has no readers meanwhile. */
const FASTEST_CLOCK = 60

/** Time to connect, to subscribe and to see a board change (ms). In a session one of so many boards changes within a second. */
const LIVE_LIMIT_MS = 10_000
/** Issues whose boards the canary follows: the first ones, among them the index funds. */
const FOLLOWED = 50

const settings = readSettings(CANARY_SETTINGS)
const token = settings.CANARY_SECRET === '' ? undefined : tokenOf(settings.CANARY_SECRET)
if (token === undefined) logger.info('canary: no secret, so real-time data is not checked')

export const handler = lambda<unknown, { readonly problems: readonly OutsideProblem[] }>(async () => {
  if (clock.speed() > FASTEST_CLOCK) return { problems: [] }
  const now = clock.now()
  const today = isoDate(dateOf(now))
  // One after the other: the canary needs one environment of each function.
  const status = await get('/v1/status')
  const calendar = await get(`/v1/calendar?from=${today}&to=${today}`)
  const issues = await get(`/v1/issues?limit=${FOLLOWED}`)
  const codes = issueCodes(issues)
  const [code] = codes
  const board = code === undefined ? {} : { board: await get(boardPath('/v1', code)) }
  const storing = marketTime(clock, settings.STORE_SECONDS)
  const problems = [
    ...outsideProblems({ status, calendar, issues, ...board }, now, storing),
    ...(token === undefined ? [] : await realtimeProblems(token, codes, isSession(calendar))),
  ]
  for (const problem of problems) logger.error('canary: problem', { ...problem })
  countAll({ CanaryOk: problems.length === 0 ? 1 : 0 })
  return { problems }
})

/** Checks what a registered user gets. Without issues there is nothing to subscribe to, which is a problem already. */
async function realtimeProblems(
  token: TokenSource,
  issues: readonly string[],
  mustMove: boolean,
): Promise<OutsideProblem[]> {
  let bearer: string
  try {
    bearer = await token()
  } catch (error) {
    return [{ where: 'access token', expected: 'a token of the issuer', got: reasonOf(error) }]
  }
  const [code] = issues
  if (code === undefined) return []
  const board = await get(boardPath('/v1/realtime', code), { authorization: `Bearer ${bearer}` })
  const url = settings.WEBSOCKET_URL
  return [
    ...boardProblems(board, mustMove),
    ...(await liveProblems({ url, token: bearer, issues, mustMove, limit: LIVE_LIMIT_MS })),
  ]
}

/** Before the first tick of an issue there is no board. */
function boardProblems({ where, status, body }: Answer, mustExist: boolean): OutsideProblem[] {
  if (status === 200 || (status === 404 && !mustExist)) return []
  return [{ where, expected: '200', got: `${status ?? 'no answer'}: ${textOf(body)}` }]
}

function boardPath(below: string, code: string): string {
  return `${below}/boards/${encodeURIComponent(code)}`
}

function tokenOf(SecretId: string): TokenSource {
  const client = new SecretsManagerClient({ requestHandler: keepAliveHandler(), maxAttempts: 2 })
  return createTokenSource(
    async () => (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '',
  )
}

/** Never throws: no answer is an answer without a status. */
async function get(where: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
  let status: number | undefined
  try {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    const response = await fetch(`${settings.REST_URL}${where}`, {
      headers: { ...headers, ...more },
      signal,
      redirect: 'error',
    })
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
