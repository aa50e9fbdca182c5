/**
 * A ticks table in this process, for a million reads in minutes. It answers the requests of store-ticks and of the
 * price routes, and refuses every other request. The tests of the cut, and a part of the drill, use a local DynamoDB.
 */
import {
  BatchGetCommand,
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb'
import type { TicksItem, TicksKey } from '../../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'

const TABLE = 'ticks'

/** Items of one partition by their sort keys. */
interface Partition {
  readonly times: string[]
  readonly items: Map<string, TicksItem>
}

export function openMemoryTable(): TicksTable {
  const partitions = new Map<string, Partition>()

  const put = (item: TicksItem): object => {
    const { key, time } = item
    const partition = partitions.get(key) ?? { times: [], items: new Map<string, TicksItem>() }
    partitions.set(key, partition)
    if (!partition.items.has(time)) partition.times.splice(lowerBound(partition.times, time), 0, time)
    partition.items.set(time, item)
    return {}
  }
  const find = ({ key, time }: TicksKey): TicksItem | undefined => partitions.get(key)?.items.get(time)

  const send = async (command: unknown): Promise<object> => {
    if (command instanceof QueryCommand) return query(partitions, command.input)
    if (command instanceof BatchWriteCommand) {
      for (const { PutRequest } of command.input.RequestItems?.[TABLE] ?? [])
        put(PutRequest!.Item as TicksItem)
      return {}
    }
    if (command instanceof BatchGetCommand) {
      const { Keys = [] } = command.input.RequestItems?.[TABLE] ?? {}
      return { Responses: { [TABLE]: (Keys as TicksKey[]).map(find).filter(item => item !== undefined) } }
    }
    if (command instanceof PutCommand) return put(command.input.Item as TicksItem)
    throw new TypeError(`expected a request of the ticks table, got ${command?.constructor.name}`)
  }
  return { client: { send } as unknown as DynamoDBDocumentClient, table: TABLE }
}

/** Returns the first index whose text is not before `text`. */
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

const CONDITION = /^#key = :key AND #time (<=|>=|BETWEEN) (:\w+)(?: AND (:\w+))?$/

function query(partitions: ReadonlyMap<string, Partition>, input: QueryCommandInput): object {
  const { KeyConditionExpression = '', ExpressionAttributeValues: values = {}, Limit = Infinity } = input
  const match = CONDITION.exec(KeyConditionExpression)
  if (match === null || input.FilterExpression !== '#expires > :now') {
    throw new TypeError(
      `expected a Query of packs or days, got ${KeyConditionExpression}, ${input.FilterExpression}`,
    )
  }
  const value = (name: string): string => String(values[name])
  const { times, items } = partitions.get(value(':key')) ?? { times: [], items: new Map<string, TicksItem>() }
  const [, operator, first = '', second = ''] = match
  let from = 0
  let until = times.length
  if (operator === '<=') until = lowerBound(times, `${value(first)}\0`)
  else if (operator === '>=') from = lowerBound(times, value(first))
  else {
    from = lowerBound(times, value(first))
    until = lowerBound(times, `${value(second)}\0`)
  }
  const isDown = input.ScanIndexForward === false
  const start = input.ExclusiveStartKey as TicksKey | undefined
  if (start !== undefined) {
    if (isDown) until = Math.min(until, lowerBound(times, start.time))
    else from = Math.max(from, lowerBound(times, `${start.time}\0`))
  }
  const inside = times.slice(from, Math.max(from, until))
  if (isDown) inside.reverse()
  const page = inside.slice(0, Limit).map(time => items.get(time)!)
  const last = page.at(-1)
  return {
    Items: page.filter(item => item.expires > Number(values[':now'])),
    ...(last !== undefined && page.length === Limit
      ? { LastEvaluatedKey: { key: last.key, time: last.time } }
      : {}),
  }
}
