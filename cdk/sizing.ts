/**
 * What one deployment of itastream is sized for. Constants, not parameters: changing one of them changes what the
 * stack is, and deserves a reading of the template's difference.
 */

import type { Plan, Target } from '../functions/market-hours/market-hours-settings.ts'
import { PARTITION_UNITS } from '../functions/store-ticks/store-ticks-settings.ts'
import { LINES } from '../market/lane.ts'

/**
 * Lanes a line: all lines' stand evenly over two shards, and none fills one (1 MB/s, Kinesis): 5,000 ticks/s of 35 B are
 * 175 KB/s. More lanes would gather fewer ticks an envelope, each with a header of its own.
 */
export const LANES = 2

/** Rooms: one takes about 1,000 connections. */
export const ROOM_COUNT = 10

/** Days a stored tick can be read, beside the one on which it was stored. */
export const KEEP_DAYS = 31

/** Delayed readers stand twenty minutes behind, so store-ticks may gather a minute of ticks, and try for two more. */
export const STORE_WINDOW_SECONDS = 60
export const STORE_TIMEOUT_SECONDS = 120

/**
 * Write units a second for each lane that a batch of store-ticks holds. A lane is in one batch at a time, so all of them
 * together stay below what a single partition takes, although all keys should lie in one.
 */
export const STORE_UNITS_PER_LANE = Math.floor(PARTITION_UNITS / (LINES * LANES))

/** The one stage of the WebSocket API. */
export const STAGE = 'live'

/** Shards while the exchange sleeps. */
const SHARDS_ASLEEP = 1
/**
 * Shards in hours. A shard takes 1 MB/s (Kinesis), so two carry about 58,000 ticks/s of the 34 B measured at 30,000
 * (docs/performance.md).
 */
export const SHARDS_AWAKE = 2

const asleep: Target = { tasks: 0, shards: SHARDS_ASLEEP }
const awake: Target = { tasks: 1, shards: SHARDS_AWAKE }

/** The plan market-hours moves reality to. Two reshardings a day; Kinesis allows ten. */
export const PLAN: Readonly<Plan> = {
  closed: asleep,
  'warm-up': awake,
  'order-acceptance': awake,
  morning: awake,
  lunch: awake,
  afternoon: awake,
  closing: awake,
  'wind-down': awake,
}

/** Requests a second the delayed REST API takes before it answers 429, and the burst above it. */
export const REST_RATE = 2_000
export const REST_BURST = 1_000

/**
 * Messages and new connections a second on the WebSocket API. Both count against the 10,000 requests/s of the
 * account (API Gateway quota) that the posts to the apps need, so the apps' share is kept small.
 */
export const WEBSOCKET_RATE = 1_000
export const WEBSOCKET_BURST = 1_000
