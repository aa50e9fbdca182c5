/**
 * List prices in US dollars, without free tiers, discounts and taxes. Prices are for Tokyo (ap-northeast-1). If the
 * price for Tokyo is not known, `assumed` names the price used instead.
 */

export interface Price {
  /** Dollars of `per` units. */
  readonly dollars: number
  readonly per: number
  readonly unit: string
  /** The page with the price, and the date of the page if the page has one. */
  readonly source: string
  /** Why the price may differ from today's price in Tokyo. */
  readonly assumed?: string
}

const MILLION = 1_000_000
/** Price pages of AWS, read in November 2026 from copies without a date. */
const PAGE = 'AWS price page, copy read 2026-11'

export const PRICES = {
  shardHour: { dollars: 0.0195, per: 1, unit: 'shard-hours', source: PAGE },
  putUnit: { dollars: 0.0215, per: MILLION, unit: 'put units', source: PAGE },
  fanOutHour: {
    dollars: 0.0195,
    per: 1,
    unit: 'consumer-shard-hours',
    source: 'awsnegotiations.com/kinesis-pricing-optimization.html',
    assumed: 'assumed equal to a shard-hour, as in us-east-1',
  },
  fanOutByte: {
    dollars: 0.0169,
    per: 1,
    unit: 'GB',
    source: 'none found',
    assumed: 'from memory: $0.013 in us-east-1, times 1.3 as for a shard-hour',
  },
  write: { dollars: 0.715, per: MILLION, unit: 'write units', source: PAGE },
  read: { dollars: 0.1425, per: MILLION, unit: 'read units', source: PAGE },
  stored: { dollars: 0.285, per: 1, unit: 'GB-months', source: PAGE },
  recovery: {
    dollars: 0.228,
    per: 1,
    unit: 'GB-months',
    source: 'none found',
    assumed: 'from memory: $0.20 in us-east-1, times 1.14 as for storage',
  },
  provisionedWrite: {
    dollars: 0.000742,
    per: 1,
    unit: 'write-unit-hours',
    source: 'none found',
    assumed: 'from memory',
  },
  lambdaTime: { dollars: 0.0000133334, per: 1, unit: 'GB-seconds', source: `${PAGE}, arm64` },
  readyDuration: {
    dollars: 0.0000077778,
    per: 1,
    unit: 'GB-seconds',
    source: 'none found',
    assumed: 'price of executions in provisioned environments, arm64, in us-east-1, from memory',
  },
  readyTime: {
    dollars: 0.0000033334,
    per: 1,
    unit: 'GB-seconds',
    source: 'aws.amazon.com/lambda/pricing, copy read 2026-11, arm64',
    assumed: 'price of provisioned concurrency in us-east-1, from memory',
  },
  lambdaRequest: { dollars: 0.2, per: MILLION, unit: 'requests', source: PAGE },
  vcpuHour: {
    dollars: 0.04045,
    per: 1,
    unit: 'vCPU-hours',
    source: PAGE,
    assumed: 'four fifths of $0.05056 for x86: arm64, which the tasks use, is a fifth cheaper',
  },
  memoryHour: {
    dollars: 0.00442,
    per: 1,
    unit: 'GB-hours',
    source: PAGE,
    assumed: 'four fifths of $0.00553 for x86: arm64, which the tasks use, is a fifth cheaper',
  },
  egress: { dollars: 0.114, per: 1, unit: 'GB', source: `${PAGE}, first 10 TB` },
  message: {
    dollars: 1.26,
    per: MILLION,
    unit: 'messages',
    source: 'dev.classmethod.jp/cloud/aws/api-gateway-websocket-serverless, 2020-01-02',
  },
  connectionMinute: {
    dollars: 0.315,
    per: MILLION,
    unit: 'minutes',
    source: 'dev.classmethod.jp/cloud/aws/api-gateway-websocket-serverless, 2020-01-02',
  },
  httpRequest: {
    dollars: 1.29,
    per: MILLION,
    unit: 'requests',
    source: 'qiita.com/1998_i-airi/items/17572d19b27816b3c269, 2025-03-31',
    assumed: '$1.00 in the source, for us-east-1; $1.29 in Tokyo from memory',
  },
  logs: {
    dollars: 0.76,
    per: 1,
    unit: 'GB',
    source: 'awsi.click/en/articles/cloudwatch-logs-cost-structure-surprise',
  },
  metric: {
    dollars: 0.3,
    per: 1,
    unit: 'metric-months',
    source: 'makky12.hatenablog.com/entry/2022/11/21/120500, 2022-11-21, first 10,000',
  },
  alarm: {
    dollars: 0.1,
    per: 1,
    unit: 'alarm-metrics',
    source: 'none found',
    assumed: 'from memory; equal in most regions',
  },
  secret: {
    dollars: 0.4,
    per: 1,
    unit: 'secrets',
    source: 'none found',
    assumed: 'from memory; equal in most regions',
  },
  endpointHour: {
    dollars: 0.014,
    per: 1,
    unit: 'endpoint-hours',
    source: 'none found',
    assumed: 'from memory; $0.01 in us-east-1',
  },
  endpointByte: {
    dollars: 0.01,
    per: 1,
    unit: 'GB',
    source: 'aws.amazon.com/privatelink/pricing, copy read 2026-11',
  },
  key: {
    dollars: 1,
    per: 1,
    unit: 'keys',
    source: 'none found',
    assumed: 'from memory; equal in all regions',
  },
  firewall: {
    dollars: 5,
    per: 1,
    unit: 'lists',
    source: 'zenn.dev/saizou/articles/waf-20250823, 2025-08-23',
  },
  firewallRule: {
    dollars: 1,
    per: 1,
    unit: 'rules',
    source: 'zenn.dev/saizou/articles/waf-20250823, 2025-08-23',
  },
  longRetention: {
    dollars: 0.026,
    per: 1,
    unit: 'shard-hours',
    source: 'none found',
    assumed: 'from memory: $0.02 in us-east-1, times 1.3 as for a shard-hour; up to seven days',
  },
  trace: {
    dollars: 5,
    per: MILLION,
    unit: 'traces',
    source: 'none found',
    assumed: 'from memory, for us-east-1',
  },
  keptLogs: { dollars: 0.033, per: 1, unit: 'GB-months', source: 'none found', assumed: 'from memory' },
  schedule: {
    dollars: 1,
    per: MILLION,
    unit: 'calls',
    source: 'cloudburn.io/blog/amazon-eventbridge-pricing, 2026-03',
    assumed: 'price in us-east-1',
  },
  objects: { dollars: 0.025, per: 1, unit: 'GB-months', source: 'abicky.net/2022/02/13/184039, 2022-02-13' },
  rareObjects: {
    dollars: 0.0138,
    per: 1,
    unit: 'GB-months',
    source: 'dev.classmethod.jp/articles/s3-intelligent-tiering-archive-tier, 2020-11-11',
    assumed: '$0.019 in the source; AWS lowered the price in Tokyo in December 2021, from memory',
  },
  oldObjects: {
    dollars: 0.005,
    per: 1,
    unit: 'GB-months',
    source: 'dev.classmethod.jp/articles/s3-intelligent-tiering-archive-tier, 2020-11-11',
    assumed: 'the source has the price of Glacier, which Archive Instant Access shares, from memory',
  },
  watchedObject: {
    dollars: 2.5,
    per: MILLION,
    unit: 'object-months',
    source: 'my.globalxperts.net/?p=5330',
    assumed: 'price in us-east-1',
  },
  movedObject: {
    dollars: 10,
    per: MILLION,
    unit: 'objects',
    source: 'demo.wlid.nl/s3-storage-classes.html, 2021-12-02',
    assumed: 'price in Frankfurt',
  },
  operation: {
    dollars: 1,
    per: MILLION,
    unit: 'operations',
    source: 'none found',
    assumed: 'from memory, for us-east-1; no other price of AppSync Events was found',
  },
  syncMinute: {
    dollars: 0.08,
    per: MILLION,
    unit: 'minutes',
    source: 'aws.amazon.com/appsync/pricing, copy read 2026-11',
    assumed: 'price of GraphQL subscriptions in us-east-1',
  },
  iotMessage: {
    dollars: 1.2,
    per: MILLION,
    unit: 'messages',
    source: 'qiita.com/thetsuthetsu/items/c0d5c01834965f853034, over three years old',
    assumed: 'price of the first billion; later tiers ($0.96 and $0.84) are ignored',
  },
  iotMinute: {
    dollars: 0.096,
    per: MILLION,
    unit: 'minutes',
    source: 'qiita.com/thetsuthetsu/items/c0d5c01834965f853034; a copy of AWS’s own page has $0.120',
  },
  host: {
    dollars: 0.124,
    per: 1,
    unit: 'host-hours',
    source: 'none found',
    assumed: 'm5.large, from memory',
  },
  redisNode: {
    dollars: 0.261,
    per: 1,
    unit: 'node-hours',
    source: 'none found',
    assumed: 'cache.r5.large, from memory',
  },
} as const satisfies Readonly<Record<string, Price>>
