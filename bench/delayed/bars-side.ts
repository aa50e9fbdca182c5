/** Measures the one-minute bars of today for the busiest issue at the end of its day, and at moments of the day. */

import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { HOUR } from '../../local/exchange/hours.ts'
import { below, createRandom } from '../../local/exchange/random.ts'
import { type BarJson, barToJson, minuteBarsOf } from '../../market/bars.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { figure } from '../../tools/table.ts'
import { percentile } from '../benchmark.ts'
import { type Helper, startHelper } from '../ingest/helper.ts'
import { TRADING_DATE } from '../opening.ts'
import { barsRequest } from './api-request.ts'
import { type BusyDay, storeBusyDay } from './busy-day.ts'
import type { FUNCTION_ABILITIES, Invoked } from './function-process.ts'
import type { Served, TABLE_ABILITIES } from './table-server.ts'

/** Requests at the end of the day, after as many to warm up, and requests at other moments. */
const READS = 200
/** Processes whose first request is measured. */
const COLD_PROCESSES = 5
/** After the close: the cut is after the last tick. */
const END = 15.6 * HOUR
const SEED = 1

type Table = Helper<typeof TABLE_ABILITIES>

export interface BarsSide {
  readonly day: BusyDay
  /** CPU time of each request at the end of the day, ms. */
  readonly cpu: readonly number[]
  readonly took: readonly number[]
  /** Read units of a request at the end of the day. */
  readonly units: number
  readonly queries: number
  /** CPU time of the first request of each new process, ms. */
  readonly cold: readonly number[]
  /** CPU time and read units of requests at other moments of the day. */
  readonly anyCpu: readonly number[]
  readonly anyUnits: readonly number[]
}

/** @param module of the function. The environment names the endpoint of the table. */
export async function measureBars(client: DynamoDBClient, table: Table, module: string): Promise<BarsSide> {
  const name = 'busy-day'
  const day = await storeBusyDay(client, name)
  const environment = { ...process.env }
  process.env.TICKS_TABLE = name
  try {
    const end = momentOf(TRADING_DATE, END)
    const cold: number[] = []
    for (let count = 0; count < COLD_PROCESSES; count++) {
      const { cpu } = await invoke(module, async ask => ask([end]), day.issue)
      cold.push(cpu[0]!)
    }
    const random = createRandom(SEED)
    const times = Array.from({ length: READS }, () => 9 * HOUR + below(random, END - 9 * HOUR))
    const { atEnd, queries, any, anyQueries } = await invoke(
      module,
      async ask => {
        await ask(Array(READS).fill(end))
        await table.ask('takeQueries', undefined)
        const atEnd = await ask(Array(READS).fill(end))
        const queries = await table.ask('takeQueries', undefined)
        const any: Invoked[] = []
        const anyQueries: (readonly Served[])[] = []
        for (const time of times) {
          any.push(await ask([momentOf(TRADING_DATE, time)]))
          anyQueries.push(await table.ask('takeQueries', undefined))
        }
        return { atEnd, queries, any, anyQueries }
      },
      day.issue,
    )
    await checkBars(day.trades, END, atEnd.bodies.at(-1)!)
    for (const [index, { bodies }] of any.slice(0, 5).entries())
      await checkBars(day.trades, times[index]!, bodies[0]!)
    const unitsOf = (served: readonly Served[]): number => served.reduce((sum, { units }) => sum + units, 0)
    return {
      day,
      cpu: atEnd.cpu,
      took: atEnd.took,
      units: unitsOf(queries) / READS,
      queries: queries.length / READS,
      cold,
      anyCpu: any.map(({ cpu }) => cpu[0]!),
      anyUnits: anyQueries.map(unitsOf),
    }
  } finally {
    process.env = environment
  }
}

/** Runs `work` with a new process of the function. */
async function invoke<T>(
  module: string,
  work: (ask: (moments: readonly ReturnType<typeof momentOf>[]) => Promise<Invoked>) => Promise<T>,
  issue: string,
): Promise<T> {
  const path = fileURLToPath(new URL('./function-process.ts', import.meta.url))
  const function_: Helper<typeof FUNCTION_ABILITIES> = startHelper(path, '')
  try {
    return await work(moments =>
      function_.ask('invoke', { module, requests: moments.map(moment => barsRequest(issue, moment)) }),
    )
  } finally {
    await function_.end()
  }
}

/** Compares an answer with the bars computed from all ticks up to `until` (µs of the day). */
async function checkBars(ticks: readonly Tick[], until: number, body: string): Promise<void> {
  async function* known(): AsyncGenerator<Tick> {
    for (const tick of ticks) if (tick.time <= until) yield tick
  }
  const expected = (await minuteBarsOf(RULES.hoursOf(TRADING_DATE), known())).map(bar =>
    barToJson(TRADING_DATE, bar),
  )
  const { bars } = JSON.parse(body) as { readonly bars: readonly BarJson[] }
  assert.deepEqual(bars, expected)
}

export function barsFigures({ day, cpu, took, units, cold, anyCpu, anyUnits }: BarsSide) {
  return {
    barsMs: percentile(cpu, 0.5),
    barsP99Ms: percentile(cpu, 0.99),
    barsTookMs: percentile(took, 0.5),
    barsReadUnits: units,
    barsColdMs: percentile(cold, 0.5),
    barsAnyTimeMs: percentile(anyCpu, 0.5),
    barsAnyTimeP99Ms: percentile(anyCpu, 0.99),
    barsAnyTimeReadUnits: percentile(anyUnits, 0.5),
    barsAnyTimeMostReadUnits: Math.max(...anyUnits),
    barsDayTicks: day.count,
    barsDayWriteUnitsPerTick: day.units / day.count,
  }
}

export function barsNote(side: BarsSide): string {
  const { day, queries } = side
  const figures = barsFigures(side)
  return (
    `Bars of one minute, the whole day of the busiest issue (${figure(day.count)} ticks in ${figure(day.packs)} packs), at its end: ` +
    `${figure(figures.barsMs, 1)} ms CPU (p99 ${figure(figures.barsP99Ms, 1)}), ${figure(figures.barsReadUnits, 1)} read units in ` +
    `${figure(queries, 1)} Queries; ${figure(figures.barsColdMs, 1)} ms in the first request of a process. At any time of the day: ` +
    `${figure(figures.barsAnyTimeMs, 1)} ms (p99 ${figure(figures.barsAnyTimeP99Ms, 1)}), ${figure(figures.barsAnyTimeReadUnits, 1)} ` +
    `read units (most ${figure(figures.barsAnyTimeMostReadUnits, 1)}). Some answers are compared with all ticks.`
  )
}
