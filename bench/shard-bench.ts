/** Measures how one shard carries the opening: bytes a tick, latency and queue of three publishers that share it. */
import assert from 'node:assert/strict'
import { figure } from '../tools/table.ts'
import { type Benchmark, percentile, type Report } from './benchmark.ts'
import { playOpening, SETTLED, START, tickOf } from './opening.ts'
import { type CrowdedShard, openCrowdedShard } from './shard/crowded-shard.ts'
import { startVirtualTime, type VirtualTime } from './shard/virtual-time.ts'

/** Market seconds after 9:00:05. Before them come the first boards and the auctions, which the shard takes too. */
const SECONDS = 8
/** Time for which the shard takes nothing, ms: as long as Kinesis is away in a bad moment. */
const OUTAGE_MS = 3_000
/** Start of the outage: a second after 9:00:05, ms after the start. */
const OUTAGE_AT = (SETTLED - START) / 1000 + 1_000
/** Longest time for the rest of the queue after the last tick, ms. */
const DRAIN_LIMIT = 60_000
/** 2026-11-20T08:59:57 in Tokyo, epoch ms: signatures and epochs of today's size. */
const START_TIME = Date.UTC(2026, 10, 19, 23, 59, 57)

export const shard: Benchmark = {
  name: 'shard',
  about: 'the opening through one shard that refuses above 1 MB/s: bytes a tick, latency, queue',
  run: () => measureShard(SECONDS),
}

/** @throws AssertionError unless the shard takes every tick, in the order of its lane and with its board. */
export async function measureShard(seconds: number): Promise<Report> {
  const runs = {
    '30k': await runOpening({ ticksPerSecond: 30_000, seconds, isAway: false }),
    '30kOutage': await runOpening({ ticksPerSecond: 30_000, seconds, isAway: true }),
    '60k': await runOpening({ ticksPerSecond: 60_000, seconds, isAway: false }),
    '90k': await runOpening({ ticksPerSecond: 90_000, seconds, isAway: false }),
  }
  const all = Object.values(runs)
  const row = (name: string, cell: (run: Run) => string): string[] => [name, ...all.map(cell)]
  return {
    table: [
      ['', '30,000 ticks/s', `… refused for ${OUTAGE_MS / 1000} s`, '60,000 ticks/s', '90,000 ticks/s'],
      row('ticks a second', run => figure(run.ticksPerSecond)),
      row('bytes a tick', run => figure(run.bytesPerTick, 1)),
      row('bytes put a second, with key frames', run => figure(run.bytesPerSecond)),
      row('ticks an envelope', run => figure(run.ticksPerEnvelope)),
      row('put units a second', run => figure(run.unitsPerSecond)),
      row('tick to shard, p50', run => `${figure(run.p50)} ms`),
      row('tick to shard, p99', run => `${figure(run.p99)} ms`),
      row('envelopes refused', run => figure(run.refused)),
      row('queue, most bytes', run => figure(run.queueBytes)),
      row('queue, most envelopes', run => figure(run.queueEnvelopes)),
      row('lines paused, most ticks kept', run => figure(run.kept)),
      row('empty after the last tick', run => `${figure(run.drainedAfter)} ms`),
    ],
    notes: [
      'Virtual time: the publishers and the SDK run as in the ingest tasks; timers, and puts of 10 to 20 ms, do not take real time.',
      'Bytes and latency are of the seconds after 9:00:05; refusals and queues also of the opening before them.',
      'Every tick was taken once, in the order of its lane, with its board and trade.',
    ],
    figures: Object.fromEntries(
      Object.entries(runs).flatMap(([load, run]) =>
        Object.entries(run).map(([name, value]) => [`${name}${load}`, value]),
      ),
    ),
  }
}

export interface Run {
  readonly ticksPerSecond: number
  readonly bytesPerTick: number
  readonly bytesPerSecond: number
  readonly ticksPerEnvelope: number
  readonly unitsPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly refused: number
  readonly queueBytes: number
  readonly queueEnvelopes: number
  readonly kept: number
  /** Time from the last tick until the shard has taken everything, ms. */
  readonly drainedAfter: number
  readonly lost: number
}

interface Load {
  readonly ticksPerSecond: number
  readonly seconds: number
  /** Whether the shard is away for {@link OUTAGE_MS}. */
  readonly isAway: boolean
}

/** Sends the opening through a shard until the shard has taken every tick. */
export async function runOpening({ ticksPerSecond, seconds, isAway }: Load): Promise<Run> {
  using time = startVirtualTime(START_TIME)
  const crowded = openCrowdedShard(time, now => isAway && now >= OUTAGE_AT && now < OUTAGE_AT + OUTAGE_MS)
  const settled = (SETTLED - START) / 1000
  const queue = { bytes: 0, envelopes: 0, kept: 0 }
  let [given, before] = [0, 0]
  const moveTo = async (end: number): Promise<void> => {
    for (let now = time.now() + 1; now <= end; now++) {
      if (now === settled) before = crowded.take().ticks
      await time.moveTo(now)
      crowded.giveKept()
      noteQueue(queue, crowded)
    }
  }
  for (const message of playOpening({ ticksPerSecond, seconds })) {
    await moveTo(Math.floor((message.time - START) / 1000))
    crowded.add(tickOf(message))
    given++
  }
  const end = time.now()
  await drain(crowded, time, moveTo)
  const taken = crowded.take()
  assert.equal(before + taken.ticks, given)
  const measured = (time.now() - settled) / 1000
  return {
    ticksPerSecond: taken.ticks / seconds,
    bytesPerTick: taken.tickBytes / taken.ticks,
    bytesPerSecond: taken.bytes / measured,
    ticksPerEnvelope: taken.ticks / taken.tickEnvelopes,
    unitsPerSecond: taken.units / measured,
    p50: percentile(taken.latencies, 0.5),
    p99: percentile(taken.latencies, 0.99),
    refused: crowded.refused(),
    queueBytes: queue.bytes,
    queueEnvelopes: queue.envelopes,
    kept: queue.kept,
    drainedAfter: time.now() - end,
    lost: given - before - taken.ticks,
  }
}

function noteQueue(queue: { bytes: number; envelopes: number; kept: number }, crowded: CrowdedShard): void {
  const waiting = crowded.waiting()
  queue.bytes = Math.max(queue.bytes, waiting.bytes)
  queue.envelopes = Math.max(queue.envelopes, waiting.envelopes)
  queue.kept = Math.max(queue.kept, waiting.kept)
}

async function drain(
  crowded: CrowdedShard,
  time: VirtualTime,
  moveTo: (end: number) => Promise<void>,
): Promise<void> {
  const limit = time.now() + DRAIN_LIMIT
  for (let waiting = crowded.waiting(); waiting.bytes + waiting.kept > 0; waiting = crowded.waiting()) {
    assert.ok(time.now() < limit, `expected an empty queue, got ${JSON.stringify(waiting)}`)
    await moveTo(time.now() + 1)
  }
}
