/** The stage before prod: everything that prod has, with records that are kept for a short time. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { PROD } from './prod.ts'
import type { StageConfig } from './stage-config.ts'

export const TEST: StageConfig = {
  ...PROD,
  name: 'test',
  stackName: 'ItastreamTest',
  logs: { ...PROD.logs, retention: RetentionDays.ONE_MONTH },
  data: {
    ...PROD.data,
    archiveLock: { mode: 'governance', days: 1 },
    backup: { days: 7, copyTo: undefined },
  },
  // A name belongs to one distribution.
  edge: PROD.edge && { ...PROD.edge, domain: undefined },
}
