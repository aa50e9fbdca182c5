import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Ingest, type IngestStats } from '../../ingest-task/ingest.ts'
import { lineOpener } from '../../ingest-task/line/line-opener.ts'
import { createIngestMetrics, figuresOf } from '../../ingest-task/metrics.ts'
import type { Clock } from '../../market/clock.ts'
import { asEpochMicros } from '../../market/units.ts'
import { until } from '../until.ts'
import { EMPTY_STATS } from './empty-stats.ts'
import { openStream } from './ingest-stream.ts'
import { configOf, marketClock, openLines, QUICK } from './line-and-stream.ts'

const withLine = (line: Partial<IngestStats['line']>): IngestStats => ({
  ...EMPTY_STATS,
  line: { ...EMPTY_STATS.line, ...line },
})

interface Emf {
  readonly _aws: {
    readonly Timestamp: number
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string
      readonly Dimensions: readonly (readonly string[])[]
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[]
    }[]
  }
  readonly [name: string]: unknown
}

/** Returns the lines that `write` writes to standard output. It must be synchronous. */
function written(write: () => void): Emf[] {
  const { write: original } = process.stdout
  let text = ''
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += chunk.toString()
    return true
  }
  try {
    write()
  } finally {
    process.stdout.write = original
  }
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

test('the counts of all intervals add up to the totals, also when a total starts again', () => {
  const growth = fc.record({ throttled: fc.nat(50), lost: fc.nat(50), wins: fc.nat(1000) })
  fc.assert(
    fc.property(fc.array(growth), fc.nat(8), (growths, newDate) => {
      const sums = { Throttles: 0, Lost: 0, WinsA: 0 }
      const totals = { throttled: 0, lost: 0, wins: 0 }
      let lost = 0
      let before: IngestStats | undefined
      for (const [index, { throttled, lost: more, wins }] of growths.entries()) {
        totals.throttled += throttled
        totals.lost = index === newDate ? more : totals.lost + more
        totals.wins += wins
        // Losses of a past date are still counted once.
        lost += more
        const after = {
          ...withLine({ wins: { A: totals.wins, B: 0 } }),
          publisher: { ...EMPTY_STATS.publisher, throttled: totals.throttled },
          lost: totals.lost,
        }
        const figures = figuresOf(before, after, 10, [])
        for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += figures[name]!.value
        before = after
      }
      assert.deepEqual([sums.Throttles, sums.WinsA], [totals.throttled, totals.wins])
      // A date that starts with more losses than the date before looks like the same date.
      assert.ok(sums.Lost <= lost && sums.Lost >= totals.lost)
    }),
  )
})

test('rates are per second of the interval; queues and state are those at its end', () => {
  const before = { ...EMPTY_STATS, messages: 1000 }
  const publisher = { ...EMPTY_STATS.publisher, ticks: 500, waitingBytes: 77 }
  const after = { ...withLine({ state: 'recovering' }), messages: 1500, publisher }
  const figures = figuresOf(before, after, 2, [])
  assert.equal(figures.MessagesPerSecond?.value, 250)
  assert.equal(figures.TicksPerSecond?.value, 250)
  assert.deepEqual([figures.QueueBytes?.value, figures.Live?.value], [77, 0])
  assert.equal(figures.LagMax, undefined)
})

test('lag is real time: eight market seconds at four times the speed are two seconds', () => {
  const clock: Clock = {
    now: () => asEpochMicros(100_000_000),
    speed: () => 4,
    realMillisecondsUntil: () => 0,
  }
  const metrics = createIngestMetrics(1, clock)
  for (const lag of [8_000_000, 400_000, 40_000]) metrics.delivered(asEpochMicros(100_000_000 - lag))
  const [line] = written(() => metrics.publish(EMPTY_STATS))
  assert.deepEqual([line?.LagMax, line?.LagP50], [2000, 100])
  const [next] = written(() => metrics.publish(EMPTY_STATS))
  assert.ok(next !== undefined && !('LagMax' in next))
})

test('a task on a real line writes metrics that CloudWatch reads: every metric with its unit and value', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const clock = marketClock()
  const lines = await openLines(clock)
  t.after(() => lines.close())
  const config = configOf(clock, 2, lines.ports[1]!)
  const metrics = createIngestMetrics(2, clock)
  const ingest = new Ingest({
    config,
    client: stream.client,
    openLine: lineOpener(config, QUICK),
    log: { info() {}, warn() {} },
    published: undefined,
    delivered: metrics.delivered,
  })
  await until(() => ingest.stats.publisher.ticks >= 200, '200 published ticks')
  await ingest.close()
  const totals = ingest.stats
  const start = Date.now()
  const output = written(() => metrics.publish(totals))
  assert.equal(output.length, 1)
  const { _aws, ...members } = output[0]!
  assert.ok(_aws.Timestamp >= start && _aws.Timestamp <= Date.now())
  const [directive, ...others] = _aws.CloudWatchMetrics
  assert.deepEqual(others, [])
  assert.equal(directive?.Namespace, 'itastream')
  assert.deepEqual(
    directive?.Dimensions.map(names => [...names].sort()),
    [['line', 'service']],
  )
  assert.deepEqual([members.line, members.service], ['2', 'ingest'])
  const named = directive!.Metrics.map(({ Name }) => Name)
  assert.deepEqual(
    named.toSorted(),
    Object.keys(members)
      .filter(name => typeof members[name] === 'number')
      .sort(),
  )
  for (const { Unit } of directive!.Metrics) assert.match(Unit, /^(Count|Count\/Second|Bytes|Milliseconds)$/)

  assert.equal(
    Number(members.WinsA) + Number(members.WinsB),
    (totals.line.wins.A ?? 0) + (totals.line.wins.B ?? 0),
  )
  assert.ok(Number(members.MessagesPerSecond) > 0 && Number(members.TicksPerSecond) > 0)
  assert.ok(Number(members.LagP50) >= 0 && Number(members.LagP50) <= Number(members.LagMax))
})
