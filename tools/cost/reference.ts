/**
 * What the system costs whose place itastream takes: every tick an item of JSON in DynamoDB, a fleet of hosts that read
 * the line and serve the apps, Redis for the newest boards. Known of it: 30,000 write units, tens of hosts, Redis,
 * 1 TB a month.
 */
import { KEEP_DAYS } from '../../cdk/sizing.ts'
import { type Bill, billOf, GB, line } from './bill.ts'
import type { Month } from './month.ts'
import type { Traffic, Usage } from './traffic.ts'

/** Write units that are provisioned for a month's ticks of {@link TICKS}: enough for its 9:00. */
const WRITE_UNITS = 30_000
/** As a unit wrote an item, an item had 1 KB at most. */
const ITEM_BYTES = 1024
/** The ticks of 1 TB of such items: at least so many a month. */
export const TICKS = Math.floor(1e12 / ITEM_BYTES)
/** Hosts and Redis nodes, large ones of two vCPUs, that run day and night. */
const HOSTS = 30
const REDIS_NODES = 3

/** Write units are taken to be provisioned only while the system is awake, which favours the reference. */
export function referenceBill(usage: Usage, traffic: Traffic, month: Month): Bill {
  const stored = (usage.ticks * ITEM_BYTES * KEEP_DAYS) / (month.hours / 24) / GB
  const sent = (traffic.posts * traffic.bytesAPost * month.tradingHours * 3600) / GB
  const units = (WRITE_UNITS * usage.ticks) / TICKS
  return billOf([
    line('DynamoDB', 'ticks, an item each, while awake', units * month.awakeHours, 'provisionedWrite'),
    line('DynamoDB', `ticks kept ${KEEP_DAYS} days`, stored, 'stored'),
    line('EC2', `${HOSTS} hosts`, HOSTS * month.hours, 'host'),
    line('ElastiCache', `${REDIS_NODES} Redis nodes`, REDIS_NODES * month.hours, 'redisNode'),
    line('Data transfer', 'the same bytes to apps', sent, 'egress'),
  ])
}
