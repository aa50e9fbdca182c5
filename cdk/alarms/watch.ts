/** What an alarm watches. */
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import type { Severity } from './alarms-config.ts'

interface WatchOf {
  readonly severity: Severity
  readonly metric: IMetric
  /** Consecutive periods beyond the threshold. */
  readonly periods: number
  /** What is wrong, as sentences. */
  readonly description: string
  /** The heading in docs/operations.md that says what to do, as an anchor. Default: the table of alarms. */
  readonly runbook?: string
  /** Whether the alarm notifies in trading hours only: market-hours switches its actions by its name. */
  readonly trading?: boolean
  /** Whether missing data count as data beyond the threshold. */
  readonly expected?: boolean
}

/** An alarm starts above a threshold, or below it. */
export type Watch = WatchOf & ({ readonly above: number } | { readonly below: number })

/** Watches by the names of their alarms. */
export type Watches = Readonly<Record<string, Watch>>
