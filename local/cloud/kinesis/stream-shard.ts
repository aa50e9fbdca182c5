/** A shard: a range of hash keys, and the span of positions in which it took records. */
import { createHash } from 'node:crypto'
import type { ReadBudget } from './read-budget.ts'
import type { WriteBudget } from './write-budget.ts'

/** Hash keys are numbers of 128 bits. */
export const KEY_SPACE = 1n << 128n

export interface StreamShard {
  readonly number: number
  readonly id: string
  /** Ids of the parents: none at the stream's creation, one after a split, two after a merge. */
  readonly parents: readonly string[]
  readonly firstKey: bigint
  readonly lastKey: bigint
  /** Position after which the shard takes records. */
  readonly start: number
  /** Epoch ms. */
  readonly startedAt: number
  /** Position before which the shard took records; `undefined` while it is open. */
  end: number | undefined
  /** Epoch ms. */
  closedAt: number | undefined
  readonly writeBudget: WriteBudget
  readonly readBudget: ReadBudget
}

export type KeyRange = Pick<StreamShard, 'firstKey' | 'lastKey'>

/** Returns the hash key of a partition key: its MD5 as a number. */
export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`)
}

/** Returns whether a range contains a hash key. */
export function holds({ firstKey, lastKey }: KeyRange, key: bigint): boolean {
  return firstKey <= key && key <= lastKey
}

/** Returns `count` ranges of equal size, in the order of their keys. */
export function evenRanges(count: number): KeyRange[] {
  const borders = Array.from({ length: count + 1 }, (_, index) => (BigInt(index) * KEY_SPACE) / BigInt(count))
  return borders.slice(0, -1).map((firstKey, index) => ({ firstKey, lastKey: borders[index + 1]! - 1n }))
}

/** Returns the id of a shard by its number. Kinesis counts the shards of a stream from 0 on. */
export function shardIdOf(number: number): string {
  return `shardId-${String(number).padStart(12, '0')}`
}
