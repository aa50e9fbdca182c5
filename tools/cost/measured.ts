/** What one tick, one update and one round take: figures of this project, each with where it was measured. */

/** Bytes of a tick in an envelope at 3,000 ticks/s, key frames included (docs/performance.md, envelope). */
export const ENVELOPE_BYTES_A_TICK = 44.6 + 6.4

/** A put unit (Kinesis), which an envelope is cut to fit. */
export const PUT_UNIT_BYTES = 25_000

/** Write units and bytes of a stored tick at 3,000 ticks/s, the item's index included (docs/storage.md). */
export const STORED_WRITES_A_TICK = 0.03
export const STORED_BYTES_A_TICK = 14.6

/** CPU seconds that store-ticks needs a tick, all that it does (docs/performance.md, store). */
export const STORE_CPU_A_TICK = 1 / 99_000

/** Posts a CPU second (docs/performance.md, post). A function of 1,769 MB has one CPU (Lambda). */
export const POSTS_A_CPU_SECOND = 1_180

/**
 * Bytes of an update that is a difference. Counted over ten seconds of the synthetic market at 2,500 ticks/s: 141 where
 * a round is 0.25 s, 156 where it is 1 s.
 */
export const UPDATE_BYTES = 150
/** What stands around the updates of a post (posts/push.ts). */
export const POST_FRAME_BYTES = 32

/** Listed issues with ETFs and REITs on the Tokyo exchange, about. */
export const LISTED_ISSUES = 4_400
/**
 * Part of all ticks that the so many busiest issues have, on the same ten seconds. Apps are taken to hold the busiest
 * issues: those are what people hold, and what costs most.
 */
export const BUSIEST: readonly (readonly [issues: number, part: number])[] = [
  [20, 0.2],
  [44, 0.3],
  [200, 0.53],
  [440, 0.65],
  [LISTED_ISSUES, 1],
]

/**
 * Seconds of a round of broadcast without the posts' own CPU time: boards are written, rooms called, a post is under
 * way. Not measured on AWS; on one machine, where all of that is near, a round takes 30 to 50 ms.
 */
export const ROUND_SECONDS = 0.1

/** Bytes of log an invocation: metrics in the embedded format, and what Lambda itself writes. Not measured on AWS. */
export const LOG_BYTES_AN_INVOCATION = 1_500
/** Bytes of log an ingest task writes a second: 23 metrics every ten seconds (docs/operations.md). */
export const LOG_BYTES_A_TASK_SECOND = 150

/** Metrics that an ingest task writes (docs/operations.md), and that all functions together do, about. */
export const METRICS_A_LINE = 23
export const METRICS_OF_FUNCTIONS = 30
/** Metrics of Container Insights for a cluster, its services and their task definitions, about. */
export const METRICS_OF_CONTAINERS = 60

/** Seconds that an invocation waits for a table, or for nothing at all; its share is small. */
export const SHORT_INVOCATION_SECONDS = 0.05
/** Seconds that store-ticks waits in a batch, beside its work: some 700 units at its pace (docs/storage.md). */
export const STORE_WAIT_SECONDS = 5

/** Bytes of a tick in the Parquet files of a day, and ticks that a CPU second reads from packs and writes there. */
export const ARCHIVED_BYTES_A_TICK = 43
export const ARCHIVED_A_CPU_SECOND = 40_000
/** Write units of the records of an issue's day, most of them for its minute bars: 570 bytes where there are 24. */
export const DAY_RECORD_WRITES = 9
/** Bytes of the answer to a read of one board (docs/rest.md). */
export const ANSWER_BYTES = 1_500
/** Read units of a board as of a moment at most (docs/performance.md, goals). */
export const READ_UNITS_A_BOARD = 2
