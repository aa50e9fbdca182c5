/** Names of the key attributes of the ticks table. */
export const TICKS_KEYS = {
  /** Partition key: issue and trading date (tables/ticks/ticks-item.ts). */
  partition: 'key',
  /** Sort key: place of the pack's first tick. */
  sort: 'time',
  /** Time to live, epoch seconds. */
  expires: 'expires',
} as const
