/** Envelopes against one JSON record a tick: bytes, and the CPU it takes to write and to read them. */
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { boardsEqual } from '../market/board.ts'
import { decodeEnvelope } from '../market/envelope.ts'
import { LINES } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { type Benchmark, ratesOf } from './benchmark.ts'
import { decodeRecord, encodeRecord, type JsonRecord, recordOf } from './json-record.ts'
import { cutEnvelopes } from './lanes.ts'
import { type OpeningOptions, settledTicks } from './opening.ts'
import { figure, times } from './table.ts'

/** What the real exchange sends at 9:00, and in a calm hour, about. */
const BUSY: OpeningOptions = { ticksPerSecond: 30_000, seconds: 2 }
const CALM: OpeningOptions = { ticksPerSecond: 3_000, seconds: 10 }
/** Of so many ticks one becomes a JSON record: those of all would fill the memory. */
const RECORD_ONE_IN = 6

export const envelope: Benchmark = {
  name: 'envelope',
  about: 'bytes a tick in envelopes, and writing and reading them, beside one JSON record a tick',
  async run() {
    const busy = sizesOf(BUSY)
    const calm = sizesOf(CALM)
    const rates = await ratesOfTicks(busy.ticks)
    const size = (name: string, sizes: Sizes): string[] => [
      `${name}, ${figure(sizes.ticksPerSecond)} ticks/s`,
      `${figure(sizes.bytesPerTick, 1)} B`,
      `${figure(sizes.jsonBytesPerTick)} B`,
      times(sizes.ratio),
    ]
    const rate = (name: string, own: number, json: number): string[] => [
      name,
      figure(own),
      figure(json),
      times(own / json),
    ]
    return {
      table: [
        ['', 'envelopes', 'JSON, a record a tick', ''],
        size('a tick at the opening', busy),
        size('a tick in a calm hour', calm),
        rate('ticks written a CPU second', rates.encode, rates.jsonEncode),
        rate('ticks read a CPU second', rates.decode, rates.jsonDecode),
      ],
      notes: [
        `An envelope has ${figure(busy.ticksPerEnvelope)} ticks at the opening, ${figure(calm.ticksPerEnvelope, 1)} in a calm hour; ` +
          `${share(busy)} and ${share(calm)} of the ticks are their issue's first in it, with the whole board.`,
        'Envelopes are cut by market time as the lanes of three ingest tasks would, if a put took no time.',
        `JSON, of every ${RECORD_ONE_IN}th tick, is given its objects ready made: making them from boards is not in its time.`,
      ],
      figures: {
        bytesPerTick30k: busy.bytesPerTick,
        bytesPerTick3k: calm.bytesPerTick,
        jsonBytesPerTick: busy.jsonBytesPerTick,
        ratio30k: busy.ratio,
        ratio3k: calm.ratio,
        ticksPerEnvelope30k: busy.ticksPerEnvelope,
        ticksPerEnvelope3k: calm.ticksPerEnvelope,
        encodeTicksPerCpuSecond: rates.encode,
        decodeTicksPerCpuSecond: rates.decode,
        baselineEncodeTicksPerCpuSecond: rates.jsonEncode,
        baselineDecodeTicksPerCpuSecond: rates.jsonDecode,
      },
    }
  },
}

function share({ wholeBoards, ticks }: Sizes): string {
  return `${figure((100 * wholeBoards) / ticks.length)}%`
}

interface Sizes {
  readonly ticks: readonly Tick[]
  readonly ticksPerSecond: number
  readonly bytesPerTick: number
  readonly ticksPerEnvelope: number
  /** Ticks that are their issue's first in an envelope. */
  readonly wholeBoards: number
  readonly jsonBytesPerTick: number
  readonly ratio: number
}

function sizesOf(options: OpeningOptions): Sizes {
  const ticks = settledTicks(options, LINES)
  const envelopes = cutEnvelopes(ticks)
  const wholeBoards = checkSame(ticks, envelopes)
  const bytesPerTick = bytesOf(envelopes) / ticks.length
  const texts = recordsOf(ticks).map(encodeRecord)
  const jsonBytesPerTick = bytesOf(texts) / texts.length
  return {
    ticks,
    ticksPerSecond: ticks.length / options.seconds,
    bytesPerTick,
    ticksPerEnvelope: ticks.length / envelopes.length,
    wholeBoards,
    jsonBytesPerTick,
    ratio: jsonBytesPerTick / bytesPerTick,
  }
}

function recordsOf(ticks: readonly Tick[]): JsonRecord[] {
  return ticks.filter((_, index) => index % RECORD_ONE_IN === 0).map(recordOf)
}

function bytesOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/**
 * @returns how many ticks are their issue's first in an envelope.
 * @throws AssertionError unless the envelopes say exactly the ticks.
 */
function checkSame(ticks: readonly Tick[], envelopes: readonly Uint8Array[]): number {
  const read = new Map<string, Tick>()
  let count = 0
  let wholeBoards = 0
  for (const bytes of envelopes) {
    const content = decodeEnvelope(bytes)
    assert(content.kind === 'ticks')
    wholeBoards += new Set(content.ticks.map(({ board }) => board.issue)).size
    for (const tick of content.ticks) {
      read.set(`${tick.line} ${tick.sequence}`, tick)
      count++
    }
  }
  assert.equal(count, ticks.length)
  for (const tick of ticks) {
    const other = read.get(`${tick.line} ${tick.sequence}`)
    assert(other !== undefined && boardsEqual(tick.board, other.board))
    assert(tick.time === other.time && tick.tradingDate === other.tradingDate)
    assert(isDeepStrictEqual(tick.trade, other.trade))
  }
  return wholeBoards
}

function ratesOfTicks(ticks: readonly Tick[]) {
  const envelopes = cutEnvelopes(ticks)
  const records = recordsOf(ticks)
  const texts = records.map(encodeRecord)
  return ratesOf({
    encode: { units: ticks.length, work: () => cutEnvelopes(ticks) },
    decode: { units: ticks.length, work: () => envelopes.forEach(bytes => void decodeEnvelope(bytes)) },
    jsonEncode: { units: records.length, work: () => records.forEach(record => void encodeRecord(record)) },
    jsonDecode: { units: texts.length, work: () => texts.forEach(text => void decodeRecord(text)) },
  })
}
