/**
 * The login to the lines: all lines have one user, and a provider locks the user after some refused logins. So all tasks of all
 * lines share this count, and a task that is replaced does not start it anew.
 *
 * A reservation has no time, because the clocks of tasks may differ: who waits for it measures how long it has seen it. The wait after a
 * refusal is by clocks, and a wrong one makes it shorter or longer. The count stays right.
 */
import { randomUUID } from 'node:crypto'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { addMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import { type Table, unchanged, unlessRefused } from '../dynamodb.ts'
import { LOGIN_ID } from './control-keys.ts'

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface LoginItem {
  readonly id: typeof LOGIN_ID
  /** Id of the latest write. Every write depends on it. */
  readonly write: string
  /** The task of the latest write tries the login, or was killed while it tried. */
  readonly isReserved: boolean
  /** Refusals in a row of one user and password. Absent: none. */
  readonly refusals?: number
  /** Mark of the user and password that was refused. Another password is not held back. */
  readonly mark?: string
  /** No attempt with the refused password before this time, epoch ms. */
  readonly notBefore?: EpochMillis
}

export type LoginTable = Table<LoginItem>

type Refused = Pick<LoginItem, 'refusals' | 'mark' | 'notBefore'>

/** Attempts to write an item that other tasks change at the same time. */
const WRITE_ATTEMPTS = 5

/** Returns the item, read consistently; undefined if there is none: nothing is known against the login. */
export async function readLogin(
  { client, table }: LoginTable,
  abortSignal: AbortSignal,
): Promise<LoginItem | undefined> {
  const get = new GetCommand({ TableName: table, Key: { id: LOGIN_ID }, ConsistentRead: true })
  return (await client.send(get, { abortSignal })).Item as LoginItem | undefined
}

/**
 * Reserves the next attempt.
 * @param seen the item as it was read.
 * @returns the id of the reservation; undefined if another task was faster.
 */
export async function reserveLogin(
  table: LoginTable,
  seen: LoginItem | undefined,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  return replace(table, seen, true, refusedOf(seen), abortSignal)
}

export interface Release {
  readonly reservation: string
  /** The refusals in the item are forgotten: the line has accepted their password. */
  readonly forgets: boolean
}

/** Ends a reservation. Does nothing if another write has followed it. */
export async function releaseLogin(
  table: LoginTable,
  { reservation, forgets }: Release,
  abortSignal: AbortSignal,
): Promise<void> {
  const seen = await readLogin(table, abortSignal)
  if (seen?.write !== reservation) return
  await replace(table, seen, false, forgets ? {} : refusedOf(seen), abortSignal)
}

export interface LoginRefusal {
  /** Mark of the password that was refused. */
  readonly mark: string
  readonly now: EpochMillis
  /** No attempt with this password follows for so long. */
  readonly wait: Millis
}

/**
 * Notes a refusal, and ends the attempt.
 * @returns refusals of this password in a row.
 * @throws Error if other tasks changed the item each time.
 */
export async function noteRefusedLogin(
  table: LoginTable,
  { mark, now, wait }: LoginRefusal,
  abortSignal: AbortSignal,
): Promise<number> {
  for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
    const seen = await readLogin(table, abortSignal)
    const before = seen?.mark === mark ? (seen.refusals ?? 0) : 0
    const refused = { refusals: before + 1, mark, notBefore: addMillis(now, wait) }
    if ((await replace(table, seen, false, refused, abortSignal)) !== undefined) return before + 1
  }
  throw new Error(
    `item ${LOGIN_ID}: expected a write in ${WRITE_ATTEMPTS} attempts, other tasks wrote each time`,
  )
}

function refusedOf(item: LoginItem | undefined): Refused {
  const { refusals, mark, notBefore } = item ?? {}
  return { refusals, mark, notBefore }
}

/** Replaces the item if it is as it was read. Returns the id of the write; undefined if the item has changed. */
async function replace(
  { client, table }: LoginTable,
  seen: LoginItem | undefined,
  isReserved: boolean,
  refused: Refused,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const item: LoginItem = { id: LOGIN_ID, write: randomUUID(), isReserved, ...refused }
  const condition = unchanged('write', seen?.write)
  const put = new PutCommand({
    TableName: table,
    Item: item,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: condition.names,
    ExpressionAttributeValues: condition.values,
  })
  return (await unlessRefused(client.send(put, { abortSignal }))) === undefined ? undefined : item.write
}
