/** The deployed bundle of store-ticks. Each concurrent invocation has its own environment, which can be ended alone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createFunction,
  type FunctionDefinition,
  type FunctionTarget,
  type InvokeResult,
  type LocalFunction,
} from '@itastream/local-cloud/function'
import { bundleFunctions } from '../../../cdk/bundle.ts'
import { KEEP_DAYS } from '../../../cdk/sizing.ts'
import type { Tally } from '../tally.ts'

const MEMORY = 512
/** The table of the calendar's exceptions. */
export const CONTROL = 'control'
/** The write units a second of one partition (DynamoDB quotas). */
const UNITS_PER_LANE = 1_000

export interface Bundle extends Disposable {
  readonly folder: string
}

export function bundleStoreTicks(): Bundle {
  const outdir = mkdtempSync(join(tmpdir(), 'itastream-drill-'))
  const folder = bundleFunctions(['store-ticks'], outdir)['store-ticks']
  return { folder, [Symbol.dispose]: () => rmSync(outdir, { recursive: true, force: true }) }
}

export interface MortalFunction extends FunctionTarget, Pick<LocalFunction, 'stats' | 'close'> {
  /** Returns a function that ends the environment with this access key; undefined if there is none. */
  endOf(accessKeyId: string): (() => void) | undefined
}

export interface MortalOptions {
  readonly bundle: Bundle
  /** Seconds. */
  readonly timeout: number
  readonly endpoint: string
  readonly table: string
  /** Counts how invocations end. */
  readonly tally: Tally
  /** Called at the start of every invocation, with its number. */
  readonly onInvoked: (number: number) => void
}

/** An environment. It runs one invocation at a time. */
interface Environment {
  readonly keyId: string
  function: LocalFunction
  isWarm: boolean
}

const MOST_STARTS = 5
const NOTHING = JSON.stringify({ Records: [] })

export function createMortalFunction(options: MortalOptions): MortalFunction {
  const { tally, onInvoked } = options
  const environments = new Map<string, Environment>()
  const idle: Environment[] = []
  const ending: Promise<void>[] = []

  const start = (): Environment => {
    const keyId = `environment${environments.size + 1}`
    const environment = { keyId, function: createFunction(definitionOf(options, keyId)), isWarm: false }
    environments.set(keyId, environment)
    return environment
  }
  /** Loads the code. On a busy machine this may fail for lack of time, which must not cost a batch an attempt. */
  const warmUp = async (environment: Environment): Promise<void> => {
    for (let left = MOST_STARTS; !environment.isWarm; left--) {
      const { failed, payload } = await environment.function.invoke(NOTHING)
      if (failed && left === 0)
        throw new Error(`expected store-ticks to start within ${MOST_STARTS} attempts, got ${payload}`)
      environment.isWarm = !failed
    }
  }
  const stats = { invocations: 0, errors: 0, throttled: 0 }
  return {
    definition: definitionOf(options, ''),
    stats,
    async invoke(payload) {
      const environment = idle.pop() ?? start()
      stats.invocations++
      onInvoked(stats.invocations)
      try {
        await warmUp(environment)
        const result = await environment.function.invoke(payload)
        tally.count(endingOf(result))
        return result
      } finally {
        idle.push(environment)
      }
    },
    endOf(accessKeyId) {
      const environment = environments.get(accessKeyId)
      if (environment === undefined) return undefined
      return () => {
        ending.push(environment.function.close())
        environment.function = createFunction(definitionOf(options, accessKeyId))
        environment.isWarm = false
      }
    },
    async close() {
      await Promise.all([...environments.values()].map(each => each.function.close()))
      await Promise.all(ending)
    },
  }
}

function definitionOf(
  { bundle, timeout, endpoint, table }: MortalOptions,
  accessKeyId: string,
): FunctionDefinition {
  return {
    logicalId: 'StoreTicks',
    name: 'store-ticks',
    arn: 'arn:aws:lambda:ap-northeast-1:000000000000:function:store-ticks',
    folder: bundle.folder,
    handler: 'index.handler',
    memoryMegabytes: MEMORY,
    timeoutSeconds: timeout,
    reservedConcurrency: undefined,
    log: () => {},
    sourceMaps: false,
    variables: {
      AWS_REGION: 'ap-northeast-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'drill',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      TICKS_TABLE: table,
      CONTROL_TABLE: CONTROL,
      KEEP_DAYS: String(KEEP_DAYS),
      UNITS_PER_LANE: String(UNITS_PER_LANE),
      MARKET_CLOCK: 'system',
      POWERTOOLS_SERVICE_NAME: 'store-ticks',
      POWERTOOLS_METRICS_NAMESPACE: 'itastream',
    },
  }
}

/** Returns how an invocation ended, in the words of the report. */
function endingOf({ failed, payload }: InvokeResult): string {
  const answer = JSON.parse(payload) as {
    readonly errorType?: string
    readonly batchItemFailures?: readonly unknown[]
  }
  if (failed) return `invocation: ${answer.errorType}`
  return answer.batchItemFailures?.length ? 'invocation: part of the batch' : 'invocation: whole batch'
}
