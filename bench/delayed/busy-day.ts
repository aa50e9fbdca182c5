/** Stores the whole day of the busiest issue with the code of store-ticks, minute after minute. */

import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KEEP_DAYS } from '../../cdk/sizing.ts'
import { createEpochFence } from '../../functions/store-ticks/epoch-fence.ts'
import type { StreamRecord } from '../../functions/store-ticks/read-batch.ts'
import { storeBatch } from '../../functions/store-ticks/store-batch.ts'
import { openExchange } from '../../local/exchange/exchange.ts'
import { dayHoursOf, MINUTE } from '../../local/exchange/hours.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import type { Tick } from '../../market/tick.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import { createCutter } from '../lane-cutter.ts'
import { TRADING_DATE, tickOf } from '../opening.ts'
import { PATIENCE, storeWatermarks, tableOf, UNITS_A_SECOND } from './delayed-market.ts'

/** Ticks a day of each of the twenty busiest issues: a fifth of 977 million ticks on 20.2 dates (tools/cost). */
export const BUSY_DAY_TICKS = 484_000
/** Average ticks a second that give as many. */
const RATE = 26.2
const SEED = 1

export interface BusyDay {
  readonly issue: string
  readonly count: number
  /** The ticks with a trade, in order. Other ticks do not change a bar, and would fill the memory. */
  readonly trades: readonly Tick[]
  readonly packs: number
  readonly units: number
}

/** @throws Error if the day has fewer ticks than {@link BUSY_DAY_TICKS}. */
export async function storeBusyDay(client: DynamoDBClient, table: string): Promise<BusyDay> {
  await client.send(new CreateTableCommand(tableOf(table)))
  const { orders, close } = dayHoursOf(TRADING_DATE)
  const exchange = openExchange({
    seed: SEED,
    issues: 1,
    rate: RATE,
    tradingDate: TRADING_DATE,
    from: orders,
  })
  const trades: Tick[] = []
  let count = 0
  let last: Tick | undefined
  let records: StreamRecord[] = []
  let packs = 0
  let units = 0
  const cutter = createCutter(
    1,
    bytes => records.push({ sequenceNumber: String(2 * count + records.length), bytes }),
    () => (last === undefined ? [] : [last]),
  )
  const store = async (): Promise<void> => {
    const options = { client, table, calendar: RULES, keepDays: KEEP_DAYS, unitsPerLane: UNITS_A_SECOND }
    const result = await storeBatch(records, options, addMillis(nowMillis(), PATIENCE), createEpochFence())
    if (result.failedFrom !== undefined || result.halfHourError !== undefined)
      throw new Error('expected a whole batch to be stored', { cause: result.halfHourError })
    packs += result.packs
    units += result.units
    records = []
  }
  let minute = orders
  for (const event of exchange.advance(close + MINUTE)) {
    if (event.kind !== 'message') continue
    if (event.time >= minute + MINUTE) {
      await store()
      minute = event.time - (event.time % MINUTE)
    }
    last = tickOf(event)
    count++
    if (last.trade !== undefined) trades.push(last)
    cutter.add(last)
  }
  cutter.finish()
  await store()
  await storeWatermarks(client, table)
  if (count < BUSY_DAY_TICKS)
    throw new Error(`expected a day of at least ${BUSY_DAY_TICKS} ticks, got ${count}`)
  return { issue: trades[0]!.board.issue, count, trades, packs, units }
}
