/** When an alarm of the template starts: its metric or its expression, its threshold, and what missing data count as. */
import * as v from 'valibot'
import { numeric } from '../template/properties.ts'
import { readArithmetic } from './arithmetic.ts'
import { type Aggregate, KEPT_MINUTES, type Metrics, MINUTE_MICROSECONDS } from './metrics.ts'

export const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const
export type StateValue = (typeof STATES)[number]

/** Returns the state at a time, µs; `undefined`: the alarm keeps its state. */
export type AlarmRule = (metrics: Metrics, now: number) => StateValue | undefined

const STATISTICS: Readonly<Record<string, (values: Aggregate) => number>> = {
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ least }) => least,
  Maximum: ({ most }) => most,
  SampleCount: ({ count }) => count,
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
}

const named = {
  Namespace: v.string(),
  MetricName: v.string(),
  Dimensions: v.optional(v.array(v.object({ Name: v.string(), Value: v.string() })), []),
}
const statistic = v.picklist(Object.keys(STATISTICS))
const period = v.pipe(numeric, v.multipleOf(60))
const common = {
  EvaluationPeriods: numeric,
  DatapointsToAlarm: v.optional(numeric),
  Threshold: numeric,
  ComparisonOperator: v.picklist(Object.keys(COMPARISONS)),
  TreatMissingData: v.optional(v.picklist(['breaching', 'notBreaching', 'ignore', 'missing']), 'missing'),
}
const singleSchema = v.object({ ...common, ...named, Statistic: statistic, Period: period })
const mathSchema = v.object({
  ...common,
  Metrics: v.array(
    v.union([
      v.object({ Id: v.string(), Expression: v.string() }),
      v.object({
        Id: v.string(),
        MetricStat: v.object({ Metric: v.object(named), Stat: statistic, Period: period }),
      }),
    ]),
  ),
})

interface Source {
  readonly metric: v.InferOutput<v.ObjectSchema<typeof named, undefined>>
  readonly stat: string
}

/** Returns the rule of an alarm; `undefined` if it watches a service of AWS, or is not of this form. */
export function readRule(properties: Readonly<Record<string, unknown>>): AlarmRule | undefined {
  const read = readSingle(properties) ?? readMath(properties)
  if (read === undefined) return undefined
  const { sources, seconds, formula, alarm } = read
  if ([...sources.values()].some(({ metric }) => metric.Namespace.startsWith('AWS/'))) return undefined
  const {
    EvaluationPeriods: periods,
    DatapointsToAlarm: needed = periods,
    Threshold,
    TreatMissingData,
  } = alarm
  const length = seconds * 1_000_000
  if (periods * length > KEPT_MINUTES * MINUTE_MICROSECONDS) return undefined
  const isBeyond = COMPARISONS[alarm.ComparisonOperator]!
  return (metrics, now) => {
    const end = Math.floor(now / length) * length
    const values = Array.from({ length: periods }, (_, index) => {
      const until = end - index * length
      return formula(id => readSource(sources.get(id), metrics, until - length, until))
    })
    const isMissing = values.every(value => value === undefined)
    if (isMissing && TreatMissingData === 'missing') return 'INSUFFICIENT_DATA'
    if (isMissing && TreatMissingData === 'ignore') return undefined
    const beyond = values.filter(value =>
      value === undefined ? TreatMissingData === 'breaching' : isBeyond(value, Threshold),
    )
    return beyond.length >= needed ? 'ALARM' : 'OK'
  }
}

function readSingle(properties: object) {
  const { success, output } = v.safeParse(singleSchema, properties)
  if (!success) return undefined
  const sources = new Map<string, Source>([['it', { metric: output, stat: output.Statistic }]])
  return { alarm: output, sources, seconds: output.Period, formula: readArithmetic('it')! }
}

/** All metrics of an expression have the same period here. */
function readMath(properties: object) {
  const { success, output } = v.safeParse(mathSchema, properties)
  if (!success) return undefined
  const expressions = output.Metrics.flatMap(each => ('Expression' in each ? [each.Expression] : []))
  const stats = output.Metrics.flatMap(each => ('MetricStat' in each ? [each] : []))
  const periods = new Set(stats.map(({ MetricStat }) => MetricStat.Period))
  const [seconds] = periods
  const formula = readArithmetic(expressions[0] ?? '')
  if (formula === undefined || seconds === undefined || expressions.length > 1 || periods.size > 1)
    return undefined
  const sources = new Map<string, Source>(
    stats.map(({ Id, MetricStat: { Metric: metric, Stat: stat } }) => [Id, { metric, stat }]),
  )
  return { alarm: output, sources, seconds, formula }
}

function readSource(
  source: Source | undefined,
  metrics: Metrics,
  from: number,
  until: number,
): number | undefined {
  if (source === undefined) return undefined
  const { Namespace: namespace, MetricName: name, Dimensions } = source.metric
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))
  const found = metrics.between({ namespace, name, dimensions }, from, until)
  return found === undefined ? undefined : STATISTICS[source.stat]!(found)
}
