/** Scenario: clients send requests of 8 KB of garbage to every route of prices. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { momentOf } from '../../../market/moment.ts'
import { PROBLEM_BYTES } from '../../../rest/problem.ts'
import { ROUTES, type RoutePath } from '../../../rest/rest-routes.ts'
import { problemsOf } from '../../docs/openapi/expected-answers.ts'
import { getRequest, lambdaContext } from '../../functions/invoke.ts'
import { recordsOf, store } from '../../functions/store-ticks/batch-delivery.ts'
import { stateStored } from '../../functions/stored-lanes.ts'
import { envelopesOf, MORNING, sampleTicks, TRADING_DATE } from '../../functions/stored-market.ts'
import { startTables, TABLES } from '../../functions/tables.ts'
import { sourceAt } from '../../prices/standing-source.ts'
import { garbageRequests } from '../../rest/garbage-requests.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const NAME = 'huge-requests'
const REQUESTS_A_ROUTE = 10
/** Each request is sent so often. The least CPU time counts: the others contain work of other processes. */
const ROUNDS = 3
/** The valid request to compare with: fifty boards, as every page may ask for them every five seconds. */
const FIFTY = Array.from({ length: 50 }, (_, index) => (index === 0 ? '7203' : String(1301 + index))).join()

type Function_ = (request: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>

interface Cost {
  readonly answer: APIGatewayProxyStructuredResultV2
  readonly milliseconds: number
}

async function costOf(answer: Function_, request: APIGatewayProxyEventV2): Promise<Cost> {
  let milliseconds = Number.POSITIVE_INFINITY
  let last: APIGatewayProxyStructuredResultV2 = {}
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage()
    last = await answer(request)
    const { user, system } = process.cpuUsage(start)
    milliseconds = Math.min(milliseconds, (user + system) / 1_000)
  }
  return { answer: last, milliseconds }
}

/** Returns whether the documents have the error, and it is small. */
function isRight(path: RoutePath, { statusCode = 0, body = '' }: APIGatewayProxyStructuredResultV2): boolean {
  if (statusCode < 400) return true
  const { type } = JSON.parse(body) as { readonly type: string }
  const codes = problemsOf(path, ROUTES[path]).get(statusCode) ?? new Set<string>()
  const isDocumented = [...codes].some(code => type.endsWith(`:${code}`))
  return isDocumented && statusCode !== 500 && Buffer.byteLength(body) <= PROBLEM_BYTES
}

async function run(seed: number): Promise<Outcome> {
  await using tables = await startTables()
  const ticks = { client: tables.client, table: TABLES.TICKS_TABLE }
  await store(ticks, recordsOf(envelopesOf([sampleTicks(200)])))
  await stateStored(ticks, TRADING_DATE)
  // Imported here, because the modules read the environment that the tables have set.
  const { priceHandlers, under } = await import('../../../prices/price-handlers.ts')
  const { restFunction } = await import('../../../rest/rest-function.ts')
  const source = sourceAt(ticks, 'everybody', momentOf(TRADING_DATE, MORNING + 7 * 3_600_000_000))
  const handler = restFunction<'delayed-prices'>(
    under(
      '/v1',
      priceHandlers(async () => source),
    ),
  )
  const answer: Function_ = request => handler(request, lambdaContext)

  const fifty = getRequest('/v1/boards', { issues: FIFTY })
  await costOf(answer, fifty)
  const valid = await costOf(answer, fifty)
  if (valid.answer.statusCode !== 200) throw new Error(`expected 50 boards, got ${valid.answer.body}`)
  let wrong = 0
  let refused = 0
  let [mostBytes, mostMilliseconds] = [0, 0]
  const requests = garbageRequests(Math.floor(1e6 * randomOf(NAME, seed)()), REQUESTS_A_ROUTE)
  for (const [path, request] of requests) {
    if (ROUTES[path].function !== 'delayed-prices') continue
    const { answer: given, milliseconds } = await costOf(answer, request)
    if (!isRight(path, given)) wrong++
    if ((given.statusCode ?? 0) < 400) continue
    refused++
    if (milliseconds > valid.milliseconds) wrong++
    mostBytes = Math.max(mostBytes, Buffer.byteLength(given.body ?? ''))
    mostMilliseconds = Math.max(mostMilliseconds, milliseconds)
  }
  if (refused < REQUESTS_A_ROUTE) throw new Error(`expected refusals, got ${refused}`)
  return {
    wrong,
    lost: 0,
    starved: 0,
    measured:
      `${refused} refusals of up to ${mostBytes} bytes, ${mostMilliseconds.toFixed(1)} ms of CPU; ` +
      `fifty boards ${valid.milliseconds.toFixed(1)} ms`,
  }
}

export const hugeRequests: Scenario = {
  name: NAME,
  fault: 'clients send long, repeated and broken text in path, query and headers',
  run,
}
