/**
 * CloudWatch metrics of a task, written to standard output as JSON in the embedded metric format. CloudWatch Logs turns
 * them into metrics. docs/operations.md explains each metric. The log line `figures` has more totals.
 */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { INGEST_SERVICE, METRICS_NAMESPACE, type MetricName } from '../contract/metric-names.ts'
import type { Clock } from '../market/clock.ts'
import type { EpochMicros } from '../market/units.ts'
import type { IngestStats } from './ingest.ts'

export interface IngestMetrics {
  /** Notes an envelope that is in the stream; the argument is the market time of its newest tick. */
  delivered(newest: EpochMicros): void
  /** Writes the metrics of the time since the last call. */
  publish(stats: IngestStats): void
}

export function createIngestMetrics(line: number, clock: Clock): IngestMetrics {
  const metrics = new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName: INGEST_SERVICE,
    defaultDimensions: { line: String(line) },
  })
  let lags: number[] = []
  let before: IngestStats | undefined
  let at = performance.now()
  return {
    delivered(newest) {
      // Lag is real time, also when market time runs faster.
      lags.push((clock.now() - newest) / 1000 / clock.speed())
    },
    publish(stats) {
      const now = performance.now()
      const figures = figuresOf(before, stats, (now - at) / 1000, lags)
      for (const [name, { unit, value }] of Object.entries(figures)) metrics.addMetric(name, unit, value)
      metrics.publishStoredMetrics()
      lags = []
      before = stats
      at = now
    },
  }
}

export interface Figure {
  readonly unit: (typeof MetricUnit)[keyof typeof MetricUnit]
  readonly value: number
}

/**
 * Returns the metrics of an interval.
 * @param before totals at its start; undefined at the start of the task.
 * @param seconds length of the interval.
 * @param lags lags of the envelopes published in the interval, milliseconds.
 */
export function figuresOf(
  before: IngestStats | undefined,
  after: IngestStats,
  seconds: number,
  lags: readonly number[],
): Readonly<Partial<Record<MetricName<'ingest'>, Figure>>> {
  /** Returns the growth of a total. Some totals start again with a trading date. */
  const growthOf = (total: (stats: IngestStats) => number): number => {
    const then = before === undefined ? 0 : total(before)
    const now = total(after)
    return now < then ? now : now - then
  }
  const count = (total: (stats: IngestStats) => number): Figure => ({
    unit: MetricUnit.Count,
    value: growthOf(total),
  })
  const rate = (total: (stats: IngestStats) => number): Figure => ({
    unit: MetricUnit.CountPerSecond,
    value: tenths(growthOf(total) / seconds),
  })
  const milliseconds = (value: number): Figure => ({ unit: MetricUnit.Milliseconds, value })
  const { line, publisher } = after
  return {
    MessagesPerSecond: rate(stats => stats.messages),
    TicksPerSecond: rate(stats => stats.publisher.ticks),
    ...(lags.length === 0
      ? {}
      : { LagMax: milliseconds(tenths(Math.max(...lags))), LagP50: milliseconds(tenths(median(lags))) }),
    Live: { unit: MetricUnit.Count, value: line.state === 'live' ? 1 : 0 },
    ...Object.fromEntries(
      Object.keys(line.wins).map(name => [`Wins${name}`, count(stats => stats.line.wins[name] ?? 0)]),
    ),
    Lost: count(stats => stats.lost),
    QueueBytes: { unit: MetricUnit.Bytes, value: publisher.waitingBytes },
    Throttles: count(stats => stats.publisher.throttled),
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

/** Rounds to one decimal. */
function tenths(value: number): number {
  return Math.round(value * 10) / 10
}
