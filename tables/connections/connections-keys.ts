/** Names of the key attributes and the index of the connections table. */
export const CONNECTIONS_KEYS = {
  /** Partition key: the room. */
  partition: 'room',
  /** Sort key: the connection's id. */
  sort: 'connection',
  /** Time of the last change, epoch milliseconds: sort key of {@link CHANGES_INDEX}. */
  changedAt: 'changedAt',
  /** Time to live, epoch seconds. */
  expires: 'expires',
} as const

/** The index of a room's connections by the time of their last change. */
export const CHANGES_INDEX = 'changes'

/** Names of rooms start with this prefix. */
export const ROOM_PREFIX = 'room-'

/** Partition of the known keys of issuers (kept-keys.ts), which is no room. */
export const KEPT_KEYS_PARTITION = 'issuer-keys'
