/** The connections table: who is connected, by room, and the issues, views and pace of each connection. */
import { paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import { fnv1a } from '../../market/hash.ts'
import { DEFAULT_PACE_MS, type Encoding, FASTEST_PACE_MS } from '../../market/protocol.ts'
import type { ErrorCode } from '../../market/protocol-errors.ts'
import {
  addMillis,
  asEpochSeconds,
  type EpochMillis,
  type EpochSeconds,
  type Millis,
  nowMillis,
  type Seconds,
} from '../../market/units.ts'
import { type Condition, getItem, getItems, putItem, type Table, updateIf } from '../dynamodb.ts'
import { retryUntil, TryAgain } from '../retry.ts'
import { CHANGES_INDEX, ROOM_PREFIX } from './connections-keys.ts'

export type ConnectionsTable = Table<ConnectionItem>

/**
 * The one kind of item in the connections table. Stored tables outlive code: an attribute keeps its name, type and
 * meaning.
 */
export interface ConnectionItem {
  /** Partition key: `room-0`, see {@link roomName}. */
  readonly room: string
  /** Sort key: the connection's id at API Gateway. */
  readonly connection: string
  /** When the item changed last, by the real clock. Sort key of the index {@link CHANGES_INDEX}. */
  readonly changedAt: EpochMillis
  /** When time to live may delete the item: epoch seconds. */
  readonly expires: EpochSeconds
  /**
   * Issues that the connection subscribes to in the view `board`. A set is never empty in DynamoDB: without an issue it is
   * absent. subscriptionsOf (connection-reading.ts) reads the three sets.
   */
  readonly issues?: ReadonlySet<string>
  /** Issues in the view `quote`, with or without trades. No issue is in `issues` too. */
  readonly quotes?: ReadonlySet<string>
  /** Those of `quotes` that come with their trades. An issue that is not in `quotes` has no meaning here. */
  readonly quotesWithTrades?: ReadonlySet<string>
  /** The shortest time between two posts to the connection (ms). Absent in items of older releases. */
  readonly pace?: Millis
  /** The shortest pace that the user of the connection may have (ms). Absent in items of older releases. */
  readonly fastestPace?: Millis
  /** How messages of type `updates` reach the connection. Absent in items of older releases: `json`. */
  readonly encoding?: Encoding
  /** Issues whose whole boards the connection has asked for last, because it misses an update. */
  readonly asked?: ReadonlySet<string>
  /** When it asked. */
  readonly askedAt?: EpochMillis
  /** The user of the connection: the `sub` of its access token. Absent in items of older releases, as are the next four. */
  readonly user?: string
  /** The end of the access token: epoch seconds. A renewed token moves it. The connection ends then (connection-end.ts). */
  readonly tokenExpires?: EpochSeconds
  /** The scopes of the access token that give real-time data. A renewed token has its own. Absent if a token needs none. */
  readonly scopes?: readonly string[]
  /** When API Gateway accepted the connection. */
  readonly connectedAt?: EpochMillis
  /** Name and version of the app's client, as it states them. */
  readonly client?: string
  /** Why the server is to end the connection now. Absent: it may go on. */
  readonly ends?: ErrorCode
  /** Requests for trades that the connection has missed, oldest first. */
  readonly since?: readonly SinceRequest[]
  /** Sequences in all of `since`. */
  readonly sinceCount?: number
  /** True after the connection has ended; absent before. */
  readonly gone?: boolean
}

/** A connection asks for the trades that it has missed. */
export interface SinceRequest {
  /** Unique among the requests of the connection. */
  readonly id: string
  readonly at: EpochMillis
  /** Trading date of the sequences, YYYY-MM-DD. */
  readonly date: string
  /** By issue: the connection has every trade up to this sequence. */
  readonly sequences: Readonly<Record<string, number>>
}

/** A connection lives two hours at most (API Gateway quotas). Its item lives ten minutes longer. */
const LIFE_SECONDS = 2 * 3600 + 600
/** The item of an ended connection stays for ten minutes, so that every reader of changes sees the end. */
const GONE_SECONDS = 600
/** A change must be visible at most this long (ms) after its `changedAt`. */
export const WRITE_WITHIN_MS = 1_000
/** Time for all attempts of one change (ms). */
const CHANGE_LIMIT_MS = 5_000

/** Returns the room of a connection. `rooms` is the number of rooms. */
export function roomOf(connection: string, rooms: number): string {
  return roomName(fnv1a(connection) % rooms)
}

export function roomName(index: number): string {
  return `${ROOM_PREFIX}${index}`
}

/** The pace of a connection, and the shortest one that its user may have (ms). */
export type Paces = Required<Pick<ConnectionItem, 'pace' | 'fastestPace'>>

/** What is known of a connection when it starts. */
export type ConnectionStart = Partial<Paces> &
  Pick<ConnectionItem, 'encoding' | 'user' | 'tokenExpires' | 'scopes' | 'connectedAt' | 'client'>

const DEFAULTS: ConnectionStart = {
  pace: DEFAULT_PACE_MS,
  fastestPace: FASTEST_PACE_MS,
  encoding: 'json',
}

/** Stores a connection without issues. */
export async function addConnection(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  start: ConnectionStart = {},
): Promise<void> {
  await putItem(connections, {
    room,
    connection,
    changedAt: nowMillis(),
    expires: inSeconds(LIFE_SECONDS),
    ...DEFAULTS,
    ...start,
  })
}

/**
 * Marks a connection as gone. Does nothing if the table has no such connection.
 * @returns the item of the connection; undefined if there is none.
 */
export function markGone(
  connections: ConnectionsTable,
  room: string,
  connection: string,
): Promise<ConnectionItem | undefined> {
  const change: ConnectionChange = {
    set: { gone: true, expires: inSeconds(GONE_SECONDS) },
    more: 'REMOVE issues, quotes, quotesWithTrades, since, sinceCount',
    condition: { expression: 'attribute_exists(changedAt)' },
  }
  return changeConnection(connections, room, connection, change)
}

/** Returns the item of a connection; undefined if there is none. */
export function readConnection(
  connections: ConnectionsTable,
  room: string,
  connection: string,
): Promise<ConnectionItem | undefined> {
  return getItem<ConnectionItem>(connections, { room, connection })
}

/** Returns which of these connections are open. `rooms` is the number of rooms. */
export async function openConnections(
  connections: ConnectionsTable,
  ids: readonly string[],
  rooms: number,
): Promise<ReadonlySet<string>> {
  const keys = ids.map(connection => ({ room: roomOf(connection, rooms), connection }))
  const items = await getItems<ConnectionItem>(connections, keys)
  return new Set(items.filter(({ gone }) => !gone).map(({ connection }) => connection))
}

export interface ConnectionChange {
  /** Attributes that get a new value. `changedAt` is always set. */
  readonly set?: Partial<
    Pick<
      ConnectionItem,
      | 'gone'
      | 'expires'
      | 'pace'
      | 'asked'
      | 'askedAt'
      | 'user'
      | 'tokenExpires'
      | 'scopes'
      | 'ends'
      | 'since'
      | 'sinceCount'
    >
  >
  /** Further assignments of the update expression: `since = list_append(…)`. They use the values of `condition`. */
  readonly assign?: readonly string[]
  /** Further clauses of the update expression: ADD, DELETE, REMOVE. They use the names and values of `condition`. */
  readonly more?: string
  readonly condition: Condition
}

/**
 * Changes the item of a connection together with its `changedAt`. A write that took too long is repeated with a new
 * `changedAt`: readers of changes may already have read past the old value.
 * @returns the new item; undefined if the condition does not hold.
 * @throws DeadlineError if no write was fast enough.
 */
export function changeConnection(
  connections: ConnectionsTable,
  room: string,
  connection: string,
  { set = {}, assign = [], more = '', condition }: ConnectionChange,
): Promise<ConnectionItem | undefined> {
  const attributes = ['changedAt', ...Object.keys(set)]
  // Some names are reserved words of DynamoDB: `user`.
  const setNames = Object.fromEntries(attributes.map(name => [`#${name}`, name]))
  const assignments = attributes.map(name => `#${name} = :${name}`)
  const update = `SET ${[...assignments, ...assign].join(', ')} ${more}`
  const setValues = Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value]))
  const deadline = addMillis(nowMillis(), CHANGE_LIMIT_MS)
  const expected = `a write of connection ${connection} in at most ${WRITE_WITHIN_MS} ms`
  return retryUntil({ deadline, expected, isRetryable: () => false }, async () => {
    const changedAt = Date.now()
    const withValues = {
      ...condition,
      names: { ...condition.names, ...setNames },
      values: { ...condition.values, ...setValues, ':changedAt': changedAt },
    }
    const item = await updateIf(connections, { room, connection }, update, withValues)
    const took = Date.now() - changedAt
    return item === undefined || took <= WRITE_WITHIN_MS ? item : new TryAgain(`a write of ${took} ms`)
  })
}

/**
 * Returns the connections of a room, including those that have gone.
 * @param since returns only items that changed at or after this time (epoch ms); all items if undefined.
 */
export async function readRoom(
  { client, table }: ConnectionsTable,
  room: string,
  since?: EpochMillis,
): Promise<ConnectionItem[]> {
  const query: QueryCommandInput = {
    TableName: table,
    ConsistentRead: true,
    ExpressionAttributeNames: { '#room': 'room' },
    KeyConditionExpression: '#room = :room',
    ExpressionAttributeValues: { ':room': room },
  }
  if (since !== undefined) {
    query.IndexName = CHANGES_INDEX
    query.KeyConditionExpression += ' AND changedAt >= :since'
    query.ExpressionAttributeValues = { ':room': room, ':since': since }
  }
  const items: ConnectionItem[] = []
  for await (const { Items = [] } of paginateQuery({ client }, query))
    items.push(...(Items as ConnectionItem[]))
  return items
}

function inSeconds(seconds: Seconds): EpochSeconds {
  return asEpochSeconds(Math.floor(Date.now() / 1000) + seconds)
}
