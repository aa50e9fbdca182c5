/** Names and prefixes of the keys of the boards table. */
export const BOARDS_KEYS = {
  /** Partition key: the id of an item. */
  partition: 'id',
} as const

/** Id of the phase of the market. */
export const PHASE_ID = 'phase'
/** Id of the latest news. */
export const NEWS_ID = 'news'
/** The id of the state of line 1 is `line#1`. */
export const LINE_PREFIX = 'line#'

/** The ids of the issue master begin with this prefix (tables/boards/master-list.ts). */
export const MASTER_PREFIX = 'issues#'
