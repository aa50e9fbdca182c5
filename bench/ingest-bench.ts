/**
 * Measures the path from bytes on a socket to finished envelopes. The baseline reads the same socket, frames and zip, and
 * then uses iconv-lite, slicing and one JSON record a tick. The line and both sides run in processes of their own.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readDockerfile } from '@itastream/local-cloud/dockerfile'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, median, type Report } from './benchmark.ts'
import type { FEED_ABILITIES, FeedFacts, Floors } from './ingest/bench-feed.ts'
import { type Abilities, type Helper, startHelper } from './ingest/helper.ts'
import type { Pass, PassResult, READER_ABILITIES } from './ingest/reader.ts'

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const FEED = pathOf('./ingest/bench-feed.ts')
const READER = pathOf('./ingest/reader.ts')
const DOCKERFILE = pathOf('../ingest-task/Dockerfile')

export interface IngestSize {
  /** Messages of one line. */
  readonly messages: number
  /** Measured passes of each side. A warm-up pass precedes each; a checking pass precedes all. */
  readonly rounds: number
}

export const ingest: Benchmark = {
  name: 'ingest',
  about: 'bytes on a socket to envelopes, beside iconv-lite, slicing and one JSON record a tick',
  run: () => measureIngest({ messages: 300_000, rounds: 3 }),
}

type Reader = Helper<typeof READER_ABILITIES>
type Feed = Helper<typeof FEED_ABILITIES>

interface Round {
  readonly own: PassResult
  /** The pass with connections A and B, which carry the same frames. */
  readonly twice: PassResult
  readonly baseline: PassResult
  readonly floors: Floors
}

/** @throws AssertionError unless both sides have equal ticks and equal last boards. */
export async function measureIngest({ messages, rounds }: IngestSize): Promise<Report> {
  // All processes run with the Node options of the container.
  const { environment } = readDockerfile(readFileSync(DOCKERFILE, 'utf8'), DOCKERFILE)
  const start = <All extends Abilities>(file: string): Helper<All> =>
    startHelper(file, environment.NODE_OPTIONS ?? '')
  const feed: Feed = start(FEED)
  const ownReader: Reader = start(READER)
  const baselineReader: Reader = start(READER)
  try {
    const facts = await feed.ask('prepare', messages)
    const line = { port: facts.port, messages: facts.messages, connections: 1, check: false } as const
    const own = { ...line, side: 'itastream' } as const
    const baseline = { ...line, side: 'baseline' } as const
    checkTicks(
      facts,
      await ownReader.ask('pass', { ...own, check: true }),
      await baselineReader.ask('pass', { ...baseline, check: true }),
    )
    const measured: Round[] = []
    for (let round = 0; round < rounds; round++) {
      measured.push({
        own: await measure(ownReader, own),
        twice: await measure(ownReader, { ...own, connections: 2 }),
        baseline: await measure(baselineReader, baseline),
        floors: await feed.ask('floors', undefined),
      })
    }
    for (const { own, twice, baseline } of measured) checkBoards(facts, [own, twice, baseline])
    return report(facts, measured)
  } finally {
    await Promise.all([feed, ownReader, baselineReader].map(helper => helper.end()))
  }
}

/** Measures the second of two passes. The first warms up caches and code after the other side ran. */
async function measure(reader: Reader, pass: Pass): Promise<PassResult> {
  await reader.ask('pass', pass)
  return reader.ask('pass', pass)
}

function checkTicks(facts: FeedFacts, own: PassResult, baseline: PassResult): void {
  assert.equal(own.digest?.ticks, facts.messages)
  assert.deepEqual(own.digest, baseline.digest)
  checkBoards(facts, [own, baseline])
}

function checkBoards(facts: FeedFacts, passes: readonly PassResult[]): void {
  for (const { ticks, boards } of passes)
    assert.deepEqual({ ticks, boards }, { ticks: facts.messages, boards: facts.boards })
}

function report(facts: FeedFacts, rounds: readonly Round[]): Report {
  const { messages, frames, frameBytes, messageBytes } = facts
  const rateOf = (cpuMicroseconds: (round: Round) => number): number =>
    (messages * 1_000_000) / median(rounds.map(cpuMicroseconds))
  const rates = {
    own: rateOf(({ own }) => own.cpuMicroseconds),
    twice: rateOf(({ twice }) => twice.cpuMicroseconds),
    baseline: rateOf(({ baseline }) => baseline.cpuMicroseconds),
    inflate: rateOf(({ floors }) => floors.inflate),
    copy: rateOf(({ floors }) => floors.copy),
  }
  const { own, twice, baseline } = rounds.at(-1)!
  const row = (name: string, rate: number, side?: PassResult): string[] => [
    name,
    figure(rate),
    times(rate / rates.baseline),
    side === undefined ? '' : `${figure(side.bytes / messages, 1)} B`,
    side === undefined ? '' : `${figure(side.peakRssMiB)} MiB`,
  ]
  return {
    table: [
      ['', 'messages a CPU second', '', 'out, a tick', 'peak memory'],
      row('ingest-task', rates.own, own),
      row('the same, connections A and B at once', rates.twice, twice),
      row('iconv-lite, slicing and JSON, the baseline', rates.baseline, baseline),
      row('inflating alone, of what is zipped', rates.inflate),
      row('copying alone, of all that is unpacked', rates.copy),
    ],
    notes: [
      `${figure(messages)} messages of ${figure(messageBytes / messages)} bytes, ${figure(facts.marketSeconds)} seconds of one line ` +
        'from the first boards on, every one of them a tick; both sides made the same ticks, and the boards that the exchange ended with.',
      `${figure(frames)} frames of ${figure(messages / frames)} messages, as the line sends them by the clock: ` +
        `${percent(facts.zippedFrames, frames)} of the frames and ${percent(facts.zippedBytes, messageBytes)} of the bytes are zipped, ` +
        `${figure(messageBytes / frameBytes, 1)} to one in all.`,
      'Envelopes are cut by market time; key frames are among them. Putting them is not in the figures; the baseline lets its records go.',
      ...facts.variety,
    ],
    figures: {
      ticksPerCpuSecond: rates.own,
      baselineTicksPerCpuSecond: rates.baseline,
      ratio: rates.own / rates.baseline,
      messagesPerCpuSecond: rates.own,
      bothConnectionsMessagesPerCpuSecond: rates.twice,
      peakRssMiB: own.peakRssMiB,
      baselinePeakRssMiB: baseline.peakRssMiB,
      inflateOnlyMessagesPerCpuSecond: rates.inflate,
      copyOnlyMessagesPerCpuSecond: rates.copy,
      bytesPerTick: own.bytes / messages,
      zippedFrameShare: facts.zippedFrames / frames,
      zippedByteShare: facts.zippedBytes / messageBytes,
    },
  }
}

function percent(part: number, whole: number): string {
  return `${figure((100 * part) / whole)}%`
}
