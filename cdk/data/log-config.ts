/** How long logs are kept. */
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'

export interface LogConfig {
  readonly retention: RetentionDays
}
