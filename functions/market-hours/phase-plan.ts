/** What should be true of tasks and shards in each phase, and the next step towards it. */
import * as v from 'valibot'
import { PHASES } from '../../market/market-event.ts'

/** The quota of one stream in one call: at most double, at least half (Kinesis, UpdateShardCount). */
const MAX_STEP = 2
/** A stream has at most this many shards by default in Tokyo (Kinesis quotas). */
const MAX_SHARDS = 200

const targetSchema = v.object({
  /** Running tasks a line. */
  tasks: v.picklist([0, 1]),
  /** Open shards of the stream. */
  shards: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SHARDS)),
})
export type Target = v.InferOutput<typeof targetSchema>

const planSchema = v.object(v.entriesFromList(PHASES, targetSchema))
export type Plan = v.InferOutput<typeof planSchema>

/** The setting PLAN: JSON text with a target for every phase. */
export const plan = v.pipe(
  v.string('expected JSON with a target for every phase, got none'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return JSON.parse(dataset.value) as unknown
    } catch (error) {
      addIssue({ message: `expected JSON with a target for every phase, got text that is none: ${error}` })
      return NEVER
    }
  }),
  planSchema,
)

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
