/** The connections table: who is connected, by room, and the issues each one holds. */
import {
  ConditionalCheckFailedException,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { fnv1a } from '../../market/hash.ts'
import type { Item, Table } from '../dynamodb.ts'
import { CHANGES_INDEX } from './connections-keys.ts'

export type ConnectionsTable = Table

/** One item of the table. */
export interface Connection {
  readonly id: string
  readonly issues: readonly string[]
  readonly gone: boolean
}

/** A connection lives two hours at most (API Gateway quotas); its item a little longer. */
const LIFE_SECONDS = 2 * 3600 + 600
/** A gone connection stays this long, so that everyone who reads by delta sees that it has gone. */
const GONE_SECONDS = 600

const inSeconds = (seconds: number): string => String(Math.floor(Date.now() / 1000) + seconds)

/** The room of a connection, of `rooms` in all. */
export function roomOf(connection: string, rooms: number): string {
  return roomName(fnv1a(connection) % rooms)
}

export function roomName(index: number): string {
  return `room-${index}`
}

/** Stores a connection without issues. */
export async function addConnection(
  { client, table }: ConnectionsTable,
  room: string,
  connection: string,
): Promise<void> {
  const Item = {
    room: { S: room },
    connection: { S: connection },
    changedAt: { N: String(Date.now()) },
    expires: { N: inSeconds(LIFE_SECONDS) },
  }
  await client.send(new PutItemCommand({ TableName: table, Item }))
}

/** Marks a connection as gone. One that is not in the table stays out of it. */
export async function markGone(
  { client, table }: ConnectionsTable,
  room: string,
  connection: string,
): Promise<void> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { room: { S: room }, connection: { S: connection } },
        UpdateExpression: 'SET gone = :gone, changedAt = :now, expires = :expires REMOVE issues',
        ConditionExpression: 'attribute_exists(changedAt)',
        ExpressionAttributeValues: {
          ':gone': { BOOL: true },
          ':now': { N: String(Date.now()) },
          ':expires': { N: inSeconds(GONE_SECONDS) },
        },
      }),
    )
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
}

/**
 * The connections of a room, those that have gone among them.
 * @param since only what changed at or after this time (epoch ms); all of them when absent.
 */
export async function readRoom(
  { client, table }: ConnectionsTable,
  room: string,
  since?: number,
): Promise<Connection[]> {
  const connections: Connection[] = []
  let start: Item | undefined
  do {
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        ExclusiveStartKey: start,
        ExpressionAttributeNames: { '#room': 'room' },
        ...(since === undefined
          ? {
              KeyConditionExpression: '#room = :room',
              ExpressionAttributeValues: { ':room': { S: room } },
            }
          : {
              IndexName: CHANGES_INDEX,
              KeyConditionExpression: '#room = :room AND changedAt >= :since',
              ExpressionAttributeValues: { ':room': { S: room }, ':since': { N: String(since) } },
            }),
      }),
    )
    for (const item of answer.Items ?? []) {
      const id = item.connection?.S
      if (id !== undefined)
        connections.push({ id, issues: item.issues?.SS ?? [], gone: item.gone?.BOOL ?? false })
    }
    start = answer.LastEvaluatedKey
  } while (start !== undefined)
  return connections
}
