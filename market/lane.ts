/** Lanes: ordered sub-streams of a line, the unit of order and of distribution over Kinesis shards. */
import { fnv1a } from './hash.ts'

/** The lines of the feed. Each line carries a third of the issues (QUICK line). */
export const LINE_NUMBERS = [1, 2, 3] as const
export type LineNumber = (typeof LINE_NUMBERS)[number]

/** Number of lines. */
export const LINES = LINE_NUMBERS.length

/** Kinesis hash keys are 128 bits wide. */
const HASH_KEY_BITS = 128n

/** The lane of a line that an issue's ticks travel in. */
export function laneOf(issue: string, lanes: number): number {
  return fnv1a(issue) % lanes
}

/** The name of a lane, which is its partition key. */
export function laneName(line: number, lane: number): string {
  return `${line}-${lane}`
}

/** The explicit hash key of a lane: all lanes of all lines stand evenly over the key space, whatever the shard count. */
export function laneHashKey(line: number, lane: number, lanes: number): string {
  const index = BigInt((line - 1) * lanes + lane)
  return ((index << HASH_KEY_BITS) / BigInt(LINES * lanes)).toString()
}
