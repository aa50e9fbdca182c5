/** Events in the boards table, which knows what is new. */
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../../market/clock.ts'
import type { EventOf, MarketEvent } from '../../market/market-event.ts'
import type { AppEvent } from '../../market/protocol.ts'
import { type BoardsTable, NEWS_ID, PHASE_ID } from '../../tables/boards/boards-table.ts'
import { createLineStates } from './line-states.ts'
import { storeMaster } from './master-writer.ts'

/** News kept for those who ask. */
const NEWS_KEPT = 20

export interface EventStore {
  /**
   * Stores an event that the table does not know yet.
   * @returns what apps are to be told; undefined where they know it, or know something newer: every line says the
   * phase, and lines repeat.
   */
  store(event: MarketEvent): Promise<AppEvent | undefined>
  /** Lines that have gone silent: apps are to be told so. */
  silentLines(): Promise<AppEvent[]>
  /** What apps are told of an event that the table did not take, as far as this environment knows. */
  unstored(event: MarketEvent): AppEvent | undefined
}

export function createEventStore(boards: BoardsTable, clock: Clock): EventStore {
  const lines = createLineStates(boards, clock)
  return {
    async store(event) {
      switch (event.type) {
        case 'issues':
          return storeMaster(boards, event)
        case 'phase':
          return (await putPhase(boards, event)) ? event : undefined
        case 'line':
          return lines.hear(event)
        case 'news':
          return (await addNews(boards, event)) ? event : undefined
      }
    },
    silentLines: lines.silent,
    unstored(event) {
      if (event.type === 'issues' || (event.type === 'line' && lines.isKnown(event))) return undefined
      return event
    },
  }
}

/** @returns whether it is new. Its time is ISO 8601 with the Tokyo offset, which orders as text. */
async function putPhase({ client, table }: BoardsTable, event: EventOf<'phase'>): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: { id: { S: PHASE_ID }, since: { S: event.time }, event: { S: JSON.stringify(event) } },
        ConditionExpression:
          'attribute_not_exists(id) OR since < :since OR (since = :since AND event <> :event)',
        ExpressionAttributeValues: { ':since': { S: event.time }, ':event': { S: JSON.stringify(event) } },
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

/** Lines share the list, so it is only written over the list that was read. @returns whether it is new. */
async function addNews({ client, table }: BoardsTable, event: EventOf<'news'>): Promise<boolean> {
  const Key = { id: { S: NEWS_ID } }
  for (;;) {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))
    const before = Item?.events?.S
    const known = JSON.parse(before ?? '[]') as EventOf<'news'>[]
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
