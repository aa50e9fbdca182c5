/** The thread in which all execution environments of a function live, with its variables, memory limit and log. */
import { Worker } from 'node:worker_threads'
import type { InvokeMessage, LoadMessage, ResultMessage, ThreadData } from './messages.ts'

export interface FunctionThread {
  /** Gives an environment an event. The environment must have answered the event before. */
  invoke(message: InvokeMessage): Promise<ResultMessage>
  /** Loads the code of an environment that has had no event yet. */
  load(environment: number): Promise<ResultMessage>
  /** Whether the thread can take another event. */
  readonly alive: boolean
  close(): Promise<void>
}

export interface ThreadOptions {
  readonly data: ThreadData
  /** Every environment variable that the function sees. */
  readonly variables: Readonly<Record<string, string>>
  readonly log: (text: string | Uint8Array) => void
}

export function startFunctionThread({ data, variables, log }: ThreadOptions): FunctionThread {
  const worker = new Worker(new URL('./runtime.mjs', import.meta.url), {
    workerData: data,
    env: { ...variables },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: data.memoryMegabytes },
  })
  worker.stdout.on('data', log)
  worker.stderr.on('data', log)

  /** The invocations that run, by environment. */
  const running = new Map<number, (result: ResultMessage) => void>()
  let alive = true
  let cause = ''
  const answer = (result: ResultMessage): void => {
    const resolve = running.get(result.environment)
    running.delete(result.environment)
    resolve?.(result)
  }
  worker.on('message', answer)
  worker.on('error', error => {
    cause = String(error)
    log(`${cause}\n`)
  })
  const ended = new Promise<void>(resolve => {
    worker.on('exit', code => {
      alive = false
      const errorMessage = `Runtime exited with code ${code}${cause && `: ${cause}`}`
      const payload = JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage })
      for (const environment of running.keys()) answer({ environment, ok: false, payload })
      resolve()
    })
  })

  const send = (message: InvokeMessage | LoadMessage): Promise<ResultMessage> =>
    new Promise(resolve => {
      running.set(message.environment, resolve)
      worker.postMessage(message)
    })
  return {
    invoke: send,
    load: environment => send({ environment }),
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
