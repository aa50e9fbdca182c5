/**
 * Sizes of one deployment. They are constants, not parameters: a changed value changes resources of the stack, so read
 * the difference of the template before you deploy it.
 */
import { PARTITION_UNITS } from '../functions/store-ticks/store-ticks-settings.ts'
import { LINES } from '../market/lane.ts'

/**
 * Lanes a line. The lanes of all lines are spread evenly over the shards, and no lane fills a shard (1 MB/s, Kinesis):
 * 5,000 ticks/s of 35 B are 175 KB/s. With more lanes an envelope would carry fewer ticks, and each envelope has a
 * header.
 */
export const LANES = 2

/** Rooms. A room takes about 1,000 connections. */
export const ROOM_COUNT = 10

/** Days for which a stored tick can be read, in addition to the day on which it was stored. */
export const KEEP_DAYS = 31

/** store-ticks gathers a minute of ticks, because delayed readers read 20 minutes late. */
export const STORE_WINDOW_SECONDS = 60
/** store-ticks may try for two more minutes to store a batch. */
export const STORE_TIMEOUT_SECONDS = 120
/** Seconds in which a tick is usually stored. Watermarks tell what is stored for certain (docs/storage.md). */
export const STORE_SECONDS = STORE_WINDOW_SECONDS + STORE_TIMEOUT_SECONDS

/**
 * Write units a second that store-ticks uses for each lane of a batch. A lane is in one batch at a time. So all lanes
 * together stay below the limit of one partition, even if all keys are in the same partition.
 */
export const STORE_UNITS_PER_LANE = Math.floor(PARTITION_UNITS / (LINES * LANES))

/** The only stage of the WebSocket API. */
export const STAGE = 'live'

/**
 * Tasks of each line in trading hours. With two, one publishes and the other takes over within two seconds
 * (docs/architecture.md). One is for a cheap stage: docs/deploy.md says what it risks.
 */
export type TasksALine = 1 | 2

/**
 * Shards in trading hours. One shard means one broadcast at a time: its memory is the truth, and a connection gets one post
 * a pace. A shard takes 1 MB/s (Kinesis). When it refuses, lanes wait, envelopes grow, and a tick takes fewer bytes
 * (docs/performance.md). With more shards, which a larger feed needs, each posts to a connection less often.
 */
export const SHARDS_AWAKE = 1
/**
 * Shards while the exchange is closed, and those of the template. If the plan changes the shards, it does so twice a day; Kinesis
 * allows ten changes. The template has this number for ever: CloudFormation changes shards by one call, and Kinesis refuses more than
 * double the open shards (Kinesis API reference, UpdateShardCount). market-hours doubles step by step.
 */
export const SHARDS_ASLEEP = 1

/**
 * Write units a second that the connections table takes at once. 500 apps a second may connect (API Gateway quotas): after a
 * cut of the network all of them do. A new connection takes 5 units with its first subscription, because each change writes
 * the index too, and the end of an old connection takes 3. That is 4,000 units a second, what a new table takes. But a room
 * is in one partition, and a partition takes 1,000: with 4,000 units the ten rooms share four partitions unevenly. With 20,000
 * units there are some twenty. AWS charges the units above 4,000 once, and never lowers them.
 */
export const CONNECTION_WRITE_UNITS = 20_000

/**
 * Requests a second that an account may make to API Gateway: REST, WebSocket connects and messages, and posts together
 * (API Gateway quotas; AWS raises it on request).
 */
export const ACCOUNT_REQUESTS = 10_000
/** The share of the quota that this stack uses. The rest is for the account's other APIs, and for retries. */
const QUOTA_SHARE = 0.9

/**
 * Requests a second that each route of the HTTP API takes before it answers 429. They come out of the same quota as the posts
 * to registered users. A CDN answers most readers of delayed prices (docs/rest-caching.md), so one rate is planned for all
 * routes together.
 */
export const REST_RATE = 400
/** Requests above {@link REST_RATE} that a route takes at once. */
export const REST_BURST = 1_000
/**
 * Requests a second of each heavy route (heavy-paths.ts) without a token: ticks, trades and bars take up to 20 ms of CPU, a board 2 ms. The market has the
 * largest answer.
 */
export const HEAVY_ROUTE_RATE = 100
export const HEAVY_ROUTE_BURST = 250

/**
 * Requests that a REST function answers at the same time, at most. Without a cap, readers could take the concurrency of the
 * account, 1,000 by default, from the functions of real-time prices. 100 answer 2,000 requests of 50 ms a second.
 */
export const REST_CONCURRENCY = { 'delayed-prices': 100, 'realtime-prices': 100, 'market-info': 50 } as const

/**
 * Connects a second. An account may have 500 new connections a second (L-9ED1E49A): the same share of it as of the other quota. So
 * 10,000 apps that reconnect together take 22 s. Each then has a connect, a message and an answer, which is a post: 1,350 requests
 * a second. What is above {@link MESSAGE_RATE} comes out of the tenth that {@link QUOTA_SHARE} leaves.
 */
export const CONNECT_RATE = 450
/** Connects above {@link CONNECT_RATE} at once: those of a second. AWS documents no burst of the account's quota. */
export const CONNECT_BURST = 450

/**
 * Messages a second of all apps. They come out of the same quota as the posts, and a small limit leaves the rest for posts. An app
 * sends a message when it connects, and when its user chooses other issues.
 */
export const MESSAGE_RATE = 600
/** Messages above {@link MESSAGE_RATE} at once: those of two seconds in which apps connect at {@link CONNECT_RATE}. */
export const MESSAGE_BURST = 1_000

/** Posts a second to apps: what the other requests leave of this stack's share. */
export const POSTS_PER_SECOND = Math.floor(ACCOUNT_REQUESTS * QUOTA_SHARE) - REST_RATE - MESSAGE_RATE
