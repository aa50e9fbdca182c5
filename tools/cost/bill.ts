/** The bill of a month: quantities times prices. */
import { PARTS } from '../../archive/archive-keys.ts'
import { KEEP_DAYS, LANES, ROOM_COUNT, SHARDS_AWAKE, STORE_WINDOW_SECONDS } from '../../cdk/sizing.ts'
import { METRICS, METRICS_OF_FAILURES, SERVICES_OF_ALL_HOURS } from '../../contract/metric-names.ts'
import { READ_MS, RENEW_MS, STANDBY_MS } from '../../ingest-task/lease/lease-state.ts'
import { FLUSH_MILLISECONDS } from '../../ingest-task/publish/gather-time.ts'
import { LINES } from '../../market/lane.ts'
import type { Millis } from '../../market/units.ts'
import { type Bill, billOf, GB, type Line, line, type PriceName } from './bill-lines.ts'
import {
  ARCHIVED_A_CPU_SECOND,
  ARCHIVED_BYTES_A_TICK,
  DAY_RECORD_WRITES,
  LISTED_ISSUES,
  PUT_UNIT_BYTES,
  SHORT_INVOCATION_SECONDS,
  STORE_CPU_A_TICK,
  STORE_WAIT_SECONDS,
  STORED_BYTES_A_TICK,
  STORED_WRITES_A_TICK,
  SUBSCRIPTION_READS,
  TOTALS_BYTES,
  TOTALS_WRITES,
} from './measured.ts'
import type { Month } from './month.ts'
import { invocationsOf, logBytesOf, RENEWALS_AN_HOUR, type Work, workOf } from './month-work.ts'
import { messagesOf } from './post-bytes.ts'
import * as sizes from './sizes.ts'
import type { Traffic, Usage } from './traffic.ts'

/** A renewal writes the item of the connection and its index. */
const WRITES_A_RENEWAL = 2
/**
 * Writes of a connect, a subscription and a disconnect, each to the table and to its index, the entry of the user's connections,
 * and the record of access, which the user's later connects of a date do not write.
 */
const WRITES_A_CONNECTION = 8
/** Read units a second for a room: each shard reads the changes four times, at half a unit (functions/broadcast/rooms.ts). */
const ROOM_READS = 2 * SHARDS_AWAKE
/** Each day is archived twice (functions/close-of-day/due-stage.ts). */
const STAGES = 2
/** Metrics of the functions that run day and night. */
const METRICS_OF_ALL_HOURS = SERVICES_OF_ALL_HOURS.reduce((sum, service) => sum + METRICS[service].length, 0)
/**
 * Metrics of the two event source mappings with the metrics `EventCount`: polled, invoked, failed, dropped, and delivered to the
 * destination (Lambda developer guide, event source mapping metrics).
 */
const EVENT_METRICS = 2 * 5
/** Milliseconds of an hour. */
const HOUR_MS = 3_600_000
/** Bytes of one read unit for eventually consistent reads (DynamoDB). */
const READ_BYTES = 8192
/**
 * The archive grows from day to day. The bill takes the average of the first year, in months of data: the last month, the two
 * months before it that nobody has read for 30 days, and older ones (cdk/data/archive-bucket.ts).
 */
const ARCHIVED_MONTHS = { new: 1, rare: 2, old: 3 } as const

/** Returns the bill of itastream for one month. */
export function itastreamBill(usage: Usage, traffic: Traffic, month: Month): Bill {
  const work = workOf(usage, traffic, month)
  return billOf([
    ...ingestLines(work),
    ...tableLines(work),
    ...leaseLines(work),
    ...functionLines(work),
    ...appLines(work),
    ...otherLines(work),
  ])
}

function ingestLines({ usage, month, seconds, envelopeBytes, taskHours, standbyHours }: Work): Line[] {
  const envelopes = Math.min(usage.ticks, (LINES * LANES * seconds * 1000) / FLUSH_MILLISECONDS)
  return [
    line('Fargate', `${LINES} ingest tasks: CPU`, taskHours * sizes.TASK_VCPU, 'vcpuHour'),
    line('Fargate', 'memory', taskHours * sizes.TASK_GB, 'memoryHour'),
    line('Fargate', 'standby tasks: CPU', standbyHours * sizes.TASK_VCPU, 'vcpuHour'),
    line('Fargate', 'standby tasks: memory', standbyHours * sizes.TASK_GB, 'memoryHour'),
    line('Kinesis', 'shards', month.shardHours, 'shardHour'),
    line('Kinesis', 'envelopes put', envelopes + envelopeBytes / PUT_UNIT_BYTES, 'putUnit'),
    line('Kinesis', 'fan-out to broadcast: shards', month.shardHours, 'fanOutHour'),
    line('Kinesis', 'fan-out to broadcast: bytes', envelopeBytes / GB, 'fanOutByte'),
  ]
}

function tableLines({ usage, traffic, month, seconds, batches, connects, rounds, asked }: Work): Line[] {
  const renewals = usage.connections * month.tradingHours * RENEWALS_AN_HOUR
  const storedWrites = Math.max(
    usage.ticks * STORED_WRITES_A_TICK,
    // An issue takes at least one write unit of each batch in which it has a tick.
    Math.min(usage.ticks, (LISTED_ISSUES * seconds) / STORE_WINDOW_SECONDS),
  )
  const stored = (usage.ticks * STORED_BYTES_A_TICK * KEEP_DAYS) / (month.hours / 24) / GB
  // Each batch writes the totals of its lane.
  const totals = (batches * TOTALS_BYTES * KEEP_DAYS) / (month.hours / 24) / GB
  const dayWrites = Math.min(usage.ticks, month.tradingDates * STAGES * LISTED_ISSUES * DAY_RECORD_WRITES)
  const archiveReads = (STAGES * usage.ticks * STORED_BYTES_A_TICK) / READ_BYTES
  const roomReads = (rounds > 0 ? ROOM_READS : 0) * Math.min(usage.connections, ROOM_COUNT) * seconds
  return [
    line('DynamoDB', 'ticks, packed', storedWrites, 'write'),
    line('DynamoDB', `ticks kept ${KEEP_DAYS} days`, stored, 'stored'),
    line('DynamoDB', 'ticks, point-in-time recovery', stored, 'recovery'),
    line('DynamoDB', 'totals of the market', batches * TOTALS_WRITES, 'write'),
    line('DynamoDB', `totals kept ${KEEP_DAYS} days`, totals, 'stored'),
    line('DynamoDB', 'totals, point-in-time recovery', totals, 'recovery'),
    line('DynamoDB', 'days and minute bars', dayWrites, 'write'),
    line('DynamoDB', 'packs read for the archive', archiveReads, 'read'),
    line('DynamoDB', 'newest boards', traffic.boardWrites * seconds, 'write'),
    line('DynamoDB', 'boards read by apps', connects * SUBSCRIPTION_READS, 'read'),
    line(
      'DynamoDB',
      'connections: writes',
      connects * WRITES_A_CONNECTION + renewals * WRITES_A_RENEWAL,
      'write',
    ),
    line('DynamoDB', 'connections: rooms read', roomReads, 'read'),
    // An item of a connection is below 4 KB, so a consistent read takes one unit.
    line('DynamoDB', 'connections: read by pings', asked, 'read'),
  ]
}

/** An item of a lease is below 1 KB, so each request takes one unit. */
function leaseLines({ taskHours, standbyHours }: Work): Line[] {
  const times = (hours: number, every: Millis): number => (hours * HOUR_MS) / every
  return [
    line('DynamoDB', 'leases: renewals', times(taskHours, RENEW_MS), 'write'),
    line('DynamoDB', 'leases: looks for a standby', times(taskHours, STANDBY_MS), 'read'),
    line('DynamoDB', 'standby tasks: writes', times(standbyHours, STANDBY_MS), 'write'),
    line('DynamoDB', 'standby tasks: reads of the leases', times(standbyHours, READ_MS), 'read'),
  ]
}

function functionLines(work: Work): Line[] {
  const { usage, traffic, batches, asked, connects, rounds, pushes, calls, canaries } = work
  const time = (what: string, seconds: number, gigabytes: number, price: PriceName = 'lambdaTime'): Line =>
    line('Lambda', what, seconds * gigabytes, price)
  return [
    // A second of CPU costs as much with half a vCPU, because it takes two seconds. Waiting costs by the memory alone.
    time(
      'ticks, packing them',
      1,
      usage.ticks * STORE_CPU_A_TICK * sizes.BIG_FUNCTION_GB +
        batches * STORE_WAIT_SECONDS * sizes.STORE_FUNCTION_GB,
    ),
    // The environment of broadcast is provisioned while the tasks run.
    time('broadcast', rounds * traffic.round, sizes.BIG_FUNCTION_GB, 'readyDuration'),
    // The upper bound: each call of push-room takes the whole round.
    time('push-room', pushes * traffic.round, sizes.BIG_FUNCTION_GB),
    time(
      'apps that connect and ask',
      SHORT_INVOCATION_SECONDS,
      asked * sizes.MESSAGE_FUNCTION_GB + 2 * connects * sizes.CONNECT_FUNCTION_GB,
    ),
    time('archiving the days', (STAGES * usage.ticks) / ARCHIVED_A_CPU_SECOND, sizes.BIG_FUNCTION_GB),
    time('scheduled, a second a call', calls, sizes.SCHEDULED_FUNCTION_GB),
    time('canary, a second a call', canaries, sizes.SCHEDULED_FUNCTION_GB),
    line('Lambda', 'environments kept ready', readySeconds(work.month), 'readyTime'),
    line('Lambda', 'requests', invocationsOf(work), 'lambdaRequest'),
  ]
}

/** Returns the GB-seconds of provisioned concurrency. */
function readySeconds({ readyHours }: Month): number {
  const connects = readyHours.connect * sizes.CONNECT_FUNCTION_GB
  const messages = readyHours.message * sizes.MESSAGE_FUNCTION_GB
  const big = (readyHours.broadcast + readyHours['push-room']) * sizes.BIG_FUNCTION_GB
  return 3600 * (connects + messages + big)
}

function appLines({ usage, traffic, month, posts, asked, connects, canaries }: Work): Line[] {
  return [
    line('API Gateway', 'posts to apps', posts * messagesOf(traffic.bytesAPost), 'message'),
    line('API Gateway', 'messages of apps', asked + connects, 'message'),
    line('API Gateway', 'connections', usage.connections * month.tradingHours * 60, 'connectionMinute'),
    line('API Gateway', 'requests of the canary', canaries * sizes.CANARY_REQUESTS, 'httpRequest'),
    line('Data transfer', 'posts to apps', (posts * traffic.sentBytesAPost) / GB, 'egress'),
  ]
}

function archiveLines({ usage, month }: Work): Line[] {
  const gigabytes = (usage.ticks * ARCHIVED_BYTES_A_TICK) / GB
  const objects = usage.ticks > 0 ? month.tradingDates * PARTS : 0
  const months = ARCHIVED_MONTHS.new + ARCHIVED_MONTHS.rare + ARCHIVED_MONTHS.old
  return [
    line('S3', 'archive, last month', ARCHIVED_MONTHS.new * gigabytes, 'objects'),
    line('S3', 'archive, not read for 30 days', ARCHIVED_MONTHS.rare * gigabytes, 'rareObjects'),
    line('S3', 'archive, not read for 90 days', ARCHIVED_MONTHS.old * gigabytes, 'oldObjects'),
    line('S3', 'archive, objects put under tiering', STAGES * objects, 'movedObject'),
    line('S3', 'archive, objects whose reads are watched', months * objects, 'watchedObject'),
  ]
}

/** Returns the number of metrics that exist while the tasks run and nothing fails: each of a task once a line. */
function metricsAwake(): number {
  const usual = (names: readonly string[]): number =>
    names.filter(name => !METRICS_OF_FAILURES.has(name)).length
  const all = usual(Object.values(METRICS).flat())
  return all + (LINES - 1) * usual(METRICS.ingest) - METRICS_OF_ALL_HOURS + EVENT_METRICS
}

function otherLines(work: Work): Line[] {
  const { month, calls, canaries } = work
  return [
    ...archiveLines(work),
    line('CloudWatch', 'logs', logBytesOf(work) / GB, 'logs'),
    line('CloudWatch', 'metrics, while awake', metricsAwake() * (month.awakeHours / month.hours), 'metric'),
    line('CloudWatch', 'metrics of all hours', METRICS_OF_ALL_HOURS, 'metric'),
    line('CloudWatch', 'alarms', sizes.ALARM_METRICS, 'alarm'),
    line('Other', 'line password', 1, 'secret'),
    line('Other', 'scheduler', calls + canaries, 'schedule'),
  ]
}
