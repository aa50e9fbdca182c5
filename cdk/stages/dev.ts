/** The cheap stage: nobody relies on its prices, and its data may be deleted. docs/deploy.md says what it risks. */
import { Duration } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { TOKYO_PREFIX_LISTS } from '../network/network-config.ts'
import type { StageConfig } from './stage-config.ts'

const KEYS_OF_AWS = 'The stage has no data of users: the keys of AWS are enough.'

export const DEV: StageConfig = {
  name: 'dev',
  stackName: 'ItastreamDev',
  tags: {},
  tasksALine: 1,
  release: { kind: 'at-once', isPastAlarms: false },
  network: {
    kind: 'own',
    cidr: '10.73.1.0/25',
    // One zone: each endpoint is paid by the zone.
    subnets: [{ zoneId: 'apne1-az1', cidr: '10.73.1.0/26' }],
    prefixLists: TOKYO_PREFIX_LISTS,
    route: { kind: 'none' },
    flowLogs: 'REJECT',
    line: { cidrs: ['192.0.2.0/24'], ports: { from: 9101, to: 9103 } },
  },
  alarms: { severities: ['page'], hasDashboard: false, hasTraces: false, accountConcurrency: 1_000 },
  edge: undefined,
  logs: { retention: RetentionDays.ONE_WEEK, kept: false, addresses: false, webSocketRole: 'none' },
  data: {
    keys: 'aws',
    deletionProtection: false,
    streamRetention: Duration.days(1),
    archiveLock: undefined,
    backup: undefined,
    bucketLogs: false,
  },
  signIn: { plan: 'lite', secondFactor: 'optional', hoursSignedIn: 12, canaryClient: false },
  reasons: {
    DynamoDBInBackupPlan: 'The stage has data of tests, which nobody needs back.',
    S3DefaultEncryptionKMS: KEYS_OF_AWS,
    CloudWatchLogGroupEncrypted: KEYS_OF_AWS,
    SNSEncryptedKMS: 'Its messages name alarms of tests. Alarms cannot use the key of AWS for topics.',
  },
}
