/** Names of the key attributes of the ticks table, for the stack. */
import type { TicksItem } from './ticks-item.ts'

export const TICKS_KEYS = {
  /** Partition key: issue and trading date (tables/ticks/ticks-item.ts). */
  partition: 'key',
  /** Sort key: place of the pack's first tick. */
  sort: 'time',
  /** Time to live, epoch seconds. */
  expires: 'expires',
} as const satisfies Record<string, keyof TicksItem>
