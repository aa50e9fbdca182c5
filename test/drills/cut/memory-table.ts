/**
 * A table of ticks in this process, for a million reads in minutes: it answers what store-ticks and the price routes
 * ask, and refuses all else. A part of the drill, and the tests of the cut, ask a real stand-in over HTTP.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb'
import { EXPIRES, KEY, TIME } from '../../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'

type Item = Record<string, AttributeValue>

const TABLE = 'ticks'

/** Items of one partition by their sort keys. */
interface Partition {
  readonly times: string[]
  readonly items: Map<string, Item>
}

export function openMemoryTable(): TicksTable {
  const partitions = new Map<string, Partition>()

  const put = (item: Item): object => {
    const key = textOf(item, KEY)
    const time = textOf(item, TIME)
    const partition = partitions.get(key) ?? { times: [], items: new Map<string, Item>() }
    partitions.set(key, partition)
    if (!partition.items.has(time)) partition.times.splice(lowerBound(partition.times, time), 0, time)
    partition.items.set(time, item)
    return {}
  }
  const find = (key: Item): Item | undefined => partitions.get(textOf(key, KEY))?.items.get(textOf(key, TIME))

  const send = async (command: unknown): Promise<object> => {
    if (command instanceof QueryCommand) return query(partitions, command.input)
    if (command instanceof BatchWriteItemCommand) {
      for (const { PutRequest } of command.input.RequestItems?.[TABLE] ?? []) put(PutRequest!.Item!)
      return {}
    }
    if (command instanceof BatchGetItemCommand) {
      const { Keys = [] } = command.input.RequestItems?.[TABLE] ?? {}
      return { Responses: { [TABLE]: Keys.map(find).filter(item => item !== undefined) } }
    }
    if (command instanceof PutItemCommand) return put(command.input.Item!)
    throw new TypeError(`expected a request of the ticks table, got ${command?.constructor.name}`)
  }
  return { client: { send } as unknown as DynamoDBClient, table: TABLE }
}

function textOf(item: Item, name: string): string {
  const text = item[name]?.S
  if (text === undefined) throw new TypeError(`expected an item with ${name}, got ${Object.keys(item)}`)
  return text
}

/** The first index whose text is not before `text`. */
function lowerBound(texts: readonly string[], text: string): number {
  let low = 0
  let high = texts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (texts[middle]! < text) low = middle + 1
    else high = middle
  }
  return low
}

const CONDITION = /^#key = :key AND #time (<=|BETWEEN) (:\w+)(?: AND (:\w+))?$/

function query(partitions: ReadonlyMap<string, Partition>, input: QueryCommandInput): object {
  const { KeyConditionExpression = '', ExpressionAttributeValues: values = {}, Limit = Infinity } = input
  const match = CONDITION.exec(KeyConditionExpression)
  if (match === null || input.FilterExpression !== '#expires > :now') {
    throw new TypeError(
      `expected a Query of packs or days, got ${KeyConditionExpression}, ${input.FilterExpression}`,
    )
  }
  const value = (name: string): string => textOf(values, name)
  const { times, items } = partitions.get(value(':key')) ?? { times: [], items: new Map<string, Item>() }
  const [, operator, first = '', second = ''] = match
  let from = 0
  let until = times.length
  if (operator === '<=') until = lowerBound(times, `${value(first)}\0`)
  else {
    from = lowerBound(times, value(first))
    until = lowerBound(times, `${value(second)}\0`)
  }
  const isDown = input.ScanIndexForward === false
  const start = input.ExclusiveStartKey
  if (start !== undefined) {
    if (isDown) until = Math.min(until, lowerBound(times, textOf(start, TIME)))
    else from = Math.max(from, lowerBound(times, `${textOf(start, TIME)}\0`))
  }
  const inside = times.slice(from, Math.max(from, until))
  if (isDown) inside.reverse()
  const page = inside.slice(0, Limit).map(time => items.get(time)!)
  const last = page.at(-1)
  return {
    Items: page.filter(item => Number(item[EXPIRES]?.N) > Number(values[':now']?.N)),
    ...(last !== undefined && page.length === Limit
      ? { LastEvaluatedKey: { [KEY]: last[KEY], [TIME]: last[TIME] } }
      : {}),
  }
}
