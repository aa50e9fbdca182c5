/** The connections of a user, for an operator who ends them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb'
import type { ErrorCode } from '../../market/protocol-errors.ts'
import type { Millis } from '../../market/units.ts'
import { type ConnectionItem, type ConnectionsTable, changeConnection } from './connections-table.ts'

/**
 * Time between two pages of a scan (ms). A page of 1 MB takes 128 read units (DynamoDB developer guide, eventual consistency). Ten
 * a second leave more than half of a partition's 3,000 units to broadcast, which reads its room all the time.
 */
const PAGE_PAUSE_MS: Millis = 100

/**
 * Returns the connections of a user that have not ended. It reads the whole table, so it finds them whatever other items say. A
 * connection that was stored a moment ago may be missing: read again.
 */
export async function readUserConnections(
  { client, table }: ConnectionsTable,
  user: string,
): Promise<ConnectionItem[]> {
  const found: ConnectionItem[] = []
  let start: ScanCommandOutput['LastEvaluatedKey']
  for (;;) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: '#user = :user AND attribute_not_exists(gone)',
        ExpressionAttributeNames: { '#user': 'user' },
        ExpressionAttributeValues: { ':user': user },
        ExclusiveStartKey: start,
      }),
    )
    found.push(...(Items as ConnectionItem[]))
    if (LastEvaluatedKey === undefined) return found
    start = LastEvaluatedKey
    await sleep(PAGE_PAUSE_MS)
  }
}

/** Asks broadcast to end a connection, with a reason for the app. Does nothing if the connection has ended. */
export async function askToEnd(
  connections: ConnectionsTable,
  { room, connection }: Pick<ConnectionItem, 'room' | 'connection'>,
  code: ErrorCode,
): Promise<void> {
  await changeConnection(connections, room, connection, {
    set: { ends: code },
    condition: { expression: 'attribute_exists(changedAt) AND attribute_not_exists(gone)' },
  })
}
