/** Writes the issue master part by part. A line's list is new as soon as its last missing part is stored. */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import type { EventOf } from '../../market/market-event.ts'
import { isoDate } from '../../market/moment.ts'
import type { IssuesEvent } from '../../market/protocol.ts'
import {
  type MasterHeadItem,
  type MasterPartItem,
  masterHeadId,
  masterPartIds,
} from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { type MasterHead, masterHeadOf } from '../../tables/boards/master-list.ts'
import { getItem, getItems, putIf, putItem, unchanged, WRITES_PER_REQUEST } from '../../tables/dynamodb.ts'

const deflate = promisify(deflateRaw)

/**
 * Stores a part of a line's master. If all parts are there, also replaces the line's head and deletes the parts of the
 * old list. Ignores a list that is older than the stored list.
 * @returns the event that apps are to be sent if the list has changed.
 */
export async function storeMaster(
  boards: BoardsTable,
  event: EventOf<'issues'>,
): Promise<IssuesEvent | undefined> {
  const { line, tradingDate } = event
  const beforeItem = await getItem<MasterHeadItem>(boards, { id: masterHeadId(line) })
  const before = beforeItem && masterHeadOf(beforeItem)
  if (before !== undefined && tradingDate < before.tradingDate) return undefined
  await putPart(boards, event)
  const head = await completeHead(boards, event)
  const item: MasterHeadItem | undefined = head && { id: masterHeadId(line), head: JSON.stringify(head) }
  if (head === undefined || item === undefined || item.head === beforeItem?.head) return undefined
  if (!(await putIf(boards, item, unchanged('head', beforeItem?.head)))) return undefined
  if (before !== undefined) await deleteParts(boards, before, head)
  return { type: 'issues', line, date: isoDate(tradingDate), count: head.count }
}

async function putPart(boards: BoardsTable, event: EventOf<'issues'>): Promise<void> {
  const { part, issues } = event
  await putItem(boards, {
    id: masterPartIds(event)[part]!,
    issues: await deflate(JSON.stringify(issues)),
    count: issues.length,
  })
}

/** Returns the head of all parts; undefined while a part is missing. */
async function completeHead(
  boards: BoardsTable,
  { line, tradingDate, parts }: EventOf<'issues'>,
): Promise<MasterHead | undefined> {
  const ids = masterPartIds({ line, tradingDate, parts })
  const found = await getItems<MasterPartItem>(
    boards,
    ids.map(id => ({ id })),
  )
  if (found.length < parts) return undefined
  const items = new Map(found.map(item => [item.id, item]))
  const hash = createHash('sha256')
  for (const id of ids) hash.update(items.get(id)!.issues)
  const count = found.reduce((sum, item) => sum + item.count, 0)
  return { line, tradingDate, parts, count, version: hash.digest('base64url') }
}

/** Deletes the parts of the old list that the new list does not have. */
async function deleteParts({ client, table }: BoardsTable, old: MasterHead, head: MasterHead): Promise<void> {
  const kept = new Set(masterPartIds(head))
  const deletes = masterPartIds(old)
    .filter(id => !kept.has(id))
    .map(id => ({ DeleteRequest: { Key: { id } } }))
  for (let from = 0; from < deletes.length; from += WRITES_PER_REQUEST) {
    const RequestItems = { [table]: deletes.slice(from, from + WRITES_PER_REQUEST) }
    await client.send(new BatchWriteCommand({ RequestItems }))
  }
}
