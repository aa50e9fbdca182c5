/** A running event source mapping, which can be disabled, enabled and changed. */
import { AwsError } from '../aws-error.ts'
import { waitUntil } from '../cloud-clock.ts'
import type { MappingDefinition } from './mapping-definition.ts'
import {
  type ReadingOptions,
  type ReadingPlaces,
  type StreamReading,
  startReading,
} from './stream-reading.ts'

/** The settings that can change while a mapping runs. */
export type MappingSettings = Pick<MappingDefinition, 'batchSize' | 'windowSeconds' | 'parallelization'>

export type MappingState = 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating'

export interface Mapping {
  readonly definition: MappingDefinition
  /** ARN by which the mapping calls its function. */
  readonly functionArn: string
  readonly state: MappingState
  /** Market time of the last change, µs. */
  readonly changedAt: number
  /**
   * Begins a change. A disabled mapping stops after its current batches, and goes on there when it is enabled again.
   * @throws AwsError ResourceInUseException during an earlier change.
   */
  update(settings: Partial<MappingSettings>, enabled?: boolean): void
  close(): Promise<void>
}

export interface MappingOptions extends Omit<ReadingOptions, 'signal'> {
  readonly enabled: boolean
}

/** Market time that a change takes, in addition to the current batches. Lambda does not document its own. */
const CHANGE_SECONDS = 10

/** Starts reading from the mapping's starting position, if the mapping is enabled. */
export function startMapping(options: MappingOptions): Mapping {
  const { clock, enabled } = options
  const closing = new AbortController()
  const places: ReadingPlaces = { hasStarted: false, finished: new Set(), checkpoints: new Map() }
  let definition = options.mapping
  let changedAt = clock.now()
  let state: MappingState = enabled ? 'Enabled' : 'Disabled'
  const start = (): StreamReading =>
    startReading({ ...options, mapping: definition, signal: closing.signal }, places)
  let reading = enabled ? start() : undefined
  let changing = Promise.resolve()

  const change = async (next: MappingDefinition, isEnabled: boolean): Promise<void> => {
    await reading?.stop()
    reading = undefined
    definition = next
    await waitUntil(clock, clock.now() + CHANGE_SECONDS * 1_000_000, closing.signal)
    if (closing.signal.aborted) return
    if (isEnabled) reading = start()
    state = isEnabled ? 'Enabled' : 'Disabled'
  }
  return {
    get definition() {
      return definition
    },
    functionArn: options.target.definition.arn,
    get state() {
      return state
    },
    get changedAt() {
      return changedAt
    },
    update(settings, isEnabled = state === 'Enabled') {
      if (state !== 'Enabled' && state !== 'Disabled') {
        throw new AwsError(
          400,
          'ResourceInUseException',
          `Cannot update the event source mapping because it is in use (${state}).`,
          { details: { Type: 'User' } },
        )
      }
      const wasEnabled = state === 'Enabled'
      changedAt = clock.now()
      state = isEnabled ? (wasEnabled ? 'Updating' : 'Enabling') : wasEnabled ? 'Disabling' : 'Updating'
      changing = change({ ...definition, ...settings }, isEnabled)
    },
    async close() {
      closing.abort()
      await Promise.all([changing, reading?.stop()])
    },
  }
}
