/** Provisioned concurrency of a function's versions and aliases: environments that are loaded before they are called. */
import { AwsError } from '../aws-error.ts'
import type { CloudClock } from '../cloud-clock.ts'
import type { FunctionConcurrency } from './concurrency.ts'
import type { LocalFunction } from './function.ts'
import { LATEST } from './function-address.ts'

/**
 * Market time from a change until its environments are ready. "Lambda starts allocating provisioned concurrency after a
 * minute or two of preparation" (Lambda developer guide, "Configuring provisioned concurrency").
 */
const ALLOCATION_SECONDS = 60

export interface ProvisionedState {
  readonly requested: number
  /** The ready part of `requested`. */
  readonly allocated: number
  readonly status: 'IN_PROGRESS' | 'READY' | 'FAILED'
  readonly failure: string | undefined
  /** Market time of the last change, µs. */
  readonly changedAt: number
}

export interface ProvisionedConcurrency {
  /** @throws AwsError if AWS would refuse the number or the qualifier. */
  put(qualifier: string, count: number): ProvisionedState
  get(qualifier: string): ProvisionedState | undefined
  delete(qualifier: string): void
  /** Returns the states by version or alias. */
  all(): Map<string, ProvisionedState>
}

interface Config {
  readonly requested: number
  /** What was ready before the change and stays ready. */
  readonly before: number
  readonly changedAt: number
  isLoaded: boolean
  failure?: string
}

export function openProvisioned(
  fn: LocalFunction,
  concurrency: FunctionConcurrency,
  clock: CloudClock,
): ProvisionedConcurrency {
  const configs = new Map<string, Config>()

  const stateOf = ({ requested, before, changedAt, isLoaded, failure }: Config): ProvisionedState => {
    const isDue = clock.now() >= changedAt + ALLOCATION_SECONDS * 1_000_000
    const status = failure !== undefined ? 'FAILED' : isLoaded && isDue ? 'READY' : 'IN_PROGRESS'
    return { requested, allocated: status === 'READY' ? requested : before, status, failure, changedAt }
  }

  return {
    put(qualifier, count) {
      if (qualifier === LATEST) {
        throw refusal('Provisioned Concurrency Configs cannot be applied to unpublished function versions.')
      }
      const earlier = configs.get(qualifier)
      // All versions and aliases here run the same version.
      if (configs.size > 0 && earlier === undefined) {
        throw refusal(
          'Alias can not be used for Provisioned Concurrency configuration on an already Provisioned version',
        )
      }
      concurrency.provision(count)
      const before = earlier === undefined ? 0 : Math.min(stateOf(earlier).allocated, count)
      const config: Config = { requested: count, before, changedAt: clock.now(), isLoaded: false }
      configs.set(qualifier, config)
      fn.provision(count).then(
        () => {
          config.isLoaded = true
        },
        error => {
          config.failure = `FUNCTION_ERROR_INIT_FAILURE: ${String(error)}`
        },
      )
      return stateOf(config)
    },
    get(qualifier) {
      const config = configs.get(qualifier)
      return config && stateOf(config)
    },
    delete(qualifier) {
      if (!configs.delete(qualifier)) return
      concurrency.provision(0)
      void fn.provision(0)
    },
    all: () => new Map([...configs].map(([qualifier, config]) => [qualifier, stateOf(config)])),
  }
}

function refusal(message: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', message, { details: { Type: 'User' } })
}
