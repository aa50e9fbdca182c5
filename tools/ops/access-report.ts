/** `ops report`: the users who had access to real-time data in a month, as the exchange wants them reported. */
import { type EpochMillis, toEpochMicros, toEpochSeconds } from '../../market/units.ts'
import { expiryOf, KEPT_MONTHS, readAccess, tokyoMonth } from '../../tables/users/access-records.ts'
import type { AccessItem, UsersTable } from '../../tables/users/users-table.ts'
import { UsageError } from '../tool-arguments.ts'
import { tokyoIso } from './tokyo-time.ts'

const HEADER = 'user,first_access,last_access,first_by,own'
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

export interface ReportOptions {
  /** The real time. */
  readonly now: EpochMillis
  /**
   * Users of the operator's own, such as the canary. They stay in the report, with a mark: whether they count is agreed with the
   * exchange, and a record that left them out could leave out others.
   */
  readonly own: readonly string[]
}

/** Reads the report of a month. */
export async function readReport(
  users: UsersTable,
  month: string,
  { now, own }: ReportOptions,
): Promise<AccessReport> {
  const records = await readAccess(users, month)
  const byStream = records.filter(({ firstBy }) => firstBy === 'stream').length
  const soFar = month === tokyoMonth(now) ? ' so far' : ''
  return {
    csv: [HEADER, ...records.map(record => lineOf(record, own.includes(record.item)))]
      .map(line => `${line}\r\n`)
      .join(''),
    total:
      `${month} (Tokyo): ${records.length} ${records.length === 1 ? 'user' : 'users'} had access to real-time data${soFar}, ` +
      `${byStream} first by the WebSocket, ${records.length - byStream} first by REST.\n` +
      `${ownText(records, own)}${CAVEAT}`,
  }
}

function ownText(records: readonly AccessItem[], own: readonly string[]): string {
  if (own.length === 0) return ''
  const named = [...new Set(own)]
  const came = named.filter(user => records.some(({ item }) => item === user))
  const absent = named.filter(user => !came.includes(user))
  const without = absent.length === 0 ? '' : ` Not in this month: ${absent.join(', ')}.`
  return `${came.length} of them of your own (--own), ${records.length - came.length} others.${without}\n`
}

function lineOf({ item, firstAt, lastAt, firstBy }: AccessItem, isOwn: boolean): string {
  return [field(item), tokyoIso(firstAt), tokyoIso(lastAt), firstBy, isOwn ? 'yes' : 'no'].join()
}

/** Quotes a field that has a comma, a quote or a line break. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
