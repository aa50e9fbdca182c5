/** Writing the issue master, part by part; with the last one to come the list of a line is new. */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { EventOf } from '../../market/market-event.ts'
import { isoDate } from '../../market/moment.ts'
import type { IssuesEvent } from '../../market/protocol.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { headId, type MasterHead, masterHead, partIds } from '../../tables/boards/master-list.ts'
import { getAll, WRITES_PER_REQUEST } from '../../tables/dynamodb.ts'

const deflate = promisify(deflateRaw)

/**
 * Stores a part of a line's master, and once all are there, what tells readers so. Parts that they no longer need are
 * removed then.
 * @returns what apps are to be told when the list has become another one.
 */
export async function storeMaster(
  boards: BoardsTable,
  event: EventOf<'issues'>,
): Promise<IssuesEvent | undefined> {
  const { client, table } = boards
  const { line, tradingDate, issues } = event
  const before = await readHead(boards, line)
  if (before !== undefined && tradingDate < before.tradingDate) return undefined
  const ids = partIds(event)
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        id: { S: ids[event.part]! },
        issues: { B: await deflate(JSON.stringify(issues)) },
        count: { N: String(issues.length) },
      },
    }),
  )
  const head = await wholeHead(boards, event)
  if (head === undefined || JSON.stringify(head) === JSON.stringify(before)) return undefined
  if (!(await replaceHead(boards, before, head))) return undefined
  const kept = new Set(ids)
  const left = before === undefined ? [] : partIds(before).filter(id => !kept.has(id))
  for (let from = 0; from < left.length; from += WRITES_PER_REQUEST) {
    const requests = left
      .slice(from, from + WRITES_PER_REQUEST)
      .map(id => ({ DeleteRequest: { Key: { id: { S: id } } } }))
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }))
  }
  return { type: 'issues', line, date: isoDate(tradingDate), count: head.count }
}

async function readHead({ client, table }: BoardsTable, line: number): Promise<MasterHead | undefined> {
  const Key = { id: { S: headId(line) } }
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))
  return masterHead(Item)
}

/** The head of all parts. @returns undefined while one is missing. */
async function wholeHead(
  { client, table }: BoardsTable,
  { line, tradingDate, parts }: EventOf<'issues'>,
): Promise<MasterHead | undefined> {
  const ids = partIds({ line, tradingDate, parts })
  const keys = ids.map(id => ({ id: { S: id } }))
  const items = new Map((await getAll({ client, table }, keys)).map(item => [item.id?.S, item]))
  const hash = createHash('sha256')
  let count = 0
  for (const id of ids) {
    const item = items.get(id)
    if (item?.issues?.B === undefined) return undefined
    hash.update(item.issues.B)
    count += Number(item.count?.N)
  }
  return { line, tradingDate, parts, count, version: hash.digest('base64url') }
}

/** @returns whether nobody has written since `before` was read. */
async function replaceHead(
  { client, table }: BoardsTable,
  before: MasterHead | undefined,
  head: MasterHead,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: { id: { S: headId(head.line) }, head: { S: JSON.stringify(head) } },
        ...(before === undefined
          ? { ConditionExpression: 'attribute_not_exists(head)' }
          : {
              ConditionExpression: 'head = :before',
              ExpressionAttributeValues: { ':before': { S: JSON.stringify(before) } },
            }),
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}
