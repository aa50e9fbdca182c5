/** Envelopes against one JSON record a tick, alone and aggregated: bytes, and the CPU it takes to write and to read them. */
import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { KEY_FRAME_INTERVAL } from '../ingest-task/publish/publisher.ts'
import { boardsEqual } from '../market/board.ts'
import { decodeEnvelope, type Envelope } from '../market/codec/envelope.ts'
import { LINES, laneName } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { figure, times } from '../tools/table.ts'
import { aggregate, deaggregate } from './aggregate.ts'
import { type Benchmark, type Report, ratesOf } from './benchmark.ts'
import { decodeRecord, encodeRecord, type JsonRecord, recordOf } from './json-record.ts'
import { cutEnvelopes, keyFrameBytes } from './lanes-bench.ts'
import { type OpeningOptions, settledTicks } from './opening.ts'

/** What the real exchange sends at 9:00, and in a calm hour, about. */
const BUSY: OpeningOptions = { ticksPerSecond: 30_000, seconds: 2 }
const CALM: OpeningOptions = { ticksPerSecond: 3_000, seconds: 10 }
/** Of so many envelopes the ticks of one become JSON to measure rates with: those of all would fill the memory. */
const RECORDS_ONE_IN = 6

export const envelope: Benchmark = {
  name: 'envelope',
  about:
    'bytes a tick in envelopes, and writing and reading them, beside one JSON record a tick and aws-kinesis-agg',
  run: () => measureEnvelopes(BUSY, CALM),
}

/** @throws AssertionError unless what is measured says exactly the ticks. */
export async function measureEnvelopes(busyTime: OpeningOptions, calmTime: OpeningOptions): Promise<Report> {
  const busy = sizesOf(busyTime)
  const calm = sizesOf(calmTime)
  const rates = await ratesOfTicks(busy)
  const size = (name: string, { ticksPerSecond, perTick: { own, json, agg } }: Sizes): string[] => {
    const cells = [bytes(own), bytes(json), times(json / own), bytes(agg), times(agg / own)]
    return [`${name}, ${figure(ticksPerSecond)} ticks/s`, ...cells]
  }
  const rate = (name: string, own: number, json: number, agg: number): string[] => {
    return [name, figure(own), figure(json), times(own / json), figure(agg), times(own / agg)]
  }
  return {
    table: [
      ['', 'envelopes', 'JSON, a record a tick', '', 'aws-kinesis-agg', ''],
      size('a tick at the opening', busy),
      size('a tick in a calm hour', calm),
      rate('ticks written a CPU second', rates.encode, rates.jsonEncode, rates.aggEncode),
      rate('ticks read a CPU second', rates.decode, rates.jsonDecode, rates.aggDecode),
    ],
    notes: [
      `An envelope has ${figure(busy.ticksPerEnvelope)} ticks at the opening, ${figure(calm.ticksPerEnvelope, 1)} in a calm hour; ` +
        `${share(busy)} and ${share(calm)} of the ticks are their issue's first in it, with the whole board.`,
      'Envelopes are cut by market time as the lanes of three ingest tasks would, if a put took no time; aws-kinesis-agg gets the same cut.',
      `Key frames, all boards again every ${KEY_FRAME_INTERVAL / 1000} seconds, are not in the bytes: they add ${bytes(busy.perTick.keyFrames)} a tick at the opening, ` +
        `${bytes(calm.perTick.keyFrames)} in a calm hour.`,
      'JSON is given its objects ready made: making them from boards is not in its time. aws-kinesis-agg takes and gives base64 where it reads.',
    ],
    figures: {
      bytesPerTick30k: busy.perTick.own,
      bytesPerTick3k: calm.perTick.own,
      jsonBytesPerTick30k: busy.perTick.json,
      jsonBytesPerTick3k: calm.perTick.json,
      aggBytesPerTick30k: busy.perTick.agg,
      aggBytesPerTick3k: calm.perTick.agg,
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
      aggEncodeTicksPerCpuSecond: rates.aggEncode,
      aggDecodeTicksPerCpuSecond: rates.aggDecode,
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
  /** Ticks that are their issue's first in an envelope. */
  readonly wholeBoards: number
  /** Bytes. */
  readonly perTick: {
    readonly own: number
    readonly json: number
    readonly agg: number
    /** On top of `own`. */
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
  let agg = 0
  for (const content of envelopes.map(ticksOf)) {
    wholeBoards += new Set(content.ticks.map(({ board }) => board.issue)).size
    for (const tick of content.ticks) {
      read.set(identity(tick), tick)
      latest.set(tick.board.issue, tick)
    }
    const records = content.ticks.map(recordOf)
    json += sizeOf(records.map(encodeRecord))
    agg += sizeOf(aggregate(nameOf(content), records))
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
      agg: agg / ticks.length,
      keyFrames: keyFrames / ticksPerSecond,
    },
  }
}

function ticksOf(envelope: Uint8Array): Ticks {
  const content = decodeEnvelope(envelope)
  assert(content.kind === 'ticks')
  return content
}

function nameOf({ line, lane }: Ticks): string {
  return laneName(line, lane)
}

function identity({ line, sequence }: Tick): string {
  return `${line} ${sequence}`
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/** @throws AssertionError unless the ticks read are exactly those written. */
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
  const groups = envelopes
    .filter((_, index) => index % RECORDS_ONE_IN === 0)
    .map(ticksOf)
    .map(content => ({ lane: nameOf(content), records: content.ticks.map(recordOf) }))
  const records: readonly JsonRecord[] = groups.flatMap(group => group.records)
  const texts = records.map(encodeRecord)
  const aggregated = groups.flatMap(group => aggregate(group.lane, group.records))
  const events = aggregated.map(bytes => bytes.toString('base64'))
  assert.deepEqual(events.flatMap(deaggregate), texts.map(decodeRecord))
  const units = records.length
  return ratesOf({
    encode: { units: ticks.length, work: () => cutEnvelopes(ticks) },
    decode: { units: ticks.length, work: () => envelopes.forEach(bytes => void decodeEnvelope(bytes)) },
    jsonEncode: { units, work: () => records.forEach(record => void encodeRecord(record)) },
    jsonDecode: { units, work: () => texts.forEach(text => void decodeRecord(text)) },
    aggEncode: { units, work: () => groups.forEach(group => void aggregate(group.lane, group.records)) },
    aggDecode: { units, work: () => events.forEach(event => void deaggregate(event)) },
  })
}
