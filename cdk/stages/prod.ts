/** The stage for users. Edit the values of your company here. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { StageConfig } from './stage-config.ts'

export const PROD: StageConfig = {
  name: 'prod',
  stackName: 'Itastream',
  tags: {},
  tasksALine: 2,
  logs: { retention: RetentionDays.ONE_YEAR },
  alarms: { severities: ['page', 'notice'], hasDashboard: true, accountConcurrency: 1_000 },
}
