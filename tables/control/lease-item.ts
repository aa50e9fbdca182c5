/**
 * The lease of a line: which of its tasks publishes. Every change is a conditional write, so two tasks never hold one epoch.
 * A reader judges by `beat` alone whether the holder still renews; clocks of tasks are never compared.
 */
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { EpochMillis, TradingDate } from '../../market/units.ts'
import { type Condition, type Table, unlessRefused } from '../dynamodb.ts'
import { leaseId } from './control-keys.ts'

/** The item. Stored tables outlive code: an attribute keeps its name, type and meaning. */
export interface LeaseItem {
  /** Partition key: `lease#` and the line. */
  readonly id: string
  /** Id of the task that holds the lease. */
  readonly task: string
  /** The epoch of the holder's envelopes. It grows with each new holder. */
  readonly epoch: EpochMillis
  /** Grows with each renewal of an epoch, from 0. */
  readonly beat: number
  /** True after the holder has ended in good order: its `published` is final. Absent before. */
  readonly released?: boolean
  /** Whether the line of the holder is live and its boards are whole. Absent before the first renewal of an epoch. */
  readonly works?: boolean
  /** JSON of a {@link PublishedPlace}: what the holder has certainly put into the stream. Absent before its first renewal. */
  readonly published?: string
  /** When the item was written, by the clock of its holder, epoch ms. For people: no task judges by it. */
  readonly at: EpochMillis
}

export type LeaseTable = Table<LeaseItem>

/** The last envelope of a lane that is in the stream, and its last tick. */
export interface LanePlace {
  readonly epoch: EpochMillis
  readonly counter: number
  /** Messages of the lane's issues up to this counter are published; 0 without any message. */
  readonly sequence: number
}

/** How far a line is published. */
export interface PublishedPlace {
  readonly tradingDate: TradingDate
  /** Position of the line, in its own numbering, up to which everything is published. */
  readonly position: number
  /** All messages up to this counter are published. */
  readonly reached: number
  /** By lane number. */
  readonly lanes: readonly LanePlace[]
  /** Messages of the trading date that are lost for good. Absent if none are lost. */
  readonly lost?: number
}

/** A lease as a task reads it. */
export interface Lease {
  readonly task: string
  readonly epoch: EpochMillis
  readonly beat: number
  readonly released: boolean
  /** Whether the holder works, by its latest renewal. False before its first. */
  readonly works: boolean
  readonly published: PublishedPlace | undefined
}

/** What a holder writes with each renewal. */
export interface Renewal {
  readonly task: string
  readonly epoch: EpochMillis
  readonly beat: number
  readonly published: PublishedPlace | undefined
  /** Whether the line of the holder is live and its boards are whole. */
  readonly works: boolean
  /** Whether the holder ends with this write. */
  readonly released: boolean
}

/** Returns the lease of a line, read consistently; undefined if no task has ever held it. */
export async function readLease(
  { client, table }: LeaseTable,
  line: number,
  abortSignal: AbortSignal,
): Promise<Lease | undefined> {
  const get = new GetCommand({ TableName: table, Key: { id: leaseId(line) }, ConsistentRead: true })
  const item = (await client.send(get, { abortSignal })).Item as LeaseItem | undefined
  if (item === undefined) return undefined
  const { task, epoch, beat, released = false, works = false, published } = item
  return {
    task,
    epoch,
    beat,
    released,
    works,
    published: published === undefined ? undefined : JSON.parse(published),
  }
}

/**
 * Takes the lease of a line for a task, with the first beat of a new epoch. The published place stays until the first renewal.
 * @param seen the lease as the task has read it: the lease is taken only if it has not changed since.
 * @returns false, without a change, if it has.
 */
export function takeLease(
  table: LeaseTable,
  line: number,
  { task, epoch }: Pick<LeaseItem, 'task' | 'epoch'>,
  seen: Pick<LeaseItem, 'epoch' | 'beat'> | undefined,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const condition: Condition =
    seen === undefined
      ? { expression: 'attribute_not_exists(epoch)' }
      : {
          expression: 'epoch = :seenEpoch AND beat = :seenBeat',
          values: { ':seenEpoch': seen.epoch, ':seenBeat': seen.beat },
        }
  const values = { ':task': task, ':epoch': epoch, ':beat': 0 }
  return write(
    table,
    line,
    'task = :task, epoch = :epoch, beat = :beat',
    'REMOVE released, works',
    values,
    condition,
    abortSignal,
  )
}

/**
 * Renews the lease of a line, or releases it. A renewal whose answer was lost may be repeated.
 * @returns false, without a change, if another task or another epoch holds the lease.
 */
export function renewLease(
  table: LeaseTable,
  line: number,
  { task, epoch, beat, published, works, released }: Renewal,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const isKnown = published !== undefined
  const values = {
    ':beat': beat,
    ':works': works,
    ...(isKnown ? { ':published': JSON.stringify(published) } : {}),
    ...(released ? { ':released': true } : {}),
  }
  const set = `beat = :beat, works = :works${isKnown ? ', published = :published' : ''}${released ? ', released = :released' : ''}`
  const condition = {
    expression: 'task = :task AND epoch = :epoch',
    values: { ':task': task, ':epoch': epoch },
  }
  return write(table, line, set, '', values, condition, abortSignal)
}

/** Updates the item of a lease. Returns false, without a change, if the condition does not hold. */
async function write(
  { client, table }: LeaseTable,
  line: number,
  set: string,
  more: string,
  values: Readonly<Record<string, unknown>>,
  condition: Condition,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const update = new UpdateCommand({
    TableName: table,
    Key: { id: leaseId(line) },
    UpdateExpression: `SET ${set}, #at = :at ${more}`,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ...values, ...condition.values, ':at': Date.now() },
  })
  return (await unlessRefused(client.send(update, { abortSignal }))) !== undefined
}
