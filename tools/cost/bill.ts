/** A month's bill: what is used, times what it costs. */
import { KEEP_DAYS, LANES, STORE_WINDOW_SECONDS } from '../../cdk/sizing.ts'
import { FLUSH_MILLISECONDS } from '../../ingest-task/publish/lane-sender.ts'
import { LINES } from '../../market/lane.ts'
import {
  ARCHIVED_A_CPU_SECOND,
  ARCHIVED_BYTES_A_TICK,
  DAY_RECORD_WRITES,
  ENVELOPE_BYTES_A_TICK,
  LISTED_ISSUES,
  LOG_BYTES_A_TASK_SECOND,
  LOG_BYTES_AN_INVOCATION,
  METRICS_A_LINE,
  METRICS_OF_CONTAINERS,
  METRICS_OF_FUNCTIONS,
  PUT_UNIT_BYTES,
  SHORT_INVOCATION_SECONDS,
  STORE_CPU_A_TICK,
  STORE_WAIT_SECONDS,
  STORED_BYTES_A_TICK,
  STORED_WRITES_A_TICK,
} from './measured.ts'
import type { Month } from './month.ts'
import { PRICES, type Price } from './prices.ts'
import * as sizes from './sizes.ts'
import type { Traffic, Usage } from './traffic.ts'

export type PriceName = keyof typeof PRICES

export interface Line {
  readonly service: string
  readonly what: string
  /** In the price's unit. */
  readonly quantity: number
  readonly price: Price
  /** Dollars. */
  readonly amount: number
}

export interface Bill {
  readonly lines: readonly Line[]
  readonly total: number
}

export const GB = 1e9

export function line(service: string, what: string, quantity: number, name: PriceName): Line {
  const price: Price = PRICES[name]
  return { service, what, quantity, price, amount: (quantity / price.per) * price.dollars }
}

export function billOf(lines: readonly Line[]): Bill {
  return { lines, total: lines.reduce((sum, { amount }) => sum + amount, 0) }
}

/** Dollars of what is there to store ticks: the lines that say so. */
export function storingOf({ lines }: Bill): number {
  return lines.reduce((sum, { what, amount }) => sum + (what.startsWith('ticks') ? amount : 0), 0)
}

/** Beside its subscription an app sends a ping every four minutes (docs/protocol.md). */
const MESSAGES_AN_HOUR = 15
/** A connection lives two hours (API Gateway): every app connects so often in a trading date, about. */
const CONNECTS_A_DATE = 3
/** Writes of a connect, a subscription and a disconnect, each to the table and to its index. */
const WRITES_A_CONNECTION = 6
/** Read units a second for a room: each of two shards asks four times what has changed, for half a unit (functions/broadcast/rooms.ts). */
const ROOM_READS = 4
/** A day is archived twice (functions/close-of-day/due-stage.ts). */
const STAGES = 2
/** Bytes of a read unit, read as they may be a moment old (DynamoDB). */
const READ_BYTES = 8192
/** A day's ticks and bars lie in the archive from then on; billed is the average of the first year, in months. */
const ARCHIVED_MONTHS = 6

/** What itastream costs in such a month. */
export function itastreamBill(usage: Usage, traffic: Traffic, month: Month): Bill {
  const seconds = month.tradingHours * 3600
  const days = month.hours / 24
  const envelopeBytes = usage.ticks * ENVELOPE_BYTES_A_TICK
  const envelopes = Math.min(usage.ticks, (LINES * LANES * seconds * 1000) / FLUSH_MILLISECONDS)
  // At most: each lane a batch of its own, whenever the window ends.
  const batches = Math.min(usage.ticks, (LINES * LANES * seconds) / STORE_WINDOW_SECONDS)
  const storedWrites = Math.max(
    usage.ticks * STORED_WRITES_A_TICK,
    // No issue takes less than a write unit of a batch in which it has a tick.
    Math.min(usage.ticks, (LISTED_ISSUES * seconds) / STORE_WINDOW_SECONDS),
  )
  const stored = (usage.ticks * STORED_BYTES_A_TICK * KEEP_DAYS) / days / GB
  const dayWrites = Math.min(usage.ticks, month.tradingDates * STAGES * LISTED_ISSUES * DAY_RECORD_WRITES)
  const posts = traffic.posts * seconds
  const asked = usage.connections * month.tradingHours * MESSAGES_AN_HOUR
  const connects = usage.connections * month.tradingDates * CONNECTS_A_DATE
  const rounds = traffic.rounds * seconds
  const pushes = rounds * traffic.rooms
  const calls = sizes.SCHEDULES * sizes.CALLS_AN_HOUR * month.hours
  const taskHours = LINES * month.awakeHours
  const awakePart = month.awakeHours / month.hours
  const broadcastSeconds = rounds * traffic.round
  const logs =
    (rounds + pushes + asked + 2 * connects + batches + calls) * LOG_BYTES_AN_INVOCATION +
    taskHours * 3600 * LOG_BYTES_A_TASK_SECOND

  return billOf([
    line('Fargate', `${LINES} ingest tasks: CPU`, taskHours * sizes.TASK_VCPU, 'vcpuHour'),
    line('Fargate', 'memory', taskHours * sizes.TASK_GB, 'memoryHour'),
    line('Fargate', 'public addresses', taskHours, 'address'),

    line('Kinesis', 'shards', month.shardHours, 'shardHour'),
    line('Kinesis', 'envelopes put', envelopes + envelopeBytes / PUT_UNIT_BYTES, 'putUnit'),
    line('Kinesis', 'fan-out to broadcast: shards', month.shardHours, 'fanOutHour'),
    line('Kinesis', 'fan-out to broadcast: bytes', envelopeBytes / GB, 'fanOutByte'),

    line('DynamoDB', 'ticks, packed', storedWrites, 'write'),
    line('DynamoDB', `ticks kept ${KEEP_DAYS} days`, stored, 'stored'),
    line('DynamoDB', 'ticks, point-in-time recovery', stored, 'recovery'),
    line('DynamoDB', 'days and minute bars', dayWrites, 'write'),
    line(
      'DynamoDB',
      'packs read for the archive',
      (STAGES * usage.ticks * STORED_BYTES_A_TICK) / READ_BYTES,
      'read',
    ),
    line('DynamoDB', 'newest boards', traffic.boards * seconds, 'write'),
    line('DynamoDB', 'connections: writes', connects * WRITES_A_CONNECTION, 'write'),
    line(
      'DynamoDB',
      'connections: rooms read',
      (rounds > 0 ? ROOM_READS : 0) * traffic.rooms * seconds,
      'read',
    ),

    line(
      'Lambda',
      'ticks, packing them',
      (usage.ticks * STORE_CPU_A_TICK + batches * STORE_WAIT_SECONDS) * sizes.BIG_FUNCTION_GB,
      'lambdaTime',
    ),
    line('Lambda', 'broadcast', broadcastSeconds * sizes.BIG_FUNCTION_GB, 'lambdaTime'),
    line('Lambda', 'push-room', broadcastSeconds * traffic.rooms * sizes.BIG_FUNCTION_GB, 'lambdaTime'),
    line(
      'Lambda',
      'apps that connect and ask',
      (asked + 2 * connects) * SHORT_INVOCATION_SECONDS * sizes.MESSAGE_FUNCTION_GB,
      'lambdaTime',
    ),
    line(
      'Lambda',
      'archiving the days',
      ((STAGES * usage.ticks) / ARCHIVED_A_CPU_SECOND) * sizes.BIG_FUNCTION_GB,
      'lambdaTime',
    ),
    line('Lambda', 'scheduled, a second a call', calls * sizes.SCHEDULED_FUNCTION_GB, 'lambdaTime'),
    line('Lambda', 'requests', rounds + pushes + asked + 2 * connects + batches + calls, 'lambdaRequest'),

    line('API Gateway', 'posts to apps', posts * Math.ceil(traffic.bytesAPost / MESSAGE_BYTES), 'message'),
    line('API Gateway', 'messages of apps', asked + connects, 'message'),
    line('API Gateway', 'connections', usage.connections * month.tradingHours * 60, 'connectionMinute'),
    line('Data transfer', 'posts to apps', (posts * traffic.bytesAPost) / GB, 'egress'),

    line(
      'S3',
      `archive, ${ARCHIVED_MONTHS} months of it`,
      (ARCHIVED_MONTHS * usage.ticks * ARCHIVED_BYTES_A_TICK) / GB,
      'objects',
    ),
    line('CloudWatch', 'logs', logs / GB, 'logs'),
    line(
      'CloudWatch',
      'metrics, while awake',
      (LINES * METRICS_A_LINE + METRICS_OF_FUNCTIONS + METRICS_OF_CONTAINERS) * awakePart,
      'metric',
    ),
    line('CloudWatch', 'alarms', sizes.ALARM_METRICS, 'alarm'),
    line('Other', 'line password', 1, 'secret'),
    line('Other', 'scheduler', calls, 'schedule'),
  ])
}

/** A message is metered by so many bytes (API Gateway). */
export const MESSAGE_BYTES = 32 * 1024
