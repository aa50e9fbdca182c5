/** A Lambda function: environments that come with concurrent invocations and stay warm, timeouts, errors. */
import { randomUUID } from 'node:crypto'
import { AwsError } from '../aws-error.ts'
import { type Environment, startEnvironment } from './environment.ts'
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
  /** Concurrency above which calls are refused; `undefined` where the function has none of its own. */
  readonly reservedConcurrency: number | undefined
  readonly log: (text: string | Uint8Array) => void
}

export interface InvokeResult {
  readonly requestId: string
  /** JSON: what the handler returned, or the error. */
  readonly payload: string
  /** Whether it is an error. */
  readonly failed: boolean
}

export interface FunctionStats {
  invocations: number
  errors: number
  throttled: number
}

export interface LocalFunction {
  readonly definition: FunctionDefinition
  readonly stats: Readonly<FunctionStats>
  /**
   * @param payload the event, JSON.
   * @throws AwsError 429 if the function's reserved concurrency is used up.
   */
  invoke(payload: string): Promise<InvokeResult>
  close(): Promise<void>
}

/**
 * Environments of a function without reserved concurrency. The machine has few cores, so more would not be faster:
 * calls beyond wait for a free one, where AWS would start a thousand.
 */
const ENVIRONMENTS = 8

/** Environments that nobody needs for so long are ended, as Lambda does. A thread with a bundle takes some 50 MB. */
const IDLE_MS = 5 * 60 * 1000

interface Idle {
  readonly environment: Environment
  /** Ends the environment. */
  readonly timer: NodeJS.Timeout
}

interface Waiting {
  resolve(environment: Environment): void
  reject(error: Error): void
}

export function createFunction(definition: FunctionDefinition): LocalFunction {
  const { name, arn, folder, handler, memoryMegabytes, timeoutSeconds, variables, log } = definition
  const limit = definition.reservedConcurrency ?? ENVIRONMENTS
  const stats: FunctionStats = { invocations: 0, errors: 0, throttled: 0 }
  const data = { folder, handler, functionName: name, functionArn: arn, memoryMegabytes }
  const all = new Set<Environment>()
  const idle: Idle[] = []
  const waiting: Waiting[] = []
  let closed = false

  const start = (): Environment => {
    const environment = startEnvironment({ data, variables, log })
    all.add(environment)
    return environment
  }

  const acquire = (): Promise<Environment> | Environment => {
    if (closed) throw new AwsError(503, 'ServiceException', `${name}: the local cloud is closing`)
    for (;;) {
      // The last one used is the warmest.
      const last = idle.pop()
      if (last === undefined) break
      clearTimeout(last.timer)
      if (last.environment.alive) return last.environment
      all.delete(last.environment)
    }
    if (all.size < limit) return start()
    if (definition.reservedConcurrency !== undefined) {
      stats.throttled++
      throw new AwsError(429, 'TooManyRequestsException', 'Rate Exceeded.')
    }
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }

  const rest = (environment: Environment): void => {
    const entry: Idle = {
      environment,
      timer: setTimeout(() => {
        idle.splice(idle.indexOf(entry), 1)
        all.delete(environment)
        void environment.close()
      }, IDLE_MS),
    }
    idle.push(entry)
  }

  const release = (environment: Environment): void => {
    const next = waiting.shift()
    if (environment.alive) {
      if (next === undefined) rest(environment)
      else next.resolve(environment)
      return
    }
    all.delete(environment)
    if (next !== undefined) next.resolve(start())
  }

  /** Runs an event; an environment that takes too long is thrown away, as its state cannot be known. */
  const runWithin = async (
    environment: Environment,
    requestId: string,
    payload: string,
  ): Promise<ResultMessage> => {
    const limitMs = timeoutSeconds * 1000
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<ResultMessage>(resolve => {
      timer = setTimeout(() => {
        const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`
        log(`${errorMessage}\n`)
        void environment.close()
        resolve({ ok: false, payload: JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage }) })
      }, limitMs)
    })
    const message = { requestId, payload, deadline: Date.now() + limitMs }
    try {
      return await Promise.race([environment.invoke(message), timeout])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    definition,
    stats,
    async invoke(payload) {
      const environment = await acquire()
      const requestId = randomUUID()
      stats.invocations++
      try {
        const { ok, payload: answer } = await runWithin(environment, requestId, payload)
        if (!ok) stats.errors++
        return { requestId, payload: answer, failed: !ok }
      } finally {
        release(environment)
      }
    },
    async close() {
      closed = true
      const error = new AwsError(503, 'ServiceException', `${name}: the local cloud is closing`)
      for (const { reject } of waiting.splice(0)) reject(error)
      for (const { timer } of idle.splice(0)) clearTimeout(timer)
      await Promise.all([...all].map(environment => environment.close()))
    },
  }
}
