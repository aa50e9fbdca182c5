/** Names of the key attributes and of the items of the users table. */

export const USERS_KEYS = {
  /** Partition key: what the item is about. */
  partition: 'id',
  /** Sort key: which of its items. */
  sort: 'item',
  /** Time to live, epoch seconds. */
  expires: 'expires',
} as const

/** Start of the partition keys of users. */
export const USER_PREFIX = 'user#'
/** Start of the partition keys of access records. */
export const ACCESS_PREFIX = 'access#'

/** Returns the partition of a user. @param user the `sub` of the user's access tokens. */
export function userId(user: string): string {
  return `${USER_PREFIX}${user}`
}

/** The open connections of a user. */
export const CONNECTIONS_ITEM = 'connections'
/** The time from which on a user needs a new access token. */
export const CUT_ITEM = 'cut'

/** Returns the partition of a month's access records. Its sort keys are users. @param month of Tokyo: `2026-11`. */
export function accessId(month: string): string {
  return `${ACCESS_PREFIX}${month}`
}
