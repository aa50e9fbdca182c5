/** Measured figures of this project that the bill uses, each with its source. */

/** Bytes of a tick in an envelope at 3,000 ticks/s, key frames included (docs/performance.md, envelope). */
export const ENVELOPE_BYTES_A_TICK = 44.6 + 6.4

/** Bytes of a put unit (Kinesis). An envelope is cut to fit into one. */
export const PUT_UNIT_BYTES = 25_000

/** Write units and bytes of a stored tick at 3,000 ticks/s, including the index of its item (docs/storage.md). */
export const STORED_WRITES_A_TICK = 0.03
export const STORED_BYTES_A_TICK = 14.6

/** Write units and bytes of the totals of a lane, of 4,400 issues in six lanes (docs/storage.md). */
export const TOTALS_WRITES = 79 / 6
export const TOTALS_BYTES = 77_057 / 6

/** CPU seconds of store-ticks a tick, for all of its work (docs/performance.md, store). */
export const STORE_CPU_A_TICK = 1 / 99_000

/** Posts a CPU second: 61 µs of a post and 40 µs of TLS (docs/performance.md). A function of 1,769 MB has one CPU (Lambda). */
export const POSTS_A_CPU_SECOND = 9_900

/** The view of all subscriptions: the whole board with every trade, or prices without trades. */
export type BilledView = 'board' | 'quote'

/** Share of ticks that a view shows, counted over ten seconds of the synthetic market at 2,500 ticks/s. */
export const SHOWN: Readonly<Record<BilledView, number>> = { board: 1, quote: 0.365 }

/**
 * Mean bytes of a difference that merges so many ticks, with its comma. Counted over twenty seconds of the synthetic market
 * at 2,500 ticks/s. The points up to five ticks are from the issues with rank 21 to 200, the others from the 20 busiest, at
 * paces of 0.1 to 5 s.
 */
export const UPDATE_BYTES: Readonly<Record<BilledView, readonly [UpdatePoint, ...UpdatePoint[]]>> = {
  board: [
    [1.4, 208],
    [1.9, 242],
    [2.8, 292],
    [4.8, 377],
    [6.8, 448],
    [13.5, 595],
    [27, 741],
    [54, 931],
    [135, 1_442],
  ],
  quote: [
    [1.1, 74],
    [1.6, 83],
    [2.3, 91],
    [3.6, 103],
    [4.7, 104],
    [9.3, 116],
    [19, 125],
    [47, 137],
  ],
}
type UpdatePoint = readonly [ticks: number, bytes: number]
/** Bytes of a post in addition to its updates (posts/push.ts). */
export const POST_FRAME_BYTES = 32

/**
 * Bytes of a compressed message (posts/deflate-message.ts), by its bytes as JSON. Counted over fifteen seconds of the
 * synthetic market at 2,450 ticks/s: 150 posts of apps with the 1 to 20 busiest issues at 500 ms, the busiest at 0.1 and
 * 0.2 s, the 20 busiest at 0.3 to 5 s, and the issue with rank 100; in view quote up to the 200 busiest. Posts with more
 * issues compress better: 26,077 bytes of the 200 busiest boards to 8,341.
 */
export const DEFLATED_BYTES: Readonly<Record<BilledView, readonly DeflatedPoint[]>> = {
  board: [
    [305, 129],
    [438, 167],
    [585, 218],
    [779, 289],
    [1_468, 525],
    [3_493, 1_214],
    [6_525, 2_245],
    [9_420, 3_094],
    [11_606, 3_877],
    [14_532, 4_974],
    [18_228, 6_418],
    [27_838, 10_235],
  ],
  quote: [
    [107, 75],
    [152, 96],
    [266, 154],
    [600, 315],
    [1_136, 563],
    [2_062, 995],
    [2_361, 1_121],
    [5_324, 2_497],
    [14_136, 6_522],
  ],
}
type DeflatedPoint = readonly [bytes: number, deflated: number]
/**
 * CPU seconds to compress a post, and for each of its bytes: 0.2 ms for a post of 11.6 KB, with the messages of
 * {@link DEFLATED_BYTES}.
 */
export const DEFLATE_SECONDS_A_POST = 10e-6
export const DEFLATE_SECONDS_A_BYTE = 17e-9

/** Approximate number of issues listed on the Tokyo exchange, with ETFs and REITs. */
export const LISTED_ISSUES = 4_400
/**
 * Share of all ticks that belong to the busiest issues, counted over the same ten seconds. It does not depend on the view.
 * The bill assumes that apps hold the busiest issues: users do, and these cost most.
 */
export const BUSIEST: readonly (readonly [issues: number, part: number])[] = [
  [20, 0.2],
  [44, 0.3],
  [200, 0.53],
  [440, 0.65],
  [LISTED_ISSUES, 1],
]

/** Write units of all groups of boards, late in a day (functions/broadcast/board-writer.ts). */
export const BOARD_WRITES = 302
/** Most read units of the boards of 20 issues, each in a group of its own (tables/boards/board-groups.ts). */
export const SUBSCRIPTION_READS = 10

/**
 * Seconds of a round of broadcast without the CPU time of its posts: merging updates, calling push-room, waiting for posts.
 * An assumption, not measured on AWS. On one machine a round takes 30 to 50 ms.
 */
export const ROUND_SECONDS = 0.1

/** Bytes of log an invocation: metrics in the embedded format, and Lambda's own lines. Not measured on AWS. */
export const LOG_BYTES_AN_INVOCATION = 1_500
/** The same for broadcast, which writes the metrics of a second together. Lambda and push-room write no line about success. */
export const LOG_BYTES_A_ROUND = 175
/**
 * Bytes of log a second of an ingest task: every ten seconds the totals (680 bytes), the metrics of the lease (310), those of the
 * line (700, from the holder alone), and 26 bytes of CloudWatch for each line.
 */
export const LOG_BYTES_A_TASK_SECOND = 177
export const LOG_BYTES_A_STANDBY_SECOND = 104

/** Seconds of a short invocation, most of them waiting for a table. An assumption; its share of the bill is small. */
export const SHORT_INVOCATION_SECONDS = 0.05
/** Seconds that store-ticks waits in a batch in addition to its work: some 700 write units at its pace (docs/storage.md). */
export const STORE_WAIT_SECONDS = 5

/** Bytes of a tick in the Parquet files, and ticks that one CPU second moves from packs to Parquet. */
export const ARCHIVED_BYTES_A_TICK = 43
export const ARCHIVED_A_CPU_SECOND = 40_000
/** Write units of the records of one issue and day. Most are for minute bars: 24 bars take 570 bytes. */
export const DAY_RECORD_WRITES = 9
/** Bytes of the answer with one board (docs/rest.md). */
export const ANSWER_BYTES = 1_500
/** Most read units of a board at a moment (docs/performance.md, goals). */
export const READ_UNITS_A_BOARD = 2
