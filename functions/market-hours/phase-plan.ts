/** The next step from the tasks and shards that there are to those of a phase. */
import type { Target } from './market-hours-settings.ts'

/** The quota of one stream in one call: at most double, at least half (Kinesis, UpdateShardCount). */
const MAX_STEP = 2
/** What there is. */
export interface Found {
  readonly services: readonly { readonly name: string; readonly desired: number; readonly running: number }[]
  readonly stream: { readonly shards: number; readonly active: boolean }
}

export type Move =
  | { readonly move: 'tasks'; readonly service: string; readonly from: number; readonly to: number }
  | { readonly move: 'shards'; readonly from: number; readonly to: number }

/** The moves that bring what there is towards `target`; none where all is as it should be, or is already on its way. */
export function movesTo(target: Target, { services, stream }: Found): Move[] {
  const moves: Move[] = services
    .filter(service => service.desired !== target.tasks)
    .map(({ name, desired }) => ({ move: 'tasks', service: name, from: desired, to: target.tasks }))
  // A stream that is being resharded takes no other order.
  if (stream.active && stream.shards !== target.shards) {
    moves.push({ move: 'shards', from: stream.shards, to: stepTo(stream.shards, target.shards) })
  }
  return moves
}

/** The shard count nearest to `to` that one call may ask for. */
export function stepTo(from: number, to: number): number {
  return Math.min(from * MAX_STEP, Math.max(Math.ceil(from / MAX_STEP), to))
}
