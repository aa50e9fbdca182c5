/** The open connections of each user, so that a user has a limited number of them. */
import { asEpochSeconds, type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'
import { getItem, putIf, updateIf } from '../dynamodb.ts'
import { CONNECTIONS_ITEM, userId } from './users-keys.ts'
import type { UserConnectionsItem, UsersTable } from './users-table.ts'

/** A connection lives two hours at most (API Gateway quotas). An entry counts ten minutes longer. */
const LIFE_MS: Millis = (2 * 3_600 + 600) * 1_000
/** An entry counts for so long although its connection is not stored: connect stores it after the entry, within ten seconds. */
const STARTING_MS: Millis = 15_000
/** Attempts to take a place while other connects of the user do too. */
const MAX_ATTEMPTS = 10

export interface ConnectionLimit {
  /** Connections that a user may have at the same time. */
  readonly most: number
  /** Returns which of these connections are open. */
  openOf(connections: readonly string[]): Promise<ReadonlySet<string>>
}

/**
 * Adds a connection to those of its user. Entries may outlive their connections: those that are closed are removed when the user
 * has no place left.
 * @returns whether the user had a place. If not, nothing changes.
 */
export async function addUserConnection(
  users: UsersTable,
  user: string,
  connection: string,
  { most, openOf }: ConnectionLimit,
): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (await tryAdd(users, user, connection, most)) return true
    const now = nowMillis()
    const item = await getItem<UserConnectionsItem>(users, keyOf(user))
    if (item === undefined) {
      const first = { ...keyOf(user), connections: { [connection]: now }, expires: expiryOf(now) }
      if (await putIf(users, first, { expression: 'attribute_not_exists(id)' })) return true
      continue
    }
    const ended = await endedOf(item.connections, openOf, now)
    if (ended.length > 0) await removeEntries(users, user, ended)
    else if (Object.keys(item.connections).length >= most) return false
  }
  throw new Error(`expected to add a connection of a user, it lost its place ${MAX_ATTEMPTS} times`)
}

const keyOf = (user: string) => ({ id: userId(user), item: CONNECTIONS_ITEM }) as const
const expiryOf = (now: EpochMillis) => asEpochSeconds(Math.ceil((now + LIFE_MS) / 1000))

/** Adds an entry if there are fewer than `most`. Returns false if there are not, or if the user has no item. */
async function tryAdd(users: UsersTable, user: string, connection: string, most: number): Promise<boolean> {
  const now = nowMillis()
  const update = 'SET connections.#connection = :now, expires = :expires'
  const item = await updateIf(users, keyOf(user), update, {
    expression: 'attribute_exists(connections) AND size(connections) < :most',
    names: { '#connection': connection },
    values: { ':now': now, ':expires': expiryOf(now), ':most': most },
  })
  return item !== undefined
}

/** Returns the entries that do not count any more. */
async function endedOf(
  connections: UserConnectionsItem['connections'],
  openOf: ConnectionLimit['openOf'],
  now: EpochMillis,
): Promise<string[]> {
  const ages = Object.entries(connections).map(([id, at]) => ({ id, age: now - at }))
  const doubtful = ages.filter(({ age }) => age >= STARTING_MS && age < LIFE_MS).map(({ id }) => id)
  const open = await openOf(doubtful)
  return ages.filter(({ id, age }) => age >= STARTING_MS && !open.has(id)).map(({ id }) => id)
}

/** Removes entries of connections that have ended. Their ids never come again. */
async function removeEntries(users: UsersTable, user: string, ids: readonly string[]): Promise<void> {
  const names = ids.map((id, index) => [`#ended${index}`, id] as const)
  const update = `REMOVE ${names.map(([name]) => `connections.${name}`).join(', ')}`
  const condition = { expression: 'attribute_exists(connections)', names: Object.fromEntries(names) }
  await updateIf(users, keyOf(user), update, condition)
}
