/** Packs against one JSON item a tick: what is stored, the write units it takes, and the CPU to pack and to read. */
import assert from 'node:assert/strict'
import { MAX_PACK_TICKS } from '../functions/store-ticks/store.ts'
import { SECOND } from '../local/exchange/hours.ts'
import { boardsEqual } from '../market/board.ts'
import { decodePack, encodePack, packKey, packTime } from '../market/pack.ts'
import type { Tick } from '../market/tick.ts'
import { batchSeconds } from './batch.ts'
import { type Benchmark, ratesOf } from './benchmark.ts'
import { decodeRecord, encodeRecord, recordOf } from './json-record.ts'
import { cutEnvelopes } from './lanes.ts'
import { type OpeningOptions, settledTicks } from './opening.ts'
import { figure, times } from './table.ts'

/** store-ticks waits a minute for what it packs, and long enough for a batch to be full at the opening. */
const CALM: OpeningOptions = { ticksPerSecond: 3_000, seconds: 60 }
const BUSY: OpeningOptions = { ticksPerSecond: 30_000, seconds: 12 }
/** The issues of one line stand for those of all. */
const LINES_TAKEN = 1
/** Of so many ticks one becomes a JSON item: those of all would fill the memory. */
const ITEM_ONE_IN = 6
/** A write unit pays for so many bytes of an item, or part of them (DynamoDB pricing). */
const WRITE_UNIT_BYTES = 1024
/** `expires`, a number of ten digits, as DynamoDB counts it; then the names of key, time and expires. */
const COMMON_BYTES = 7 + 'keytimeexpires'.length

export const pack: Benchmark = {
  name: 'pack',
  about: 'bytes and write units a tick in packs, and packing and reading, beside one JSON item a tick',
  async run() {
    const calmTicks = settledTicks(CALM, LINES_TAKEN)
    const busyTicks = settledTicks(BUSY, LINES_TAKEN)
    const calmBatch = batchSeconds(cutEnvelopes(calmTicks), CALM.seconds)
    const busyBatch = Math.min(BUSY.seconds, batchSeconds(cutEnvelopes(busyTicks), BUSY.seconds))
    const calm = stored(groupsOf(calmTicks))
    const busy = stored(groupsOf(firstSeconds(busyTicks, busyBatch)))
    const json = storedAlone(calmTicks)
    const rates = await ratesOfTicks(calmTicks)
    const size = (name: string, sizes: Stored): string[] => [
      name,
      `${figure(sizes.bytesPerTick, 1)} B`,
      `${figure(json.bytesPerTick)} B`,
      times(json.bytesPerTick / sizes.bytesPerTick),
    ]
    const units = (name: string, sizes: Stored): string[] => [
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
    const minute = '3,000 ticks/s, one minute'
    const batch = `30,000 ticks/s, ${figure(busyBatch, 1)} s`
    return {
      table: [
        ['', 'packs', 'JSON, an item a tick', ''],
        size(`stored a tick: ${minute}`, calm),
        size(`stored a tick: ${batch}`, busy),
        units(`write units a tick: ${minute}`, calm),
        units(`write units a tick: ${batch}`, busy),
        rate('ticks packed a CPU second', rates.encode, rates.jsonEncode),
        rate('ticks read a CPU second', rates.decode, rates.jsonDecode),
      ],
      notes: [
        `A pack has ${figure(calm.ticksPerPack)} ticks in the minute, ${figure(busy.ticksPerPack)} in the seconds.`,
        `So long a batch of store-ticks lasts before its 6 MB or 10,000 records are full: ` +
          `${figure(busyBatch, 1)} s at 30,000 ticks/s, ${figure(calmBatch)} s at 3,000.`,
        `JSON, of every ${ITEM_ONE_IN}th tick, is given its objects ready made.`,
      ],
      figures: {
        bytesPerTick: calm.bytesPerTick,
        bytesPerTick30k: busy.bytesPerTick,
        jsonBytesPerTick: json.bytesPerTick,
        ratio: json.bytesPerTick / calm.bytesPerTick,
        writeUnitsPerTick: calm.unitsPerTick,
        writeUnitsPerTick30k: busy.unitsPerTick,
        jsonWriteUnitsPerTick: json.unitsPerTick,
        batchSeconds: calmBatch,
        batchSeconds30k: busyBatch,
        packTicksPerCpuSecond: rates.encode,
        readTicksPerCpuSecond: rates.decode,
        baselinePackTicksPerCpuSecond: rates.jsonEncode,
        baselineReadTicksPerCpuSecond: rates.jsonDecode,
      },
    }
  },
}

interface Stored {
  readonly bytesPerTick: number
  readonly unitsPerTick: number
  readonly ticksPerPack: number
}

function firstSeconds(ticks: readonly Tick[], seconds: number): Tick[] {
  const end = ticks[0]!.time + seconds * SECOND
  return ticks.filter(({ time }) => time < end)
}

/** The ticks of each issue, as store-ticks groups them. */
function groupsOf(ticks: readonly Tick[]): Tick[][] {
  return [...Map.groupBy(ticks, ({ board }) => board.issue).values()].flatMap(halved)
}

function halved(ticks: Tick[]): Tick[][] {
  if (ticks.length <= MAX_PACK_TICKS) return [ticks]
  const middle = Math.ceil(ticks.length / 2)
  return [...halved(ticks.slice(0, middle)), ...halved(ticks.slice(middle))]
}

function stored(groups: readonly Tick[][]): Stored {
  const sizes = groups.map(group => {
    const bytes = encodePack(group)
    checkSame(group, decodePack(bytes))
    const last = group.at(-1)!
    return itemBytes(group[0]!) + 'last'.length + timeKey(last).length + 'pack'.length + bytes.length
  })
  return sumOf(
    sizes,
    groups.reduce((sum, { length }) => sum + length, 0),
  )
}

/** @throws AssertionError unless the pack says exactly the ticks. */
function checkSame(ticks: readonly Tick[], read: readonly Tick[]): void {
  assert.equal(read.length, ticks.length)
  for (const [index, tick] of ticks.entries()) {
    const other = read[index]!
    assert(boardsEqual(tick.board, other.board))
    assert(tick.sequence === other.sequence && tick.time === other.time)
    assert(tick.trade?.quantity === other.trade?.quantity && tick.trade?.side === other.trade?.side)
  }
}

function storedAlone(ticks: readonly Tick[]): Stored {
  const sizes = sampleOf(ticks).map(
    tick => itemBytes(tick) + 'board'.length + encodeRecord(recordOf(tick)).length,
  )
  return sumOf(sizes, sizes.length)
}

/** Bytes of an item without what it says: its keys and when it expires. */
function itemBytes(first: Tick): number {
  return packKey(first.board.issue, first.tradingDate).length + timeKey(first).length + COMMON_BYTES
}

function timeKey({ time, sequence }: Tick): string {
  return packTime(time, sequence)
}

function sumOf(sizes: readonly number[], ticks: number): Stored {
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  const units = sizes.reduce((sum, size) => sum + Math.ceil(size / WRITE_UNIT_BYTES), 0)
  return { bytesPerTick: bytes / ticks, unitsPerTick: units / ticks, ticksPerPack: ticks / sizes.length }
}

function sampleOf(ticks: readonly Tick[]): Tick[] {
  return ticks.filter((_, index) => index % ITEM_ONE_IN === 0)
}

function ratesOfTicks(ticks: readonly Tick[]) {
  const groups = groupsOf(ticks)
  const packs = groups.map(encodePack)
  const records = sampleOf(ticks).map(recordOf)
  const texts = records.map(encodeRecord)
  return ratesOf({
    encode: { units: ticks.length, work: () => groups.forEach(group => void encodePack(group)) },
    decode: { units: ticks.length, work: () => packs.forEach(bytes => void decodePack(bytes)) },
    jsonEncode: { units: records.length, work: () => records.forEach(record => void encodeRecord(record)) },
    jsonDecode: { units: texts.length, work: () => texts.forEach(text => void decodeRecord(text)) },
  })
}
