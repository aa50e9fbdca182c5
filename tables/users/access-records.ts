/** The records of access: who had access to real-time data in which month. The exchange's monthly report counts them. */
import { paginateQuery } from '@aws-sdk/lib-dynamodb'
import { momentFromIso, momentToIso } from '../../market/moment.ts'
import { type EpochMillis, type EpochSeconds, toEpochMicros, toEpochSeconds } from '../../market/units.ts'
import { updateIf } from '../dynamodb.ts'
import { accessId } from './users-keys.ts'
import type { AccessItem, AccessWay, UsersTable } from './users-table.ts'

/** Records are kept for so many months after their own, so that a report can be checked after two years. */
export const KEPT_MONTHS = 24

/** Returns the date of a time in Tokyo: `2026-11-20`. */
export function tokyoDate(at: EpochMillis): string {
  return momentToIso(toEpochMicros(at)).slice(0, 'YYYY-MM-DD'.length)
}

/** Returns the month of a time in Tokyo: `2026-11`. */
export function tokyoMonth(at: EpochMillis): string {
  return tokyoDate(at).slice(0, 'YYYY-MM'.length)
}

/** Returns when the records of a month are deleted: {@link KEPT_MONTHS} months after its end. */
export function expiryOf(month: string): EpochSeconds {
  const [year = 0, number = 0] = month.split('-').map(Number)
  const months = year * 12 + number + KEPT_MONTHS
  const end = `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}-01T00:00+09:00`
  const moment = momentFromIso(end)
  if (moment === undefined) throw new RangeError(`expected a month YYYY-MM, got ${month}`)
  return toEpochSeconds(moment)
}

/** Records that a user has access now. Nothing changes if the record of the month has a later time. */
export async function writeAccess(
  users: UsersTable,
  { user, at, by }: { readonly user: string; readonly at: EpochMillis; readonly by: AccessWay },
): Promise<void> {
  const month = tokyoMonth(at)
  await updateIf(
    users,
    { id: accessId(month), item: user },
    'SET firstAt = if_not_exists(firstAt, :at), firstBy = if_not_exists(firstBy, :by), lastAt = :at, expires = :expires',
    {
      expression: 'attribute_not_exists(lastAt) OR lastAt < :at',
      values: { ':at': at, ':by': by, ':expires': expiryOf(month) },
    },
  )
}

/** Returns the records of a month, by user. */
export async function readAccess({ client, table }: UsersTable, month: string): Promise<AccessItem[]> {
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'id = :id',
    ExpressionAttributeValues: { ':id': accessId(month) },
  }
  const records: AccessItem[] = []
  for await (const { Items = [] } of paginateQuery({ client }, query))
    records.push(...(Items as AccessItem[]))
  return records
}
