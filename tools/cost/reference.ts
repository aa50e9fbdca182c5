/**
 * The cost of the reference system: every tick is a JSON item in DynamoDB, hosts read the line and serve the apps, Redis
 * holds the newest boards. Four of its figures are known: 30,000 write units, tens of hosts, Redis, 1 TB a month.
 */
import { KEEP_DAYS } from '../../cdk/sizing.ts'
import { type Bill, billOf, GB, line } from './bill-lines.ts'
import type { Month } from './month.ts'
import type { Traffic, Usage } from './traffic.ts'

/** Provisioned write units for a month of {@link TICKS} ticks: enough for the peak at 9:00. */
const WRITE_UNITS = 30_000
/** One write unit wrote one item, so an item had at most 1 KB. */
const ITEM_BYTES = 1024
/** Ticks a month: the number of such items in 1 TB, a lower bound. */
export const TICKS = Math.floor(1e12 / ITEM_BYTES)
/** Hosts and Redis nodes of two vCPUs that run day and night. */
const HOSTS = 30
const REDIS_NODES = 3

/** Returns the bill of the reference. It assumes write units are provisioned only in market hours, in the reference's favour. */
export function referenceBill(usage: Usage, traffic: Traffic, month: Month): Bill {
  const stored = (usage.ticks * ITEM_BYTES * KEEP_DAYS) / (month.hours / 24) / GB
  const sent = (traffic.posts * traffic.sentBytesAPost * month.tradingHours * 3600) / GB
  const units = (WRITE_UNITS * usage.ticks) / TICKS
  return billOf([
    line('DynamoDB', 'ticks, an item each, while awake', units * month.awakeHours, 'provisionedWrite'),
    line('DynamoDB', `ticks kept ${KEEP_DAYS} days`, stored, 'stored'),
    line('EC2', `${HOSTS} hosts`, HOSTS * month.hours, 'host'),
    line('ElastiCache', `${REDIS_NODES} Redis nodes`, REDIS_NODES * month.hours, 'redisNode'),
    line('Data transfer', 'the same bytes to apps', sent, 'egress'),
  ])
}
