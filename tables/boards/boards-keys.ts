/** Names and prefixes of the keys of the boards table. */
export const BOARDS_KEYS = {
  /** Partition key: the id of an item. */
  partition: 'id',
} as const

/** The ids of the issue master begin with this prefix (tables/boards/master-list.ts). */
export const MASTER_PREFIX = 'issues#'
