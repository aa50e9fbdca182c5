/** Metrics that programs write to their output in the embedded metric format, by the minute in which they arrive. */
import * as v from 'valibot'
import type { CloudClock } from '../cloud-clock.ts'

export interface MetricName {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** The values of a period. */
export interface Aggregate {
  readonly count: number
  readonly sum: number
  readonly least: number
  readonly most: number
}

export interface Metrics {
  /** Returns a function that reads the output of a program, in pieces of any size. */
  reader(): (text: string | Uint8Array) => void
  /** Returns the values from a time until a later one, µs, to the minute; `undefined`: there are none. */
  between(metric: MetricName, from: number, until: number): Aggregate | undefined
}

export const MINUTE_MICROSECONDS = 60_000_000
/** Minutes that are kept. No alarm may look back further. */
export const KEPT_MINUTES = 60

/** CloudWatch user guide, "Specification: Embedded metric format". A value is a number or a list of numbers. */
const documentSchema = v.looseObject({
  _aws: v.object({
    CloudWatchMetrics: v.array(
      v.object({
        Namespace: v.string(),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.array(v.object({ Name: v.string() })),
      }),
    ),
  }),
})
const valuesSchema = v.union([
  v.pipe(
    v.number(),
    v.transform(value => [value]),
  ),
  v.array(v.number()),
])

/** @param clock decides the minute of a value: the times in the output are those of this machine. */
export function openMetrics(clock: CloudClock): Metrics {
  const kept = new Map<string, Map<number, Aggregate>>()

  function add(key: string, values: readonly number[]): void {
    const minute = Math.floor(clock.now() / MINUTE_MICROSECONDS)
    const minutes = kept.get(key) ?? new Map<number, Aggregate>()
    kept.set(key, minutes)
    minutes.set(minute, values.map(single).reduce(merge, minutes.get(minute) ?? NONE))
    for (const old of minutes.keys()) if (old < minute - KEPT_MINUTES) minutes.delete(old)
  }

  function readLine(line: string): void {
    if (!line.includes('"CloudWatchMetrics"')) return
    const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), documentSchema), line)
    if (!success) return
    for (const { Namespace: namespace, Dimensions, Metrics } of output._aws.CloudWatchMetrics) {
      for (const names of Dimensions) {
        const dimensions = Object.fromEntries(names.map(each => [each, String(output[each])]))
        for (const { Name: name } of Metrics)
          add(keyOf({ namespace, name, dimensions }), v.parse(valuesSchema, output[name]))
      }
    }
  }

  return {
    reader() {
      const decoder = new TextDecoder()
      let rest = ''
      return text => {
        const lines =
          `${rest}${typeof text === 'string' ? text : decoder.decode(text, { stream: true })}`.split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) readLine(line)
      }
    },
    between(metric, from, until) {
      const first = from / MINUTE_MICROSECONDS
      const end = until / MINUTE_MICROSECONDS
      const found = [...(kept.get(keyOf(metric)) ?? [])].filter(([minute]) => minute >= first && minute < end)
      return found.length === 0 ? undefined : found.map(([, values]) => values).reduce(merge)
    },
  }
}

const NONE: Aggregate = { count: 0, sum: 0, least: Infinity, most: -Infinity }

function single(value: number): Aggregate {
  return { count: 1, sum: value, least: value, most: value }
}

function merge(a: Aggregate, b: Aggregate): Aggregate {
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    least: Math.min(a.least, b.least),
    most: Math.max(a.most, b.most),
  }
}

function keyOf({ namespace, name, dimensions }: MetricName): string {
  const texts = Object.entries(dimensions).map(([each, value]) => `${each}=${value}`)
  return [namespace, name, ...texts.sort()].join('\n')
}
