/** The standby of a line: the task that can take the lease. The holder reads the item before it hands over. */
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import { type Table, unlessRefused } from '../dynamodb.ts'
import { standbyId } from './control-keys.ts'

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface StandbyItem {
  /** Partition key: `standby#` and the line. */
  readonly id: string
  /** Id of the task. */
  readonly task: string
  /** Grows with each write of the task. */
  readonly beat: number
  /** Whether the task has proved that it works, and has kept everything that the holder may not have published. */
  readonly ready: boolean
  /** How far the task has read the line, in the line's own numbering: a holder that is silent and behind it is cut off. */
  readonly position: number
  /** When the item was written, by the clock of the task, epoch ms. For people: no task judges by it. */
  readonly at: EpochMillis
}

export type StandbyTable = Table<StandbyItem>

/** What a standby writes. */
export type Standby = Pick<StandbyItem, 'task' | 'beat' | 'ready' | 'position'>

/** Returns the standby of a line, read consistently; undefined if there never was one. */
export async function readStandby(
  { client, table }: StandbyTable,
  line: number,
  abortSignal: AbortSignal,
): Promise<Standby | undefined> {
  const get = new GetCommand({ TableName: table, Key: { id: standbyId(line) }, ConsistentRead: true })
  return (await client.send(get, { abortSignal })).Item as StandbyItem | undefined
}

/**
 * Writes that a task stands by. During a deployment a line has several standbys: a ready task replaces any other, and a task
 * that is not ready replaces only its own item.
 * @returns false if the item of another task stays.
 */
export async function writeStandby(
  { client, table }: StandbyTable,
  line: number,
  standby: Standby,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const put = new PutCommand({
    TableName: table,
    Item: { id: standbyId(line), ...standby, at: nowMillis() } satisfies StandbyItem,
    ...(standby.ready
      ? {}
      : {
          ConditionExpression: 'attribute_not_exists(task) OR task = :task',
          ExpressionAttributeValues: { ':task': standby.task },
        }),
  })
  return (await unlessRefused(client.send(put, { abortSignal }))) !== undefined
}
