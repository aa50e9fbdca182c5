/** Names of the key attribute and of the items of the control table. */

export const CONTROL_KEYS = {
  /** Partition key: what the item is about. */
  partition: 'id',
} as const

/** Key of the exceptions of the calendar. */
export const CALENDAR_ID = 'calendar'

/** Key of the sectors of issues. */
export const SECTORS_ID = 'sectors'

/** Returns the key of the lease of a line. */
export function leaseId(line: number): string {
  return `lease#${line}`
}

/** Returns the key of the item of a line's standby. */
export function standbyId(line: number): string {
  return `standby#${line}`
}

/** Returns the key of the item of a line's candidate. */
export function candidateId(line: number): string {
  return `candidate#${line}`
}

/** Key of what is known about the login, which all lines share. */
export const LOGIN_ID = 'login'

/** Returns the keys of the items that the tasks of a line read and write. */
export function idsOfLine(line: number): string[] {
  return [leaseId(line), standbyId(line), candidateId(line), LOGIN_ID]
}

/** The key of a person's decision that the market counts as open or closed. */
export const HOLD_ID = 'hold'
/** The key of the lock that one run of market-hours holds. */
export const MARKET_LOCK_ID = 'lock#market-hours'
/** The key of the result of the latest run of market-hours. */
export const MARKET_STATE_ID = 'state'
