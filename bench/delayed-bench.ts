/**
 * Measures a board at a moment: the deployed bundle of delayed-prices reads packs of the opening, beside one JSON item a
 * tick. The function and the table run in processes of their own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleFunctions } from '../cdk/bundle.ts'
import { LANES } from '../cdk/sizing.ts'
import { HOUR } from '../local/exchange/hours.ts'
import { createRandom, weightedPicker } from '../local/exchange/random.ts'
import { momentOf } from '../market/moment.ts'
import type { Tick } from '../market/tick.ts'
import { createDynamoDB } from '../tables/dynamodb.ts'
import { figure } from '../tools/table.ts'
import { type Benchmark, percentile, type Report } from './benchmark.ts'
import { type BarsSide, barsFigures, barsNote, measureBars } from './delayed/bars-side.ts'
import {
  CHECKED,
  checkUnits,
  JSON_ITEMS,
  type Measured,
  measure,
  READS,
  readsOf,
  storeJson,
  type Table,
  TICKS,
  WARM_UP,
} from './delayed/board-reads.ts'
import {
  createBoardsTable,
  createControlTable,
  type StoredMarket,
  storeOpening,
} from './delayed/delayed-market.ts'
import { JSON_TABLE } from './delayed/json-items.ts'
import { startHelper } from './ingest/helper.ts'
import { TRADING_DATE } from './opening.ts'

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const BOARDS = 'boards'
const CONTROL = 'control'
const SEED = 1
export const delayed: Benchmark = {
  name: 'delayed',
  about: 'a board as of a moment in the delayed-prices function, beside one JSON item a tick',
  async run() {
    await using cleanup = new AsyncDisposableStack()
    const table: Table = startHelper(pathOf('./delayed/table-server.ts'), '')
    cleanup.defer(() => table.end())
    const outdir = mkdtempSync(join(tmpdir(), 'itastream-bench-'))
    cleanup.defer(() => rmSync(outdir, { recursive: true, force: true }))
    setEnvironment(await table.ask('port', undefined))
    const client = createDynamoDB()
    cleanup.defer(() => client.destroy())

    await createBoardsTable(client, BOARDS)
    await createControlTable(client, CONTROL)
    const market = await storeOpening(client, TICKS)
    const { issues } = market
    const random = createRandom(SEED)
    const byActivity = weightedPicker(
      random,
      issues.map(({ length }) => length),
    )
    const hottest = issues.reduce((a, b) => (a.length > b.length ? a : b))
    const drawn = readsOf(() => issues[byActivity()]!, random)
    const hot = readsOf(() => hottest, random)
    await storeJson(client, [...drawn, ...hot])
    await checkUnits(client, table, [...drawn.slice(0, CHECKED / 2), ...hot.slice(0, CHECKED / 2)])

    const module = join(bundleFunctions(['delayed-prices'], outdir)['delayed-prices'], 'index.mjs')
    const own = await measure(table, module, drawn)
    const json = await measure(table, pathOf('./delayed/json-items.ts'), drawn)
    const ownHot = await measure(table, module, hot)
    const jsonHot = await measure(table, pathOf('./delayed/json-items.ts'), hot)
    const bars = await measureBars(client, table, module)
    return report(market, hottest, { own, json, ownHot, jsonHot }, bars)
  },
}

/** Sets the environment of the functions and of this process. */
function setEnvironment(port: number): void {
  // The clock is almost still, after the close: every moment of the opening is over twenty minutes old.
  const market = momentOf(TRADING_DATE, 16 * HOUR) / 1000
  Object.assign(process.env, {
    AWS_REGION: 'ap-northeast-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    TICKS_TABLE: TICKS,
    BOARDS_TABLE: BOARDS,
    CONTROL_TABLE: CONTROL,
    KEEP_DAYS: '31',
    STORE_SECONDS: '180',
    LANES: String(LANES),
    [JSON_TABLE]: JSON_ITEMS,
    MARKET_CLOCK: `${Date.now()}:${market}:0.001`,
    POWERTOOLS_SERVICE_NAME: 'delayed-prices',
    POWERTOOLS_METRICS_NAMESPACE: 'itastream',
    POWERTOOLS_METRICS_DISABLED: 'true',
  })
}

interface Sides {
  readonly own: Measured
  readonly json: Measured
  readonly ownHot: Measured
  readonly jsonHot: Measured
}

function report(
  { issues, packs, batchSeconds }: StoredMarket,
  hottest: readonly Tick[],
  sides: Sides,
  bars: BarsSide,
): Report {
  const { own, json, ownHot, jsonHot } = sides
  const rate = ({ seconds }: Measured): number => READS / seconds
  const cpuRate = ({ cpu }: Measured): number => 1000 / mean(cpu)
  const units = ({ queries }: Measured): number[] => queries.map(query => query.units)
  const waited = ({ queries }: Measured): number[] => queries.map(({ milliseconds }) => milliseconds)
  const inside = (side: Measured): number[] => side.took.map((each, index) => each - waited(side)[index]!)
  const row = (name: string, of: (side: Measured) => string): string[] => [
    name,
    ...[own, json, ownHot, jsonHot].map(of),
  ]
  const times = (values: readonly number[]): string =>
    `${figure(percentile(values, 0.5), 2)} / ${figure(percentile(values, 0.99), 2)} ms`
  const ticks = issues.reduce((sum, { length }) => sum + length, 0)
  return {
    table: [
      ['', 'packs', 'JSON, an item a tick', 'packs, hottest issue', 'JSON, hottest issue'],
      row('reads a second, one after the other', side => figure(rate(side))),
      row('reads a CPU second of the function', side => figure(cpuRate(side))),
      row('in the function, p50 / p99', ({ took }) => times(took)),
      row('  of that in the stand-in', side => times(waited(side))),
      row('  without the stand-in', side => times(inside(side))),
      row('  CPU time of the function', ({ cpu }) => times(cpu)),
      row('read units a read, mean', side => figure(mean(units(side)), 2)),
      row('read units a read, most', side => figure(Math.max(...units(side)), 1)),
    ],
    notes: [
      `${figure(ticks)} ticks of ${figure(issues.length)} issues, one line of three, as store-ticks packs a full batch of ` +
        `${figure(batchSeconds, 1)} s after 9:00:05 at 30,000 ticks/s: ${figure(packs)} packs.`,
      `${figure(READS)} reads, after ${figure(WARM_UP)} to warm up: issues as often as they have ticks, any moment as likely as any other; then all of ` +
        `${hottest[0]!.board.issue}, the busiest (${figure(hottest.length)} ticks). Each read is one Query, and every answer has the expected sequence.`,
      `Read units are the ConsumedCapacity of the stand-in. For ${figure(CHECKED)} reads it equals the documented rule: item size rounded up to 4 KB, half a unit for each 4 KB.`,
      'The baseline has no routes, checks or logs. Its table holds only the items that are read.',
      barsNote(bars),
    ],
    figures: {
      readsPerSecond: rate(own),
      p50Ms: percentile(own.took, 0.5),
      p99Ms: percentile(own.took, 0.99),
      rcu: Math.max(...units(own), ...units(ownHot)),
      meanRcu: mean(units(own)),
      readsPerCpuSecond: cpuRate(own),
      standInP50Ms: percentile(waited(own), 0.5),
      standInP99Ms: percentile(waited(own), 0.99),
      ownP50Ms: percentile(inside(own), 0.5),
      ownP99Ms: percentile(inside(own), 0.99),
      cpuP50Ms: percentile(own.cpu, 0.5),
      cpuP99Ms: percentile(own.cpu, 0.99),
      hottestCpuP50Ms: percentile(ownHot.cpu, 0.5),
      hottestCpuP99Ms: percentile(ownHot.cpu, 0.99),
      hottestReadsPerSecond: rate(ownHot),
      hottestP50Ms: percentile(ownHot.took, 0.5),
      hottestP99Ms: percentile(ownHot.took, 0.99),
      hottestMeanRcu: mean(units(ownHot)),
      baselineReadsPerSecond: rate(json),
      baselineReadsPerCpuSecond: cpuRate(json),
      baselineP50Ms: percentile(json.took, 0.5),
      baselineP99Ms: percentile(json.took, 0.99),
      baselineRcu: Math.max(...units(json), ...units(jsonHot)),
      ratio: rate(own) / rate(json),
      ...barsFigures(bars),
    },
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
