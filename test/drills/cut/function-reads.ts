/**
 * Reads through the real functions, which query a local DynamoDB over HTTP. They run in a thread of their own, because
 * functions read their environment and its clock when they are loaded.
 */
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { below } from '../../../local/exchange/random.ts'
import { parseClock } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import { addMicros } from '../../../market/units.ts'
import { DELAY_MICROSECONDS } from '../../../prices/cut.ts'
import { lambdaContext } from '../../functions/invoke.ts'
import { FIRST_NEW_DATE } from '../../functions/random-days.ts'
import { KEEP_DAYS } from '../../functions/store-ticks/batch-delivery.ts'
import { LANES, stateStored } from '../../functions/stored-lanes.ts'
import { AWS_ENVIRONMENT, startTables, TABLES } from '../../functions/tables.ts'
import { randomOf } from '../seed.ts'
import { createTally, type Tally } from '../tally.ts'
import { openStoredMarket } from './cut-market.ts'
import { handlerApi } from './price-api.ts'
import { readOnce } from './random-reads.ts'

/** A market of two days. The clock is in the afternoon of the second day, and slow, so that the drill is done in time. */
const SEED = 1
const AFTERNOON = 13 * 3_600_000_000
/** Market seconds in a real second. */
const SPEED = 0.1
/** Time in which a tick is usually stored, market seconds. The setting counts real seconds. */
const STORE_SECONDS = 180
/** How old the youngest stored tick is at the start: every tick up to the cut is stored for the next market minute. */
const STORED_SECONDS = 120

interface Task {
  readonly reads: number
}

/** @throws Error naming the read whose answer differs from the truth. */
export async function readThroughHandlers(reads: number, tally: Tally): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { reads } satisfies Task,
    env: {
      ...process.env,
      ...AWS_ENVIRONMENT,
      ...TABLES,
      MARKET_CLOCK: `${Date.now()}:${momentOf(FIRST_NEW_DATE, AFTERNOON) / 1000}:${SPEED}`,
      KEEP_DAYS: String(KEEP_DAYS),
      LANES: String(LANES),
    },
  })
  const [counts] = (await once(worker, 'message')) as [ReturnType<Tally['entries']>]
  for (const [name, times] of counts) tally.count(name, times)
  tally.count('through the functions', reads)
}

async function work({ reads }: Task): Promise<void> {
  await using tables = await startTables()
  process.env.STORE_SECONDS = String(STORE_SECONDS / SPEED)
  const table = { client: tables.client, table: TABLES.TICKS_TABLE }
  const market = await openStoredMarket(SEED, table)
  const clock = parseClock(process.env.MARKET_CLOCK ?? '')
  for (const date of market.dates) {
    const isToday = date === FIRST_NEW_DATE
    const until = isToday ? addMicros(clock.now(), -STORED_SECONDS * 1_000_000) : undefined
    await stateStored(table, date, until)
  }
  const delayed = await import('../../../functions/delayed-prices/delayed-prices-handler.ts')
  const realtime = await import('../../../functions/realtime-prices/realtime-prices-handler.ts')
  const apis = {
    everybody: handlerApi(request => delayed.handler(request, lambdaContext), '/v1'),
    registered: handlerApi(request => realtime.handler(request, lambdaContext), '/v1/realtime'),
  }
  const random = randomOf('cut through handlers', SEED)
  const tally = createTally()
  for (let read = 0; read < reads; read++) {
    const audience = below(random, 2) === 0 ? 'everybody' : 'registered'
    const now = clock.now()
    const cut = addMicros(now, -(audience === 'everybody' ? DELAY_MICROSECONDS : STORE_SECONDS * 1_000_000))
    await readOnce(market, { api: apis[audience], audience, now, cut, isMoving: true }, random, tally)
  }
  parentPort?.postMessage(tally.entries())
}

if (!isMainThread) await work(workerData as Task)
