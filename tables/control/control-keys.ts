/** Names of the key attribute and of the items of the control table. */

export const CONTROL_KEYS = {
  /** Partition key: what the item is about. */
  partition: 'id',
} as const

/** Key of the exceptions of the calendar. */
export const CALENDAR_ID = 'calendar'

/** Returns the key of the lease of a line. */
export function leaseId(line: number): string {
  return `lease#${line}`
}

/** Returns the key of the item of a line's standby. */
export function standbyId(line: number): string {
  return `standby#${line}`
}

/** Returns the keys of the items that the tasks of a line read and write. */
export function idsOfLine(line: number): string[] {
  return [leaseId(line), standbyId(line)]
}
