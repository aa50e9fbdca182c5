/** Measures packs beside one JSON item a tick: stored bytes, write units, and CPU time to pack and to read. */
import assert from 'node:assert/strict'
import { packItems } from '../functions/store-ticks/packing.ts'
import { boardsEqual } from '../market/board.ts'
import { decodePack } from '../market/codec/pack.ts'
import type { Tick } from '../market/tick.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, ratesOf } from './benchmark.ts'
import { decodeRecord, encodeRecord, recordOf } from './json-record.ts'
import { type Batch, openingBatches } from './store-batches.ts'
import { BUSY, CALM, EXPIRY, groupsOf, jsonItemsOf, type Stored, sampleOf, storedOf } from './stored.ts'

/** The lanes of line 1 represent all lanes. */
const LINE = '1-'

export const pack: Benchmark = {
  name: 'pack',
  about: 'bytes and write units a tick in packs, and packing and reading, beside one JSON item a tick',
  async run() {
    const [calmBatches, busyBatches] = [CALM, BUSY].map(batchesOfLine) as [Batch[], Batch[]]
    const groups = groupsOf(calmBatches)
    const ticks = groups.flat()
    const calm = packed(groups)
    const busy = packed(groupsOf(busyBatches))
    const items = storedOf(jsonItemsOf(ticks))
    const json = { bytesPerTick: items.bytes / items.items, unitsPerTick: items.units / items.items }
    const rates = await ratesOfTicks(groups)
    const size = (name: string, sizes: Packed): string[] => [
      name,
      `${figure(sizes.bytesPerTick, 1)} B`,
      `${figure(json.bytesPerTick)} B`,
      times(json.bytesPerTick / sizes.bytesPerTick),
    ]
    const units = (name: string, sizes: Packed): string[] => [
      name,
      figure(sizes.unitsPerTick, 4),
      figure(json.unitsPerTick, 2),
      times(json.unitsPerTick / sizes.unitsPerTick),
    ]
    const rate = (name: string, own: number, baseline: number): string[] => [
      name,
      figure(own),
      figure(baseline),
      times(own / baseline),
    ]
    const [calmSeconds, busySeconds] = [calmBatches, busyBatches].map(shortest) as [number, number]
    return {
      table: [
        ['', 'packs', 'JSON, an item a tick', ''],
        size('stored a tick: 3,000 ticks/s, a batch', calm),
        size('stored a tick: 30,000 ticks/s, a batch', busy),
        units('write units a tick: 3,000 ticks/s, a batch', calm),
        units('write units a tick: 30,000 ticks/s, a batch', busy),
        rate('ticks packed a CPU second', rates.encode, rates.jsonEncode),
        rate('ticks read a CPU second', rates.decode, rates.jsonDecode),
      ],
      notes: [
        `A pack has ${figure(calm.ticksPerPack)} ticks at 3,000 ticks/s, ${figure(busy.ticksPerPack)} at 30,000.`,
        `Batches are of one lane each, the shortest ${figure(calmSeconds)} s and ${figure(busySeconds)} s long; ` +
          'what they cost if lanes share one is told by store.',
        'JSON, of every sixth tick, is given its objects ready made.',
      ],
      figures: {
        bytesPerTick: calm.bytesPerTick,
        bytesPerTick30k: busy.bytesPerTick,
        jsonBytesPerTick: json.bytesPerTick,
        ratio: json.bytesPerTick / calm.bytesPerTick,
        writeUnitsPerTick: calm.unitsPerTick,
        writeUnitsPerTick30k: busy.unitsPerTick,
        jsonWriteUnitsPerTick: json.unitsPerTick,
        batchSeconds: calmSeconds,
        batchSeconds30k: busySeconds,
        packTicksPerCpuSecond: rates.encode,
        readTicksPerCpuSecond: rates.decode,
        baselinePackTicksPerCpuSecond: rates.jsonEncode,
        baselineReadTicksPerCpuSecond: rates.jsonDecode,
      },
    }
  },
}

interface Packed {
  readonly bytesPerTick: number
  readonly unitsPerTick: number
  readonly ticksPerPack: number
}

function batchesOfLine(options: typeof CALM): Batch[] {
  return openingBatches(options).apart.filter(({ lanes }) => lanes[0]!.startsWith(LINE))
}

function shortest(batches: readonly Batch[]): number {
  return Math.min(...batches.map(({ seconds }) => seconds))
}

function packed(groups: readonly Tick[][]): Packed {
  const all = groups.map(group => {
    const items = packItems(group, [], EXPIRY)
    checkSame(
      group,
      items.flatMap(item => decodePack(item.pack)),
    )
    return storedOf(items)
  })
  const sum = (of: keyof Stored): number => all.reduce((total, each) => total + each[of], 0)
  const ticks = groups.reduce((total, { length }) => total + length, 0)
  return {
    bytesPerTick: sum('bytes') / ticks,
    unitsPerTick: sum('units') / ticks,
    ticksPerPack: ticks / sum('items'),
  }
}

/** @throws AssertionError unless the packs decode to exactly the ticks. */
function checkSame(ticks: readonly Tick[], read: readonly Tick[]): void {
  assert.equal(read.length, ticks.length)
  for (const [index, tick] of ticks.entries()) {
    const other = read[index]!
    assert(boardsEqual(tick.board, other.board))
    assert(tick.sequence === other.sequence && tick.time === other.time)
    assert(tick.trade?.quantity === other.trade?.quantity && tick.trade?.side === other.trade?.side)
  }
}

function ratesOfTicks(groups: readonly Tick[][]) {
  const ticks = groups.flat()
  const packs = groups.flatMap(group => packItems(group, [], EXPIRY)).map(({ pack }) => pack)
  const records = sampleOf(ticks).map(recordOf)
  const texts = records.map(encodeRecord)
  return ratesOf({
    encode: {
      units: ticks.length,
      work: () => groups.forEach(group => void packItems(group, [], EXPIRY)),
    },
    decode: { units: ticks.length, work: () => packs.forEach(bytes => void decodePack(bytes)) },
    jsonEncode: { units: records.length, work: () => records.forEach(record => void encodeRecord(record)) },
    jsonDecode: { units: texts.length, work: () => texts.forEach(text => void decodeRecord(text)) },
  })
}
