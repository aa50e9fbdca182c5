/** Settings of market-hours. The plan sets the number of tasks and shards in each phase. */
import * as v from 'valibot'
import { requiredText } from '../../contract/settings.ts'
import { PHASES } from '../../market/market-event.ts'

/** A stream has at most this many shards by default in Tokyo (Kinesis quotas). */
const MAX_SHARDS = 200

const targetSchema = v.object({
  /** Running tasks of each line. */
  tasks: v.picklist([0, 1]),
  /** Open shards of the stream. */
  shards: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SHARDS)),
})
/** The number of tasks and shards in a phase. */
export type Target = v.InferOutput<typeof targetSchema>

const planSchema = v.object(v.entriesFromList(PHASES, targetSchema))
/** The target of every phase. */
export type Plan = v.InferOutput<typeof planSchema>

/** A {@link Plan} as JSON text. */
export const plan = v.pipe(
  v.string('expected JSON with a target for every phase, got none'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return JSON.parse(dataset.value) as unknown
    } catch (error) {
      addIssue({ message: `expected JSON with a target for every phase, got other text: ${error}` })
      return NEVER
    }
  }),
  planSchema,
)

export const MARKET_HOURS_SETTINGS = {
  CLUSTER: requiredText,
  /** Names of the services of the ingest tasks, separated by commas. */
  SERVICES: v.pipe(
    requiredText,
    v.transform(text => text.split(',').map(service => service.trim())),
  ),
  STREAM_NAME: requiredText,
  PLAN: plan,
}
