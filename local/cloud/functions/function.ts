/** A Lambda function: invocations, each in an execution environment of its own, with time-outs and errors. */
import { randomUUID } from 'node:crypto'
import { AwsError } from '../aws-error.ts'
import { type Concurrency, UNLIMITED } from './concurrency.ts'
import { type Environment, Environments } from './environments.ts'
import { LATEST } from './function-address.ts'
import { startFunctionThread } from './function-thread.ts'
import type { ResultMessage } from './messages.ts'

export interface FunctionDefinition {
  readonly logicalId: string
  readonly name: string
  readonly arn: string
  /** Folder of the code. */
  readonly folder: string
  readonly handler: string
  readonly memoryMegabytes: number
  readonly timeoutSeconds: number
  readonly variables: Readonly<Record<string, string>>
  /** `undefined` for a function that shares the concurrency of the account. */
  readonly reservedConcurrency: number | undefined
  readonly log: (text: string | Uint8Array) => void
  /** Whether stacks in the log name the lines of the sources instead of the bundle. */
  readonly sourceMaps: boolean
}

export interface InvokeResult {
  readonly requestId: string
  /** Result of the handler or the error, JSON. */
  readonly payload: string
  /** Whether `payload` is an error. */
  readonly failed: boolean
}

export interface FunctionStats {
  invocations: number
  errors: number
  throttled: number
}

export interface CalledAs {
  /** ARN by which the caller names the function. */
  readonly arn: string
  /** Version that runs: `$LATEST` or a number. */
  readonly version: string
}

export interface LocalFunction {
  readonly definition: FunctionDefinition
  readonly stats: Readonly<FunctionStats>
  /**
   * Runs the function.
   * @param payload the event, JSON.
   * @param called what the function sees of its caller's choice. Default: its ARN without a qualifier.
   * @throws AwsError 429 if the function's concurrency is used up.
   */
  invoke(payload: string, called?: CalledAs): Promise<InvokeResult>
  /**
   * Loads environments before they are called, and keeps them: those of one thread at most, because this machine has few
   * cores. 0 ends this.
   * @throws Error if the code cannot be loaded.
   */
  provision(count: number): Promise<void>
  /** Environments that {@link LocalFunction.provision} keeps loaded. */
  readonly provisioned: number
  /** Keeps idle environments. An event source mapping calls its function again soon. */
  keepWarm(): void
  /** Ends all environments at once. Invocations that run fail as after a crash; the next ones get new environments. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** What a caller of a function needs. `definition.arn` is the ARN by which the caller names the function. */
export type FunctionTarget = Pick<LocalFunction, 'definition' | 'invoke'>

/**
 * Greatest number of environments of a function. Further calls wait for a free environment, because more of them are not
 * faster on a few cores. AWS starts as many as the concurrency allows.
 */
const ENVIRONMENTS = 8

/** @param concurrency default: no limit. */
export function createFunction(
  definition: FunctionDefinition,
  concurrency: Concurrency = UNLIMITED,
): LocalFunction {
  const { name, arn, folder, handler, memoryMegabytes, timeoutSeconds, variables, log } = definition
  const { sourceMaps } = definition
  const stats: FunctionStats = { invocations: 0, errors: 0, throttled: 0 }
  const data = { folder, handler, functionName: name, memoryMegabytes, sourceMaps }
  const environments = new Environments(
    () => startFunctionThread({ data, variables, log }),
    () => Math.min(concurrency.reserved ?? ENVIRONMENTS, ENVIRONMENTS),
  )
  const closing = new AwsError(503, 'ServiceException', `${name}: the local cloud is closing`)
  let closed = false
  /** Calls that run or wait for an environment. */
  let running = 0

  /** @throws AwsError if the function takes no further call. */
  const admit = (): void => {
    if (closed) throw closing
    const refusal = concurrency.refusal(running)
    if (refusal === undefined) return
    stats.throttled++
    throw refusal
  }

  const run = async (payload: string, called: CalledAs): Promise<InvokeResult> => {
    const environment = environments.take() ?? (await environments.wait())
    const requestId = randomUUID()
    stats.invocations++
    const release = concurrency.start()
    const start = performance.now()
    const outcome = await runWithin(environment, { requestId, payload, called }, timeoutSeconds * 1000)
    release()
    environments.giveBack(environment, outcome !== 'timed out')
    log(`REPORT RequestId: ${requestId}\tDuration: ${(performance.now() - start).toFixed(2)} ms\n`)
    if (outcome !== 'timed out') {
      if (!outcome.ok) stats.errors++
      return { requestId, payload: outcome.payload, failed: !outcome.ok }
    }
    stats.errors++
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`
    log(`${errorMessage}\n`)
    const error = { errorType: 'Sandbox.Timedout', errorMessage }
    return { requestId, payload: JSON.stringify(error), failed: true }
  }

  return {
    definition,
    stats,
    async invoke(payload, called = { arn, version: LATEST }) {
      admit()
      running++
      try {
        return await run(payload, called)
      } finally {
        running--
      }
    },
    provision: count => environments.provision(count),
    get provisioned() {
      return environments.provisioned
    },
    keepWarm: () => environments.keepWarm(),
    crash: () => environments.crash(),
    async close() {
      closed = true
      await environments.close(closing)
    },
  }
}

interface Call {
  readonly requestId: string
  readonly payload: string
  readonly called: CalledAs
}

/** Gives an environment an event and waits for the result, up to a limit. */
async function runWithin(
  { thread, number }: Environment,
  { requestId, payload, called }: Call,
  limitMs: number,
): Promise<ResultMessage | 'timed out'> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timed out'>(resolve => {
    timer = setTimeout(() => resolve('timed out'), limitMs)
  })
  const invocation = thread.invoke({
    environment: number,
    requestId,
    functionArn: called.arn,
    version: called.version,
    payload,
    deadline: Date.now() + limitMs,
  })
  try {
    return await Promise.race([invocation, timeout])
  } finally {
    clearTimeout(timer)
  }
}
