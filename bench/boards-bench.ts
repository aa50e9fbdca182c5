/**
 * Measures the boards table: broadcast writes the boards of the whole market, round by round, to the stand-in for
 * DynamoDB, beside one item a changed board. Market time drives the interval of the writes.
 */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { createBoardWriter, WRITE_EVERY_MS } from '../functions/broadcast/board-writer.ts'
import { SECOND } from '../local/exchange/hours.ts'
import { boardsEqual } from '../market/board.ts'
import { decodePack, encodePack } from '../market/codec/pack.ts'
import type { Tick } from '../market/tick.ts'
import { addMillis, asEpochMillis } from '../market/units.ts'
import { BOARD_GROUPS, encodeGroup, ticksOfItem } from '../tables/boards/board-groups.ts'
import { BOARDS_KEYS } from '../tables/boards/boards-keys.ts'
import { type BoardsTable, readBoards } from '../tables/boards/boards-table.ts'
import { createDynamoDB } from '../tables/dynamodb.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, type Report, ratesOf } from './benchmark.ts'
import type { TABLE_ABILITIES } from './delayed/table-server.ts'
import { type Helper, startHelper } from './ingest/helper.ts'
import { meterOf } from './metered-boards.ts'
import { playOpening, SETTLED, tickOf } from './opening.ts'

/**
 * `before`: seconds of trading before the measurement, because boards take more bytes the longer a day lasts. `rate`: ticks
 * a second of the market in the middle of all seconds. In the measurement, after the first minutes, these are about the
 * mean of a month (2,440, docs/cost.md), a calm hour (3,000) and the opening.
 */
const LOADS = [
  { rate: 2_880, before: 1_200 },
  { rate: 3_640, before: 60 },
  { rate: 30_000, before: 0 },
] as const
/** Time of a round without posts (tools/cost/measured.ts), ms. */
const ROUND_MS = 100
/** Intervals that are measured, after one in which a new environment writes every group. */
const INTERVALS = 3
/** Issues of a subscription. */
const SUBSCRIBED = 20
/** Random subscriptions whose reads are averaged. */
const SUBSCRIPTIONS = 50

interface Measured {
  readonly unitsPerSecond: number
  readonly peakUnitsPerSecond: number
  readonly readsPerSecond: number
  /** Units a second of one item a changed board. */
  readonly baselinePerSecond: number
  readonly ticksPerSecond: number
  /** Latest tick of each issue, the busiest issue first. */
  readonly latest: readonly Tick[]
}

export const boards: Benchmark = {
  name: 'boards',
  about: 'write and read units of the boards table as broadcast and message use it, beside one item a board',
  async run() {
    await using cleanup = new AsyncDisposableStack()
    const server: Helper<typeof TABLE_ABILITIES> = startHelper(
      fileURLToPath(new URL('./delayed/table-server.ts', import.meta.url)),
      '',
    )
    cleanup.defer(() => server.end())
    Object.assign(process.env, {
      AWS_REGION: 'ap-northeast-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${await server.ask('port', undefined)}`,
    })
    const client = createDynamoDB()
    cleanup.defer(() => client.destroy())
    const meter = meterOf(client)
    const measured: Measured[] = []
    const tableOf = ({ rate }: Load): string => `boards-${rate}`
    for (const load of LOADS) {
      const table = tableOf(load)
      await client.send(
        new CreateTableCommand({
          TableName: table,
          AttributeDefinitions: [{ AttributeName: BOARDS_KEYS.partition, AttributeType: 'S' }],
          KeySchema: [{ AttributeName: BOARDS_KEYS.partition, KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      )
      measured.push(await measureWrites({ client, table }, meter, load))
    }
    const { latest } = measured[0]!
    const reads = await measureReads({ client, table: tableOf(LOADS[0]) }, meter, latest)
    return reportOf(measured, reads, await ratesOfReads(latest))
  },
}

type Meter = ReturnType<typeof meterOf>
type Load = (typeof LOADS)[number]

async function measureWrites(table: BoardsTable, meter: Meter, { rate, before }: Load): Promise<Measured> {
  const seconds = ((INTERVALS + 1) * WRITE_EVERY_MS) / 1_000
  let now = asEpochMillis(0)
  const writer = createBoardWriter(table, () => now)
  const latest = new Map<string, Tick>()
  const counts = new Map<string, number>()
  const changed = new Map<string, Tick>()
  const perSecond: number[] = []
  const sums = { writes: 0, reads: 0, baseline: 0, ticks: 0 }
  const isMeasured = (): boolean => now >= WRITE_EVERY_MS && now < seconds * 1_000
  const play = async (): Promise<void> => {
    await writer.write(changed.values(), AbortSignal.timeout(600_000))
    const { written, read } = meter.take()
    if (isMeasured()) {
      const second = Math.floor((now - WRITE_EVERY_MS) / 1_000)
      perSecond[second] = (perSecond[second] ?? 0) + written
      sums.writes += written
      sums.reads += read
      sums.baseline += changed.size
    }
    changed.clear()
    now = addMillis(now, ROUND_MS)
  }
  const start = SETTLED + before * SECOND
  for (const message of playOpening({ ticksPerSecond: rate, seconds: before + seconds })) {
    // Everything before is written by the first rounds.
    while (message.time >= start + (now / 1_000) * SECOND) await play()
    const tick = tickOf(message)
    latest.set(message.issue, tick)
    changed.set(message.issue, tick)
    if (message.time < start) continue
    counts.set(message.issue, (counts.get(message.issue) ?? 0) + 1)
    if (isMeasured()) sums.ticks++
  }
  const measuredSeconds = seconds - WRITE_EVERY_MS / 1_000
  const each = (sum: number): number => sum / measuredSeconds
  // Without further ticks, all boards are in the table after an interval.
  for (let rest = 0; rest <= WRITE_EVERY_MS; rest += ROUND_MS) await play()
  await checkBoards(table, latest)
  meter.take()
  const busiest = [...latest.values()].sort(
    (a, b) => (counts.get(b.board.issue) ?? 0) - (counts.get(a.board.issue) ?? 0),
  )
  return {
    unitsPerSecond: each(sums.writes),
    peakUnitsPerSecond: Math.max(...perSecond),
    readsPerSecond: each(sums.reads),
    baselinePerSecond: each(sums.baseline),
    ticksPerSecond: each(sums.ticks),
    latest: busiest,
  }
}

/** @throws AssertionError unless the table has exactly the latest board of every issue. */
async function checkBoards(table: BoardsTable, latest: ReadonlyMap<string, Tick>): Promise<void> {
  const stored = await readBoards(table, [...latest.keys()])
  assert.equal(stored.length, latest.size)
  for (const { board, sequence } of stored) {
    const expected = latest.get(board.issue)
    assert.equal(sequence, expected?.sequence)
    assert(boardsEqual(board, expected!.board))
  }
}

interface Reads {
  readonly busiest: number
  readonly random: number
  readonly most: number
}

async function measureReads(table: BoardsTable, meter: Meter, latest: readonly Tick[]): Promise<Reads> {
  const unitsOf = async (ticks: readonly Tick[]): Promise<number> => {
    meter.take()
    const read = await readBoards(
      table,
      ticks.map(({ board }) => board.issue),
    )
    assert.equal(read.length, ticks.length)
    return meter.take().read
  }
  const random: number[] = []
  for (let index = 0; index < SUBSCRIPTIONS; index++) {
    // Every 220th issue of the list, another one each time.
    const step = Math.floor(latest.length / SUBSCRIBED)
    random.push(await unitsOf(latest.filter((_, at) => at % step === index).slice(0, SUBSCRIBED)))
  }
  return {
    busiest: await unitsOf(latest.slice(0, SUBSCRIBED)),
    random: random.reduce((sum, units) => sum + units, 0) / random.length,
    most: Math.max(...random),
  }
}

/** Measures subscriptions whose boards are decoded in a CPU second, without the requests. */
function ratesOfReads(
  latest: readonly Tick[],
): Promise<{ readonly groups: number; readonly single: number }> {
  const groups = Array.from({ length: SUBSCRIBED }, (_, index) => ({
    id: '',
    version: 1,
    boards: encodeGroup(latest.filter((_, at) => at % BOARD_GROUPS === index)),
  }))
  const packs = latest.slice(0, SUBSCRIBED).map(tick => encodePack([tick]))
  const repeat = (count: number, work: () => unknown) => ({
    units: count,
    work: () => {
      for (let index = 0; index < count; index++) work()
    },
  })
  return ratesOf({
    groups: repeat(100, () => groups.flatMap(ticksOfItem)),
    single: repeat(2_000, () => packs.flatMap(decodePack)),
  })
}

function reportOf(
  measured: readonly Measured[],
  reads: Reads,
  rates: { readonly groups: number; readonly single: number },
): Report {
  const row = (name: string, own: number, baseline: number, digits: number): string[] => [
    name,
    figure(own, digits),
    figure(baseline, digits),
    times(baseline / own),
  ]
  const [average, calm, busy] = measured as [Measured, Measured, Measured]
  return {
    table: [
      ['', 'groups', 'an item a board', ''],
      ...measured.map((each, index) =>
        row(
          `write units/s at ${figure(each.ticksPerSecond)} ticks/s, from ${LOADS[index]!.before} s on`,
          each.unitsPerSecond,
          each.baselinePerSecond,
          1,
        ),
      ),
      row('read units: 20 busiest issues', reads.busiest, SUBSCRIBED, 1),
      row('read units: 20 random issues', reads.random, SUBSCRIBED, 1),
      ['subscriptions decoded a CPU second', figure(rates.groups), figure(rates.single), ''],
    ],
    notes: [
      `Groups: an item of some fifty boards every ${WRITE_EVERY_MS / 1_000} s. An item a board: each round of ${ROUND_MS} ms writes every changed board, and reads are consistent.`,
      `Most write units in a second: ${figure(Math.max(...measured.map(each => each.peakUnitsPerSecond)))}. Reads before writes: ${figure(average.readsPerSecond, 1)} units/s.`,
      `Most read units of ${SUBSCRIPTIONS} random subscriptions: ${figure(reads.most, 1)}.`,
    ],
    figures: {
      wcuPerSecond: average.unitsPerSecond,
      wcuPerSecond3k: calm.unitsPerSecond,
      wcuPerSecond30k: busy.unitsPerSecond,
      peakWcuPerSecond: Math.max(...measured.map(each => each.peakUnitsPerSecond)),
      rcuPerSecondOfWrites: average.readsPerSecond,
      baselineWcuPerSecond: average.baselinePerSecond,
      baselineWcuPerSecond3k: calm.baselinePerSecond,
      baselineWcuPerSecond30k: busy.baselinePerSecond,
      ratio: average.baselinePerSecond / average.unitsPerSecond,
      rcuBusiest: reads.busiest,
      rcuRandom: reads.random,
      rcuMost: reads.most,
      subscriptionsPerCpuSecond: rates.groups,
      baselineSubscriptionsPerCpuSecond: rates.single,
    },
  }
}
