/**
 * Measures storing ticks: store-ticks writes batches, as Lambda fills them, to the stand-in for DynamoDB, beside one
 * JSON item a tick. Write units are counted from the items and compared with what the table consumed.
 */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { STORE_UNITS_PER_LANE } from '../cdk/sizing.ts'
import { packItems } from '../functions/store-ticks/packing.ts'
import { boardsEqual } from '../market/board.ts'
import { DAY_MICROSECONDS } from '../market/moment.ts'
import type { Tick } from '../market/tick.ts'
import { asEpochMillis } from '../market/units.ts'
import { createDynamoDB } from '../tables/dynamodb.ts'
import { putItems } from '../tables/ticks/put-items.ts'
import { ticksBetween } from '../tables/ticks/read-ticks.ts'
import { createPace, REQUEST_UNITS } from '../tables/ticks/write-pace.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, type Report, ratesOf } from './benchmark.ts'
import type { TABLE_ABILITIES } from './delayed/table-server.ts'
import { type Helper, startHelper } from './ingest/helper.ts'
import { encodeRecord, recordOf } from './json-record.ts'
import { TRADING_DATE } from './opening.ts'
import { type Batch, type Batches, DEALS, type Deal, openingBatches } from './store-batches.ts'
import { BUSY, CALM, EXPIRY, groupsOf, INDEX_BYTES, jsonItemsOf, sampleOf, storedOf } from './stored.ts'
import { type MeteredTable, openMeteredTable, storeBatches, UNITS_PER_LANE, type Written } from './written.ts'

/**
 * The reference system wrote 1 TB a month, one item a tick, with one write unit each. An item had therefore at most 1 KB,
 * and the month at least this many ticks: 49 million on each of 20 days.
 */
const REFERENCE_BYTES = 1e12
const REFERENCE_ITEM_BYTES = 1024
const TICKS_A_MONTH = REFERENCE_BYTES / REFERENCE_ITEM_BYTES
/** Items of the baseline that are written, to compare the counted units with the consumed units. */
const JSON_WRITTEN = 2_000

export const store: Benchmark = {
  name: 'store',
  about: 'write units and bytes a tick as store-ticks writes them, beside one JSON item a tick',
  async run() {
    await using cleanup = new AsyncDisposableStack()
    const table: Helper<typeof TABLE_ABILITIES> = startHelper(
      fileURLToPath(new URL('./delayed/table-server.ts', import.meta.url)),
      '',
    )
    cleanup.defer(() => table.end())
    Object.assign(process.env, {
      AWS_REGION: 'ap-northeast-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${await table.ask('port', undefined)}`,
    })
    const client = createDynamoDB()
    cleanup.defer(() => client.destroy())
    const open = (name: string): Promise<MeteredTable> => openMeteredTable(client, name)
    const calm = await measure(openingBatches(CALM), name => open(`calm-${name}`))
    const busy = await measure(openingBatches(BUSY), name => open(`busy-${name}`))
    const groups = groupsOf(openingBatches(BUSY).apart.slice(0, 1))
    const json = await measureJson(groups.flat(), await open('json'))
    return reportOf(calm, busy, json, await ratesOfTicks(groups))
  },
}

type Measured = Readonly<Record<keyof Batches, Written>>

async function measure(batches: Batches, open: (name: string) => Promise<MeteredTable>): Promise<Measured> {
  const written: Partial<Record<keyof Batches, Written>> = {}
  for (const deal of DEALS) {
    const table = await open(deal)
    written[deal] = await storeBatches(batches[deal], table)
    await checkRead(batches[deal][0]!, table)
  }
  return written as Measured
}

/** @throws AssertionError unless the table returns exactly the ticks of a batch. */
async function checkRead(batch: Batch, table: MeteredTable): Promise<void> {
  for (const ticks of groupsOf([batch])) {
    const read = ticksBetween(
      table,
      ticks[0]!.board.issue,
      TRADING_DATE,
      { time: 0, sequence: 0 },
      DAY_MICROSECONDS,
    )
    let count = 0
    for await (const { sequence, board } of read) {
      const expected = ticks[count++]
      assert.equal(sequence, expected?.sequence)
      assert(boardsEqual(board, expected!.board))
    }
    assert.equal(count, ticks.length)
  }
}

interface Json {
  readonly bytesPerTick: number
  readonly unitsPerTick: number
}

async function measureJson(ticks: readonly Tick[], table: MeteredTable): Promise<Json> {
  const items = jsonItemsOf(ticks)
  const some = items.slice(0, JSON_WRITTEN)
  const left = await putItems(
    table,
    some,
    asEpochMillis(Number.POSITIVE_INFINITY),
    createPace(UNITS_PER_LANE),
  )
  assert.deepEqual(left, [])
  assert.equal(table.take().consumed, storedOf(some).units)
  const { bytes, units } = storedOf(items)
  return { bytesPerTick: bytes / items.length, unitsPerTick: units / items.length }
}

function ratesOfTicks(groups: readonly Tick[][]) {
  const ticks = groups.flat()
  const records = sampleOf(ticks).map(recordOf)
  return ratesOf({
    pack: { units: ticks.length, work: () => groups.forEach(group => void packItems(group, [], EXPIRY)) },
    json: { units: records.length, work: () => records.forEach(record => void encodeRecord(record)) },
  })
}

function reportOf(
  calm: Measured,
  busy: Measured,
  json: Json,
  rates: { readonly pack: number; readonly json: number },
): Report {
  const units = (name: string, { unitsPerTick }: Written): string[] => [
    name,
    figure(unitsPerTick, 4),
    figure(json.unitsPerTick, 2),
    times(json.unitsPerTick / unitsPerTick),
  ]
  const jsonStored = json.bytesPerTick + INDEX_BYTES
  const month = (bytesPerTick: number): number => (bytesPerTick * TICKS_A_MONTH) / 1e9
  const bytes = (name: string, own: number, baseline: number, unit: string, digits: number): string[] => [
    name,
    `${figure(own, digits)} ${unit}`,
    `${figure(baseline)} ${unit}`,
    times(baseline / own),
  ]
  // The stored size of a month uses the load of a calm hour, because most of a day is calm.
  const stored = calm.met.bytesPerTick
  const hot = Math.max(...DEALS.map(deal => busy[deal].hottestUnitsPerSecond))
  const tableUnits = busy.met.unitsPerSecond
  const slowest = (deal: Deal): number => Math.max(...busy[deal].batches.map(writeShare))
  const usual = Math.max(slowest('apart'), slowest('met'))
  return {
    table: [
      ['', 'packs', 'JSON, an item a tick', ''],
      units('write units a tick: 30,000 ticks/s, two lanes of a shard in one batch', busy.met),
      units('… each lane in one of its own', busy.apart),
      units('… all lanes of a shard in one', busy.together),
      units('write units a tick: 3,000 ticks/s, two lanes of a shard in one batch', calm.met),
      units('… each lane in one of its own', calm.apart),
      units('… all lanes of a shard in one', calm.together),
      bytes('stored a tick: 30,000 ticks/s', busy.met.bytesPerTick, jsonStored, 'B', 1),
      bytes('stored a tick: 3,000 ticks/s', stored, jsonStored, 'B', 1),
      bytes('a month', month(stored), month(jsonStored), 'GB', 1),
      ['ticks packed a CPU second', figure(rates.pack), figure(rates.json), times(rates.pack / rates.json)],
      ['ticks stored a CPU second, all that store-ticks does', figure(busy.met.ticksPerCpuSecond), '', ''],
    ],
    notes: [
      `Batches last ${seconds(busy.apart)} of one lane, ${seconds(busy.met)} where two met, ${seconds(busy.together)} of a shard at 30,000 ticks/s; ` +
        `${seconds(calm.apart)}, ${seconds(calm.met)} and ${seconds(calm.together)} at 3,000.`,
      `All write units were consumed as counted: ${figure(total(calm) + total(busy))}, with those of the lanes' borders.`,
      `Peak: ${figure(tableUnits)} write units/s for the whole table, ${figure(hot, 1)} for the busiest issue; ` +
        `writing takes at most ${figure(100 * usual)}% of a batch's time at the pace of ${STORE_UNITS_PER_LANE} units/s a lane, ` +
        `${figure(100 * slowest('together'))}% if all lanes share one.`,
      `Stored: with the ${INDEX_BYTES} B that DynamoDB adds to an item. A month: ${figure(TICKS_A_MONTH / 1e6)} million ticks, the reference's terabyte of items of 1 KB.`,
      'JSON, of every sixth tick, is given its objects ready made.',
    ],
    figures: {
      wcuPerTick30k: busy.met.unitsPerTick,
      wcuPerTick30kApart: busy.apart.unitsPerTick,
      wcuPerTick30kTogether: busy.together.unitsPerTick,
      wcuPerTick3k: calm.met.unitsPerTick,
      wcuPerTick3kApart: calm.apart.unitsPerTick,
      wcuPerTick3kTogether: calm.together.unitsPerTick,
      bytesPerTickStored: stored,
      bytesPerTickStored30k: busy.met.bytesPerTick,
      gigabytesPerMonth: month(stored),
      baselineWcuPerTick: json.unitsPerTick,
      baselineBytesPerTickStored: jsonStored,
      baselineGigabytesPerMonth: month(jsonStored),
      ratio: json.unitsPerTick / busy.met.unitsPerTick,
      ratio3k: json.unitsPerTick / calm.met.unitsPerTick,
      packTicksPerCpuSecond: rates.pack,
      baselinePackTicksPerCpuSecond: rates.json,
      storeTicksPerCpuSecond: busy.met.ticksPerCpuSecond,
      peakTableWcuPerSecond: tableUnits,
      peakIssueWcuPerSecond: hot,
      pacedTableWcuPerSecond: STORE_UNITS_PER_LANE * busy.apart.batches.length,
      writeShareOfBatch: usual,
      writeShareTogether: slowest('together'),
    },
  }
}

/** Returns the share of a batch's time that writing takes at the pace of store-ticks. */
function writeShare({ lanes, units, seconds }: Written['batches'][number]): number {
  return units / (STORE_UNITS_PER_LANE * lanes - REQUEST_UNITS) / seconds
}

function seconds({ batches }: Written): string {
  return `${figure(Math.min(...batches.map(({ seconds }) => seconds)))} s`
}

function total(measured: Measured): number {
  return DEALS.reduce((sum, deal) => sum + measured[deal].consumed, 0)
}
