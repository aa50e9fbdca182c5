/** Lanes: ordered sub-streams of a line. A lane is the unit of order and of distribution over Kinesis shards. */
import { fnv1a } from './hash.ts'

/** The lines of the feed. Each line carries a third of the issues (QUICK line). */
export const LINE_NUMBERS = [1, 2, 3] as const
export type LineNumber = (typeof LINE_NUMBERS)[number]

/** Number of lines. */
export const LINES = LINE_NUMBERS.length

/** Kinesis hash keys are 128 bits wide. */
const HASH_KEY_BITS = 128n

/** Returns the lane of an issue. */
export function laneOf(issue: string, lanes: number): number {
  return fnv1a(issue) % lanes
}

/** Returns the name of a lane. It is the partition key of the lane's records. */
export function laneName(line: number, lane: number): string {
  return `${line}-${lane}`
}

/** Returns the names of the lanes of all lines. @param lanes number of lanes of a line. */
export function laneNames(lanes: number): string[] {
  return LINE_NUMBERS.flatMap(line => Array.from({ length: lanes }, (_, lane) => laneName(line, lane)))
}

/** Returns the explicit hash key of a lane. The keys of all lanes are spread evenly, so any number of shards is balanced. */
export function laneHashKey(line: number, lane: number, lanes: number): string {
  const index = BigInt((line - 1) * lanes + lane)
  return ((index << HASH_KEY_BITS) / BigInt(LINES * lanes)).toString()
}
