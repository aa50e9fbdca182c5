/** Plans the next step from the actual number of tasks and shards to the target of a phase. */
import type { Target } from './market-hours-settings.ts'

/** One call may at most double or halve the shards of a stream (Kinesis API reference, UpdateShardCount). */
const MAX_STEP = 2

/** Tasks and shards as they are. */
export interface ResourceState {
  readonly services: readonly { readonly name: string; readonly desired: number; readonly running: number }[]
  readonly stream: { readonly shards: number; readonly active: boolean }
}

export type Move =
  | { readonly move: 'tasks'; readonly service: string; readonly from: number; readonly to: number }
  | { readonly move: 'shards'; readonly from: number; readonly to: number }

/**
 * Returns the next moves towards `target`. A service that has the target gets none. A stream gets none while it changes.
 */
export function movesTo(target: Target, { services, stream }: ResourceState): Move[] {
  const moves: Move[] = services
    .filter(service => service.desired !== target.tasks)
    .map(({ name, desired }) => ({ move: 'tasks', service: name, from: desired, to: target.tasks }))
  // Kinesis refuses a change while an earlier change is in progress.
  if (stream.active && stream.shards !== target.shards) {
    moves.push({ move: 'shards', from: stream.shards, to: stepTo(stream.shards, target.shards) })
  }
  return moves
}

/** Returns the shard count nearest to `to` that one call may set. */
export function stepTo(from: number, to: number): number {
  return Math.min(from * MAX_STEP, Math.max(Math.ceil(from / MAX_STEP), to))
}
