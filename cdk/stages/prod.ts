/** The stage for users. Edit the values of your company here. */
import { Duration } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { TOKYO_PREFIX_LISTS } from '../network/network-config.ts'
import type { StageConfig } from './stage-config.ts'

export const PROD: StageConfig = {
  name: 'prod',
  stackName: 'Itastream',
  // For example the owner, the cost centre and the class of data, by the rules of your company.
  tags: {},
  tasksALine: 2,
  release: { kind: 'canary', isPastAlarms: false },
  network: {
    kind: 'own',
    // Choose addresses with your network team: the VPC cannot change them later.
    cidr: '10.73.0.0/25',
    subnets: [
      { zoneId: 'apne1-az1', cidr: '10.73.0.0/26' },
      { zoneId: 'apne1-az4', cidr: '10.73.0.64/26' },
    ],
    prefixLists: TOKYO_PREFIX_LISTS,
    route: { kind: 'vpn-gateway' },
    flowLogs: 'ALL',
    // Fill in the networks of your line's hosts. This network is for documents, and reaches nobody.
    line: { cidrs: ['192.0.2.0/24'], ports: { from: 9101, to: 9103 } },
  },
  alarms: { severities: ['page', 'notice'], hasDashboard: true, hasTraces: true, accountConcurrency: 1_000 },
  edge: {
    // A name of your own: { name: 'boards.example.co.jp', certificateArn: 'arn:aws:acm:us-east-1:…' }.
    domain: undefined,
    // The region of the stack, or the nearest one with Origin Shield.
    originShield: 'ap-northeast-1',
    // In five minutes. Raise the first three if a company with many users reaches you from one address. A carrier may have half of 10,000 apps,
    // which connect again together, some of them several times.
    limits: { rest: 10_000, heavyRest: 1_500, connects: 300, connectsOfNetwork: 30_000, token: 3_000 },
    // Where your own issuer has its token endpoint, if that is not the origin of `TokenIssuer`.
    signInOrigins: [],
  },
  logs: {
    retention: RetentionDays.ONE_YEAR,
    kept: true,
    // An incident report asks who connected, and from where: the log of connect has both. Set it to false if your privacy rules forbid it.
    addresses: true,
    // `account` if your account has a role for the logs of API Gateway already.
    webSocketRole: 'stack',
  },
  data: {
    keys: 'customer',
    deletionProtection: true,
    // A fault of Friday's close is found on Monday morning. Seven days have the same price as two.
    streamRetention: Duration.days(7),
    archiveLock: { mode: 'governance', days: 365 },
    // `copyTo`: the ARN of a backup vault in another account. Without it, and with the lock `governance`, one account can lose its tables and
    // their backups together.
    backup: { days: 35, lock: 'governance', copyTo: undefined },
    bucketLogs: true,
  },
  // Prices of the plans: cdk/users/sign-in-config.ts. Not used with an issuer of your own (parameter TokenIssuer).
  signIn: { plan: 'essentials', secondFactor: 'required', hoursSignedIn: 12, canaryClient: false },
  reasons: {},
}
