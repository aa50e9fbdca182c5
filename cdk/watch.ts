/** What an alarm watches. */
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'

export interface Watch {
  readonly metric: IMetric
  /** Threshold: the alarm starts above it. */
  readonly above: number
  /** Consecutive periods above the threshold. */
  readonly periods: number
  readonly description: string
  /** Whether the alarm notifies in trading hours only: market-hours switches its actions by its name. */
  readonly trading?: boolean
  /** Whether missing data count as data above the threshold. */
  readonly expected?: boolean
}
