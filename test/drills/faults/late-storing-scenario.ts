/** Scenarios: store-ticks is 25 minutes late, or stores nothing at all. No answer may look like a quiet market. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Audience } from '../../../contract/publication.ts'
import { pick } from '../../../local/exchange/random.ts'
import { momentOf, momentToIso, timeOfDay } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMicros, type EpochMicros } from '../../../market/units.ts'
import { DELAY_MICROSECONDS } from '../../../prices/cut.ts'
import { priceHandlers, under } from '../../../prices/price-handlers.ts'
import { createStoring } from '../../../prices/storing.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { SETTLE_MS } from '../../../tables/ticks/watermarks.ts'
import { getRequest, lambdaContext } from '../../functions/invoke.ts'
import { recordsOf, store } from '../../functions/store-ticks/batch-delivery.ts'
import { LANES } from '../../functions/stored-lanes.ts'
import { ISSUES, openSender, sampleTicks, TRADING_DATE } from '../../functions/stored-market.ts'
import { addTicksTable, startTables } from '../../functions/tables.ts'
import { PriceTruth } from '../../prices/price-truth.ts'
import { sourceAt } from '../../prices/standing-source.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const MINUTE = 60_000_000
const LATE = 25 * MINUTE
const TICKS = 400
const SLICE = 20
const AUDIENCES: readonly Audience[] = ['everybody', 'registered']
/** When the system starts: nothing can be missing before. */
const START = momentOf(TRADING_DATE, 7.5 * 60 * MINUTE)

interface Answer {
  readonly asOf?: string
  readonly late?: boolean
  readonly board?: object | null
  readonly cacheControl: string
}

/** Asks the real routes of an audience for a board. Every issue is on line 1. */
async function askBoard(
  ticks: TicksTable,
  audience: Audience,
  now: EpochMicros,
  issue: string,
  at?: EpochMicros,
): Promise<Answer> {
  // The module reads its settings from the environment, which the tables have set.
  const { restFunction } = await import('../../../rest/rest-function.ts')
  const source = sourceAt(ticks, audience, now)
  const storing = createStoring({ clock: source.clock, ticks, lanes: LANES, lineOf: async () => 1 })
  const handler = restFunction<'delayed-prices'>(
    under(
      '/v1',
      priceHandlers(async () => ({ ...source, storing })),
    ),
  )
  const query: Record<string, string> = at === undefined ? {} : { at: momentToIso(at) }
  const { headers, body }: APIGatewayProxyStructuredResultV2 = await handler(
    getRequest(`/v1/boards/${issue}`, query),
    lambdaContext,
  )
  return { ...(JSON.parse(body ?? '') as object), cacheControl: String(headers?.['cache-control']) }
}

/** Returns envelopes in which a task reports, after each slice, that its lanes are complete. */
function reportingEnvelopes(ticks: readonly Tick[]): { envelopes: Uint8Array[]; until: EpochMicros }[] {
  const sender = openSender(1)
  return Array.from({ length: Math.ceil(ticks.length / SLICE) }, (_, index) => {
    const slice = ticks.slice(index * SLICE, (index + 1) * SLICE)
    const until = momentOf(TRADING_DATE, slice.at(-1)!.time - 1)
    return { envelopes: [...sender.send(slice), ...sender.complete(until)], until }
  })
}

async function runLate(seed: number): Promise<Outcome> {
  const random = randomOf('storing late', seed)
  await using tables = await startTables()
  const table = await addTicksTable(tables)
  const ticks = sampleTicks(TICKS, seed)
  const slices = reportingEnvelopes(ticks)
  const records = recordsOf(slices.flatMap(({ envelopes }) => envelopes))
  // The slices end half-way, and the market goes on for 25 minutes and more.
  const half = slices.findIndex(({ until }) => until > slices.at(-1)!.until - 2 * LATE)
  if (half < 1) throw new Error(`expected a market of more than ${(2 * LATE) / MINUTE} minutes`)
  const stored = slices[half - 1]!.until
  const now = addMicros(stored, LATE)
  const first = slices.slice(0, half).reduce((sum, { envelopes }) => sum + envelopes.length, 0)
  await store(table, records.slice(0, first))
  await sleep(SETTLE_MS)

  const issue = pick(random, ISSUES)
  const truth = new PriceTruth(ticks, issue)
  const boardAt = (moment: EpochMicros) => truth.board(TRADING_DATE, timeOfDay(moment))
  const hidden = ISSUES.filter(each => {
    const board = (moment: EpochMicros) => new PriceTruth(ticks, each).board(TRADING_DATE, timeOfDay(moment))
    return !isDeepStrictEqual(board(stored), board(now))
  })
  if (hidden.length === 0) throw new Error('expected ticks that are not stored yet, found none')
  let wrong = 0
  const named = addMicros(stored, 2 * MINUTE)
  for (const audience of AUDIENCES) {
    for (const at of [undefined, named]) {
      const answer = await askBoard(table, audience, now, issue, at)
      const isRight =
        answer.asOf === momentToIso(stored) &&
        answer.late === true &&
        answer.cacheControl === 'no-store' &&
        isDeepStrictEqual(answer.board, boardAt(stored))
      if (!isRight) wrong++
    }
  }

  await store(table, records.slice(first))
  await sleep(SETTLE_MS)
  for (const audience of AUDIENCES) {
    const cut = audience === 'everybody' ? addMicros(now, -DELAY_MICROSECONDS) : now
    for (const at of [undefined, named].filter(each => each === undefined || each <= cut)) {
      const answer = await askBoard(table, audience, now, issue, at)
      const moment = at ?? cut
      const isRight =
        answer.asOf === momentToIso(moment) &&
        answer.late === undefined &&
        answer.cacheControl.startsWith('public') &&
        isDeepStrictEqual(answer.board, boardAt(moment))
      if (!isRight) wrong++
    }
  }
  const measured = `asOf 25 min behind and marked as late while it lasts, right after storing has caught up`
  return { wrong, lost: 0, starved: 0, measured }
}

async function runDead(seed: number): Promise<Outcome> {
  const random = randomOf('store dead', seed)
  await using tables = await startTables()
  const table = await addTicksTable(tables)
  let wrong = 0
  for (const audience of AUDIENCES) {
    for (const minutes of [30, 60, 240, 500]) {
      const now = addMicros(START, minutes * MINUTE)
      const answer = await askBoard(table, audience, now, pick(random, ISSUES))
      const isRight =
        answer.asOf === momentToIso(START) && answer.late === true && answer.cacheControl === 'no-store'
      if (!isRight) wrong++
    }
  }
  return { wrong, lost: 0, starved: 0, measured: 'every answer is late, as of the start of the system' }
}

export const lateStoring: readonly Scenario[] = [
  { name: 'storing-late', fault: 'store-ticks is 25 minutes late', run: runLate },
  { name: 'store-dead', fault: 'store-ticks stores nothing all day', run: runDead },
]
