/** The stage before prod: everything that prod has, with records that are kept for a short time. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { PROD } from './prod.ts'
import type { StageConfig } from './stage-config.ts'

export const TEST: StageConfig = {
  ...PROD,
  name: 'test',
  stackName: 'ItastreamTest',
  // Both may be behind the same gateway, so their addresses differ.
  network:
    PROD.network.kind === 'own'
      ? {
          ...PROD.network,
          cidr: '10.73.0.128/25',
          subnets: [
            { zoneId: 'apne1-az1', cidr: '10.73.0.128/26' },
            { zoneId: 'apne1-az4', cidr: '10.73.0.192/26' },
          ],
        }
      : PROD.network,
  logs: { ...PROD.logs, retention: RetentionDays.ONE_MONTH },
  data: {
    ...PROD.data,
    archiveLock: { mode: 'governance', days: 1 },
    backup: { days: 7, lock: 'governance', copyTo: undefined },
  },
  // A name belongs to one distribution.
  edge: PROD.edge && { ...PROD.edge, domain: undefined },
}
