/** An execution environment: a thread with the function's own environment variables, memory limit and log. */
import { Worker } from 'node:worker_threads'
import type { EnvironmentData, InvokeMessage, ResultMessage } from './messages.ts'

export interface Environment {
  /** Gives the environment an event; it must have answered the one before. */
  invoke(message: InvokeMessage): Promise<ResultMessage>
  /** Whether it can take another event. */
  readonly alive: boolean
  close(): Promise<void>
}

export interface EnvironmentOptions {
  readonly data: EnvironmentData
  /** Every environment variable it sees. */
  readonly variables: Readonly<Record<string, string>>
  readonly log: (text: string | Uint8Array) => void
}

export function startEnvironment({ data, variables, log }: EnvironmentOptions): Environment {
  const worker = new Worker(new URL('./runtime.ts', import.meta.url), {
    workerData: data,
    env: { ...variables },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: data.memoryMegabytes },
  })
  worker.stdout.on('data', log)
  worker.stderr.on('data', log)

  let answer: ((result: ResultMessage) => void) | undefined
  let alive = true
  let cause = ''
  worker.on('message', (result: ResultMessage) => answer?.(result))
  worker.on('error', error => {
    cause = String(error)
    log(`${cause}\n`)
  })
  const ended = new Promise<void>(resolve => {
    worker.on('exit', code => {
      alive = false
      answer?.({
        ok: false,
        payload: JSON.stringify({
          errorType: 'Runtime.ExitError',
          errorMessage: `Runtime exited with code ${code}${cause && `: ${cause}`}`,
        }),
      })
      resolve()
    })
  })

  return {
    invoke: message =>
      new Promise(resolve => {
        answer = result => {
          answer = undefined
          resolve(result)
        }
        worker.postMessage(message)
      }),
    get alive() {
      return alive
    },
    async close() {
      alive = false
      await worker.terminate()
      await ended
    },
  }
}
