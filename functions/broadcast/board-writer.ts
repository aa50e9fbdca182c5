/** Writing what is true now to the boards table. */
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { MarketEvent } from '../../market/event.ts'
import { encodePack } from '../../market/pack.ts'
import type { Tick } from '../../market/tick.ts'
import { type BoardsTable, boardId, lineId, masterId, NEWS_ID, PHASE_ID } from '../shared/boards.ts'
import { type Item, putAll } from '../shared/dynamodb.ts'

const deflate = promisify(deflateRaw)

/** News kept for those who ask. */
const NEWS_KEPT = 20
/** What the table does not take within this time (ms) goes with the next round, by then with newer boards. */
const WRITE_LIMIT_MS = 2_000

export interface BoardWriter {
  /**
   * Writes the latest ticks of a round, and those that the table did not take before.
   * @returns how many are still to be written.
   */
  write(ticks: Iterable<Tick>): Promise<number>
}

export function createBoardWriter({ client, table }: BoardsTable): BoardWriter {
  const due = new Map<string, Tick>()
  return {
    async write(ticks) {
      for (const tick of ticks) due.set(boardId(tick.board.issue), tick)
      const items: Item[] = [...due].map(([id, tick]) => ({ id: { S: id }, pack: { B: encodePack([tick]) } }))
      const left = new Set(
        (await putAll(client, table, items, Date.now() + WRITE_LIMIT_MS)).map(item => item.id?.S),
      )
      for (const id of due.keys()) if (!left.has(id)) due.delete(id)
      return due.size
    },
  }
}

/**
 * Stores an event that the table does not know yet.
 * @returns false for one it knows, or that is older than what it knows: every line says the phase, and lines repeat.
 */
export async function storeEvent(boards: BoardsTable, event: MarketEvent): Promise<boolean> {
  switch (event.type) {
    case 'issues': {
      const issues = await deflate(JSON.stringify(event.issues))
      const Item = { id: { S: masterId(event.line, event.part) }, issues: { B: issues } }
      await boards.client.send(new PutItemCommand({ TableName: boards.table, Item }))
      return false
    }
    case 'phase':
      return putNewer(boards, PHASE_ID, event.time, event)
    case 'line':
      return putNewer(boards, lineId(event.line), event.since, event)
    case 'news':
      return addNews(boards, event)
  }
}

/** @param time ISO 8601 with the Tokyo offset, which orders as text. */
async function putNewer(boards: BoardsTable, id: string, time: string, event: MarketEvent): Promise<boolean> {
  try {
    await boards.client.send(
      new PutItemCommand({
        TableName: boards.table,
        Item: { id: { S: id }, since: { S: time }, event: { S: JSON.stringify(event) } },
        ConditionExpression:
          'attribute_not_exists(id) OR since < :since OR (since = :since AND event <> :event)',
        ExpressionAttributeValues: { ':since': { S: time }, ':event': { S: JSON.stringify(event) } },
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

/** Lines share the list, so it is only written over the list that was read. */
async function addNews(boards: BoardsTable, event: MarketEvent & { type: 'news' }): Promise<boolean> {
  const { client, table } = boards
  const Key = { id: { S: NEWS_ID } }
  for (;;) {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))
    const before = Item?.events?.S
    const known = JSON.parse(before ?? '[]') as (MarketEvent & { type: 'news' })[]
    if (known.some(news => news.time === event.time && news.headline === event.headline)) return false
    const latest = [event, ...known].toSorted((a, b) => (a.time < b.time ? 1 : -1)).slice(0, NEWS_KEPT)
    if (!latest.includes(event)) return false
    try {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...Key, events: { S: JSON.stringify(latest) } },
          ...(before === undefined
            ? { ConditionExpression: 'attribute_not_exists(id)' }
            : {
                ConditionExpression: 'events = :before',
                ExpressionAttributeValues: { ':before': { S: before } },
              }),
        }),
      )
      return true
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
    }
  }
}
