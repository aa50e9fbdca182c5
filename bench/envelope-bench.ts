/** Measures envelopes beside one JSON record a tick: bytes, and the CPU time to write and to read them. */
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { KEY_FRAME_INTERVAL } from '../ingest-task/publish/key-frames.ts'
import { boardsEqual } from '../market/board.ts'
import { decodeEnvelope, type Envelope } from '../market/codec/envelope.ts'
import { LINES } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, type Report, ratesOf } from './benchmark.ts'
import { decodeRecord, encodeRecord, recordOf } from './json-record.ts'
import { cutEnvelopes, keyFrameBytes } from './lane-cutter.ts'
import { type OpeningOptions, settledTicks } from './opening.ts'

/** Approximate load of the real exchange: at 9:00, and in a calm hour. */
const BUSY: OpeningOptions = { ticksPerSecond: 30_000, seconds: 2 }
const CALM: OpeningOptions = { ticksPerSecond: 3_000, seconds: 10 }
/** The ticks of every sixth envelope become JSON records for the rates. The records of all ticks would fill the memory. */
const RECORDS_ONE_IN = 6

export const envelope: Benchmark = {
  name: 'envelope',
  about: 'bytes a tick in envelopes, and writing and reading them, beside one JSON record a tick',
  run: () => measureEnvelopes(BUSY, CALM),
}

/** @throws AssertionError unless the envelopes decode to exactly the ticks. */
export async function measureEnvelopes(busyTime: OpeningOptions, calmTime: OpeningOptions): Promise<Report> {
  const busy = sizesOf(busyTime)
  const calm = sizesOf(calmTime)
  const rates = await ratesOfTicks(busy)
  const size = (name: string, { ticksPerSecond, perTick: { own, json } }: Sizes): string[] => [
    `${name}, ${figure(ticksPerSecond)} ticks/s`,
    bytes(own),
    bytes(json),
    times(json / own),
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
        `${share(busy)} and ${share(calm)} of the ticks are the first of their issue in an envelope and carry the whole board.`,
      'Envelopes are cut by market time, as the lanes of three ingest tasks would cut them if a put took no time.',
      `The bytes exclude key frames (all boards, every ${KEY_FRAME_INTERVAL / 1000} seconds): they add ${bytes(busy.perTick.keyFrames)} a tick at the opening, ` +
        `${bytes(calm.perTick.keyFrames)} in a calm hour.`,
      'The JSON side starts from finished objects: making them from boards is not in its time.',
    ],
    figures: {
      bytesPerTick30k: busy.perTick.own,
      bytesPerTick3k: calm.perTick.own,
      jsonBytesPerTick30k: busy.perTick.json,
      jsonBytesPerTick3k: calm.perTick.json,
      ratio30k: busy.perTick.json / busy.perTick.own,
      ratio3k: calm.perTick.json / calm.perTick.own,
      keyFrameBytesPerTick30k: busy.perTick.keyFrames,
      keyFrameBytesPerTick3k: calm.perTick.keyFrames,
      ticksPerEnvelope30k: busy.ticksPerEnvelope,
      ticksPerEnvelope3k: calm.ticksPerEnvelope,
      encodeTicksPerCpuSecond: rates.encode,
      decodeTicksPerCpuSecond: rates.decode,
      jsonEncodeTicksPerCpuSecond: rates.jsonEncode,
      jsonDecodeTicksPerCpuSecond: rates.jsonDecode,
    },
  }
}

function bytes(value: number): string {
  return `${figure(value, 1)} B`
}

function share({ wholeBoards, ticks }: Sizes): string {
  return `${figure((100 * wholeBoards) / ticks.length)}%`
}

type Ticks = Extract<Envelope, { kind: 'ticks' }>

interface Sizes {
  readonly ticks: readonly Tick[]
  readonly envelopes: readonly Uint8Array[]
  readonly ticksPerSecond: number
  readonly ticksPerEnvelope: number
  /** Ticks that are the first of their issue in an envelope. */
  readonly wholeBoards: number
  /** Bytes a tick. */
  readonly perTick: {
    readonly own: number
    readonly json: number
    /** In addition to `own`. */
    readonly keyFrames: number
  }
}

function sizesOf(options: OpeningOptions): Sizes {
  const ticks = settledTicks(options, LINES)
  const envelopes = cutEnvelopes(ticks)
  const read = new Map<string, Tick>()
  const latest = new Map<string, Tick>()
  let wholeBoards = 0
  let json = 0
  for (const content of envelopes.map(ticksOf)) {
    wholeBoards += new Set(content.ticks.map(({ board }) => board.issue)).size
    for (const tick of content.ticks) {
      read.set(identity(tick), tick)
      latest.set(tick.board.issue, tick)
    }
    json += sizeOf(content.ticks.map(tick => encodeRecord(recordOf(tick))))
  }
  checkSame(ticks, read)
  const ticksPerSecond = ticks.length / options.seconds
  const keyFrames = keyFrameBytes(latest.values()) / (KEY_FRAME_INTERVAL / 1000)
  return {
    ticks,
    envelopes,
    ticksPerSecond,
    ticksPerEnvelope: ticks.length / envelopes.length,
    wholeBoards,
    perTick: {
      own: sizeOf(envelopes) / ticks.length,
      json: json / ticks.length,
      keyFrames: keyFrames / ticksPerSecond,
    },
  }
}

function ticksOf(envelope: Uint8Array): Ticks {
  const content = decodeEnvelope(envelope)
  assert(content.kind === 'ticks')
  return content
}

function identity({ line, sequence }: Tick): string {
  return `${line} ${sequence}`
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/** @throws AssertionError unless the decoded ticks equal the encoded ticks. */
function checkSame(ticks: readonly Tick[], read: ReadonlyMap<string, Tick>): void {
  assert.equal(read.size, ticks.length)
  for (const tick of ticks) {
    const other = read.get(identity(tick))
    assert(other !== undefined && boardsEqual(tick.board, other.board))
    assert(tick.time === other.time && tick.tradingDate === other.tradingDate)
    assert(isDeepStrictEqual(tick.trade, other.trade))
  }
}

function ratesOfTicks({ ticks, envelopes }: Sizes) {
  const records = envelopes
    .filter((_, index) => index % RECORDS_ONE_IN === 0)
    .flatMap(bytes => ticksOf(bytes).ticks.map(recordOf))
  const texts = records.map(encodeRecord)
  const units = records.length
  return ratesOf({
    encode: { units: ticks.length, work: () => cutEnvelopes(ticks) },
    decode: { units: ticks.length, work: () => envelopes.forEach(bytes => void decodeEnvelope(bytes)) },
    jsonEncode: { units, work: () => records.forEach(record => void encodeRecord(record)) },
    jsonDecode: { units, work: () => texts.forEach(text => void decodeRecord(text)) },
  })
}
