/** Scenario: readers without a token send the heaviest requests that the API has, while a registered reader reads. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { createBoardsTable, createControlTable, tableOf } from '../../../bench/delayed/delayed-market.ts'
import type { FUNCTION_ABILITIES } from '../../../bench/delayed/function-process.ts'
import type { TABLE_ABILITIES } from '../../../bench/delayed/table-server.ts'
import { type Helper, startHelper } from '../../../bench/ingest/helper.ts'
import { pathOf } from '../../../cdk/paths.ts'
import { pick } from '../../../local/exchange/random.ts'
import { momentOf } from '../../../market/moment.ts'
import { asEpochSeconds } from '../../../market/units.ts'
import { barsIn } from '../../../prices/bars-answer.ts'
import { boardAsOf } from '../../../prices/boards-answer.ts'
import { ANSWER_BYTES } from '../../../rest/answer-page.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { finishedIssuesItem } from '../../../tables/ticks/finished-issues.ts'
import { watermarksKey } from '../../../tables/ticks/ticks-item.ts'
import { storeEvents } from '../../functions/boards-fixture.ts'
import { getRequest } from '../../functions/invoke.ts'
import { recordsOf, store } from '../../functions/store-ticks/batch-delivery.ts'
import { tradingTicks } from '../../functions/store-ticks/busy-ticks.ts'
import { LANES, stateStored } from '../../functions/stored-lanes.ts'
import { envelopesOf, MORNING, TRADING_DATE } from '../../functions/stored-market.ts'
import { AWS_ENVIRONMENT, TABLES } from '../../functions/tables.ts'
import { sourceAt } from '../../prices/standing-source.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const NAME = 'readers-without-token'
const ISSUE = '7203'
const TICKS = 20_000
/** Envelopes of ten minutes each. */
const SLICES = 40
/** Processes of the function that answers readers without a token, and requests of each. */
const PROCESSES = 2
const REQUESTS = 100
/** The longest time of a read of a registered reader, ms. */
const READ_LIMIT_MS = 1_500
const READ_PAUSE_MS = 10
const NOW = momentOf(TRADING_DATE, MORNING + 7 * 3_600_000_000)
const EXPIRES = asEpochSeconds(2 ** 32)
const LISTED = { name: '', section: '', unit: 100, basePrice: 1, topix500: false }
const INVENTED = Array.from({ length: 50 }, (_, index) => String(1301 + index)).join()

/** Heavy requests, with the most read units and Queries that each may cost. The ticks hardly compress: 26 bytes each. */
const HEAVY: readonly (readonly [
  path: string,
  query: Record<string, string>,
  units: number,
  queries: number,
])[] = [
  [`/v1/bars/${ISSUE}`, {}, 10, 8],
  [`/v1/bars/${ISSUE}`, { from: '2026-10-21T00:00:00+09:00' }, 10, 40],
  [`/v1/ticks/${ISSUE}`, { limit: '2000' }, 12, 6],
  [`/v1/trades/${ISSUE}`, { limit: '5000' }, 30, 8],
  ['/v1/boards', { issues: INVENTED }, 0, 0],
  ['/v1/days', { issues: INVENTED }, 0, 0],
]

/** Starts the tables in a process of their own, with a busy day, the issue master and the finished issues. */
async function startMarket(cleanup: AsyncDisposableStack) {
  const table = startHelper<typeof TABLE_ABILITIES>(pathOf('bench/delayed/table-server.ts'), '')
  cleanup.defer(() => table.end())
  const endpoint = `http://127.0.0.1:${await table.ask('port', undefined)}`
  Object.assign(process.env, AWS_ENVIRONMENT, TABLES, { AWS_ENDPOINT_URL_DYNAMODB: endpoint })
  const client = createDynamoDB()
  cleanup.defer(() => client.destroy())
  const ticks = { client, table: TABLES.TICKS_TABLE }
  await client.send(new CreateTableCommand(tableOf(ticks.table)))
  await createBoardsTable(client, TABLES.BOARDS_TABLE)
  await createControlTable(client, TABLES.CONTROL_TABLE)
  await storeEvents(
    { client, table: TABLES.BOARDS_TABLE },
    [1, 2, 3].map(line => ({
      type: 'issues',
      line,
      tradingDate: TRADING_DATE,
      part: 0,
      parts: 1,
      issues: [{ ...LISTED, code: [ISSUE, '6758', '130A'][line - 1]! }],
    })),
  )
  const all = tradingTicks(TICKS)
  const slices = Array.from({ length: SLICES }, (_, slice) =>
    all.slice((slice * TICKS) / SLICES, ((slice + 1) * TICKS) / SLICES),
  )
  for (const record of recordsOf(envelopesOf(slices))) await store(ticks, [record])
  await stateStored(ticks, TRADING_DATE)
  const Item = await finishedIssuesItem(ticks, 1, [ISSUE], EXPIRES)
  await client.send(new PutCommand({ TableName: ticks.table, Item }))
  return { table, ticks }
}

type Market = Awaited<ReturnType<typeof startMarket>>
type Readers = Helper<typeof FUNCTION_ABILITIES>

/** Starts a process of delayed-prices. */
function startReaders(): Readers {
  Object.assign(process.env, {
    KEEP_DAYS: '31',
    STORE_SECONDS: '180',
    LANES: String(LANES),
    MARKET_CLOCK: `${Date.now()}:${NOW / 1_000}:0.001`,
  })
  return startHelper(pathOf('bench/delayed/function-process.ts'), '')
}

async function ask(
  readers: Readers,
  requests: readonly APIGatewayProxyEventV2[],
): Promise<readonly string[]> {
  const module = pathOf('functions/delayed-prices/delayed-prices-handler.ts')
  return (await readers.ask('invoke', { module, requests })).bodies
}

/** Sends each heavy request once, and counts those that cost more than they may. */
async function countCostly({ table }: Market, readers: Readers): Promise<{ costly: number; units: string }> {
  let costly = 0
  const units: string[] = []
  // An environment reads the list of issues with a finished day once in five minutes.
  await ask(readers, [getRequest('/v1/boards', { issues: INVENTED })])
  for (const [path, query, mostUnits, mostQueries] of HEAVY) {
    await table.ask('takeQueries', undefined)
    const [body = ''] = await ask(readers, [getRequest(path, query)])
    const today = watermarksKey(TRADING_DATE)
    const queries = (await table.ask('takeQueries', undefined)).filter(({ key }) => key !== today)
    const sum = queries.reduce((total, each) => total + each.units, 0)
    const isCostly = sum > mostUnits || queries.length > mostQueries || Buffer.byteLength(body) > ANSWER_BYTES
    if (isCostly) costly++
    units.push(`${sum} in ${queries.length}`)
  }
  return { costly, units: units.join(', ') }
}

/** Reads as a registered reader until `isOver`. Returns the time of each read, ms. */
async function readMeanwhile({ ticks }: Market, isOver: () => boolean): Promise<number[]> {
  const source = sourceAt(ticks, 'registered', NOW)
  const times: number[] = []
  while (!isOver()) {
    const start = performance.now()
    await boardAsOf(source, ISSUE, undefined)
    times.push(performance.now() - start)
    await sleep(READ_PAUSE_MS)
  }
  return times
}

async function run(seed: number): Promise<Outcome> {
  const random = randomOf(NAME, seed)
  await using cleanup = new AsyncDisposableStack()
  const market = await startMarket(cleanup)
  const expected = (
    await barsIn(sourceAt(market.ticks, 'everybody', NOW), {
      issue: ISSUE,
      from: undefined,
      to: undefined,
      interval: '1m',
    })
  ).data.bars
  const readers = Array.from({ length: PROCESSES }, () => {
    const started = startReaders()
    cleanup.defer(() => started.end())
    return started
  })
  const { costly, units } = await countCostly(market, readers[0]!)
  let isOver = false
  const crowd = Promise.all(
    readers.map(each =>
      ask(
        each,
        Array.from({ length: REQUESTS }, () => {
          const [path, query] = pick(random, HEAVY)
          return getRequest(path, query)
        }),
      ),
    ),
  )
  const ended = crowd.finally(() => {
    isOver = true
  })
  const [bodies, times] = await Promise.all([ended, readMeanwhile(market, () => isOver)])
  const answers = bodies
    .flat()
    .map(body => JSON.parse(body) as { readonly bars?: unknown; readonly next?: string })
  const ofToday = answers.filter(({ bars, next }) => Array.isArray(bars) && next === undefined)
  if (answers.length < PROCESSES * REQUESTS || ofToday.length === 0 || times.length < 3)
    throw new Error(
      `expected ${PROCESSES * REQUESTS} answers beside reads, got ${answers.length} and ${times.length}`,
    )
  const slowest = Math.max(...times)
  return {
    wrong: costly + ofToday.filter(({ bars }) => !isDeepStrictEqual(bars, expected)).length,
    lost: 0,
    starved: times.filter(time => time > READ_LIMIT_MS).length,
    measured:
      `${answers.length} heavy requests; ${times.length} registered reads, the slowest ${slowest.toFixed(0)} ms; ` +
      `read units and Queries of each kind: ${units}`,
  }
}

export const readersWithoutToken: Scenario = {
  name: NAME,
  fault: 'readers without a token send hundreds of the heaviest requests',
  run,
}
