/**
 * The states of the lines as apps are told them. A task says the state of its line again and again: what is known
 * already is a sign of life, and where that stays away the line is stale. The table is what all environments share.
 */
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../../market/clock.ts'
import type { EventOf } from '../../market/market-event.ts'
import { momentToIso } from '../../market/moment.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import {
  itemOf,
  LINE_NUMBERS,
  type LineItem,
  lineId,
  lineItem,
  SILENT_AFTER_MS,
  stateNow,
} from '../../tables/boards/line-item.ts'
import { getAll } from '../../tables/dynamodb.ts'

/** Signs of life of a line are written no more often than this (ms). */
const SEEN_EVERY_MS = 2_000
/**
 * A line is told as heard again this much (ms) before it counts as silent: clocks of environments differ, and one of
 * them may just have answered somebody that it is.
 */
const CLOCK_MARGIN_MS = 1_000
/** Lines that could not be looked at are looked at again after this time (ms). */
const LOOK_AGAIN_MS = 1_000

type LineEvent = EventOf<'line'>

export interface LineStates {
  /** Takes what a task says of its line. @returns what apps are to be told, if anything. */
  hear(event: LineEvent): Promise<LineEvent | undefined>
  /** Lines that have gone silent since they were last looked at: apps are to be told so, and nobody else tells them. */
  silent(): Promise<LineEvent[]>
  /** Whether this is what the line has said before, as far as this environment knows. */
  isKnown(event: LineEvent): boolean
}

export function createLineStates({ client, table }: BoardsTable, clock: Clock): LineStates {
  /** What was heard of a line, and when it is in the table (epoch ms). */
  const known = new Map<number, { readonly text: string; readonly at: number }>()
  /** When a line may be silent at the earliest (epoch ms). */
  const lookAt = new Map<number, number>()

  const read = async (line: number): Promise<LineItem | undefined> => {
    const Key = { id: { S: lineId(line) } }
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))
    return lineItem(Item)
  }

  /** @returns whether nobody has written since `before` was read. */
  const replace = async (
    before: LineItem | undefined,
    after: Omit<LineItem, 'version'>,
  ): Promise<boolean> => {
    const version = before?.version ?? 0
    try {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: itemOf({ ...after, version: version + 1 }),
          ConditionExpression: 'attribute_not_exists(version) OR version = :version',
          ExpressionAttributeValues: { ':version': { N: String(version) } },
        }),
      )
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw error
    }
  }

  return {
    async hear(event) {
      const { line } = event
      const text = JSON.stringify(event)
      for (;;) {
        const now = Date.now()
        const last = known.get(line)
        if (last?.text === text && now - last.at < SEEN_EVERY_MS) return undefined
        const before = await read(line)
        if (before !== undefined && event.since < before.own.since) return undefined
        const moment = clock.now()
        const heard = momentToIso(moment)
        const told = toTell(event, before, now, heard)
        if (!(await replace(before, { own: event, told: told ?? before?.told ?? event, seen: now, heard })))
          continue
        known.set(line, { text, at: now })
        lookAt.set(line, now + SILENT_AFTER_MS)
        return told
      }
    },
    async silent() {
      const now = Date.now()
      const due = LINE_NUMBERS.filter(line => (lookAt.get(line) ?? 0) < now)
      if (due.length === 0) return []
      const keys = due.map(line => ({ id: { S: lineId(line) } }))
      for (const line of due) lookAt.set(line, now + LOOK_AGAIN_MS)
      const items = await getAll({ client, table }, keys)
      for (const line of due) lookAt.set(line, now + SILENT_AFTER_MS)
      const found: LineEvent[] = []
      for (const each of items) {
        const item = lineItem(each)
        if (item === undefined || item.told.state === 'stale') continue
        const told = stateNow(item, now)
        if (told === item.told) lookAt.set(told.line, item.seen + SILENT_AFTER_MS)
        else if (await replace(item, { ...item, told })) found.push(told)
      }
      return found
    },
    isKnown: event => known.get(event.line)?.text === JSON.stringify(event),
  }
}

/**
 * What apps are told of `event`, which is not older than what the line said before.
 * @returns undefined where they know it.
 */
function toTell(
  event: LineEvent,
  before: LineItem | undefined,
  now: number,
  heard: string,
): LineEvent | undefined {
  if (before === undefined) return event
  const { own, told, seen } = before
  const wasSilent =
    (told.state === 'stale' && own.state !== 'stale') || now - seen > SILENT_AFTER_MS - CLOCK_MARGIN_MS
  const isRepeat = JSON.stringify(own) === JSON.stringify(event)
  if (isRepeat && (!wasSilent || event.state === 'stale')) return undefined
  if (event.since > told.since && event.since > before.heard) return event
  // A process that goes on after a silence says what it said before: for apps it begins anew.
  const since = wasSilent ? heard : told.since
  return { ...event, since: since > event.since ? since : event.since }
}
