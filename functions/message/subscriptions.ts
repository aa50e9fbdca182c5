/** The issues that a connection holds. */
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { MAX_ISSUES_PER_CONNECTION } from '../../market/protocol.ts'
import type { ConnectionsTable } from '../../tables/connections/connections-table.ts'

/** A connection would hold more issues than it may. */
export class TooManyIssues extends Error {
  override readonly name = 'TooManyIssues'
}

/** The connection is not in the table: it has gone, or never was. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected'
}

/**
 * A write must be visible this soon (ms) after the time it carries: half of what broadcast looks back, so that the
 * other half is left for clocks that differ.
 */
const WRITE_WITHIN_MS = 1_000

const PRESENT = 'attribute_exists(changedAt) AND attribute_not_exists(gone)'

/**
 * Adds issues to what a connection holds.
 * @throws TooManyIssues if that is more than {@link MAX_ISSUES_PER_CONNECTION}; then nothing is added.
 * @throws NotConnected
 */
export async function addIssues(
  table: ConnectionsTable,
  room: string,
  connection: string,
  issues: readonly string[],
): Promise<void> {
  if (await tryAdd(table, room, connection, issues, issues.length)) return
  const held = await heldIssues(table, room, connection)
  const added = issues.filter(issue => !held.has(issue))
  if (await tryAdd(table, room, connection, issues, added.length)) return
  throw new TooManyIssues(
    `a connection may hold ${MAX_ISSUES_PER_CONNECTION} issues: it holds ${held.size}, ${added.length} more were asked for`,
  )
}

/** Takes issues from what a connection holds. @throws NotConnected */
export async function removeIssues(
  table: ConnectionsTable,
  room: string,
  connection: string,
  issues: readonly string[],
): Promise<void> {
  const done = await update(table, room, connection, {
    UpdateExpression: 'SET changedAt = :now DELETE issues :issues',
    ConditionExpression: PRESENT,
    ExpressionAttributeValues: { ':issues': { SS: [...issues] } },
  })
  if (!done) throw new NotConnected(`connection ${connection} is not there`)
}

/** The issues that a connection holds. @throws NotConnected */
export async function heldIssues(
  { client, table }: ConnectionsTable,
  room: string,
  connection: string,
): Promise<ReadonlySet<string>> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: { room: { S: room }, connection: { S: connection } },
      ConsistentRead: true,
    }),
  )
  if (Item === undefined || Item.gone?.BOOL === true)
    throw new NotConnected(`connection ${connection} is not there`)
  return new Set(Item.issues?.SS)
}

/** @param growth how many of `issues` are counted as new. */
function tryAdd(
  table: ConnectionsTable,
  room: string,
  connection: string,
  issues: readonly string[],
  growth: number,
): Promise<boolean> {
  return update(table, room, connection, {
    UpdateExpression: 'SET changedAt = :now ADD issues :issues',
    ConditionExpression: `${PRESENT} AND (attribute_not_exists(issues) OR size(issues) <= :most)`,
    ExpressionAttributeValues: {
      ':issues': { SS: [...issues] },
      ':most': { N: String(MAX_ISSUES_PER_CONNECTION - growth) },
    },
  })
}

/**
 * Changes the item of a connection, with the time of the change. A write that took long is done once more, because
 * readers look for changes by that time and would pass a late one by.
 * @returns whether the condition held.
 */
async function update(
  { client, table }: ConnectionsTable,
  room: string,
  connection: string,
  input: Pick<
    UpdateItemCommandInput,
    'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'
  >,
): Promise<boolean> {
  for (;;) {
    const now = Date.now()
    try {
      await client.send(
        new UpdateItemCommand({
          ...input,
          TableName: table,
          Key: { room: { S: room }, connection: { S: connection } },
          ExpressionAttributeValues: { ...input.ExpressionAttributeValues, ':now': { N: String(now) } },
        }),
      )
      if (Date.now() - now <= WRITE_WITHIN_MS) return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw error
    }
  }
}
