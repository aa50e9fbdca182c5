/** `ops report`: the users who had access to real-time data in a month, as the exchange wants them reported. */
import { type EpochMillis, toEpochMicros, toEpochSeconds } from '../../market/units.ts'
import { expiryOf, KEPT_MONTHS, readAccess, tokyoMonth } from '../../tables/users/access-records.ts'
import type { AccessItem, UsersTable } from '../../tables/users/users-table.ts'
import { UsageError } from '../tool-arguments.ts'
import { tokyoIso } from './tokyo-time.ts'

const HEADER = 'user,first_access,last_access,first_by'
/** The exchange charges by the IDs that are accessible to its data. */
export const CAVEAT =
  'These users came. Agree with the exchange whether it counts them, or all who could come (docs/operations.md, Who had access).'

export interface AccessReport {
  /** CSV (RFC 4180), a line a user. */
  readonly csv: string
  /** The total, in one sentence. */
  readonly total: string
}

/** @throws UsageError for a month whose records do not exist yet, or no longer. @param now the real time. */
export function checkMonth(month: string, now: EpochMillis): void {
  const current = tokyoMonth(now)
  if (month > current) throw new UsageError(`--month: expected a month up to ${current}, got ${month}`)
  if (expiryOf(month) <= toEpochSeconds(toEpochMicros(now))) {
    throw new UsageError(`--month: records are kept for ${KEPT_MONTHS} months, those of ${month} are deleted`)
  }
}

/** Reads the report of a month. @param now the real time. */
export async function readReport(users: UsersTable, month: string, now: EpochMillis): Promise<AccessReport> {
  const records = await readAccess(users, month)
  const byStream = records.filter(({ firstBy }) => firstBy === 'stream').length
  const soFar = month === tokyoMonth(now) ? ' so far' : ''
  return {
    csv: [HEADER, ...records.map(lineOf)].map(line => `${line}\r\n`).join(''),
    total:
      `${month} (Tokyo): ${records.length} ${records.length === 1 ? 'user' : 'users'} had access to real-time data${soFar}, ` +
      `${byStream} first by the WebSocket, ${records.length - byStream} first by REST.\n${CAVEAT}`,
  }
}

function lineOf({ item, firstAt, lastAt, firstBy }: AccessItem): string {
  return [field(item), tokyoIso(firstAt), tokyoIso(lastAt), firstBy].join()
}

/** Quotes a field that has a comma, a quote or a line break. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
