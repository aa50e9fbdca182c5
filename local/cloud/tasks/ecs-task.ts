/** One task: the container's program as a process of this machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SMALL_PROCESS_FLAGS, SMALL_PROCESS_VARIABLES } from '../small-process.ts'

export interface HealthCheck {
  readonly command: readonly string[]
  readonly intervalSeconds: number
  /** A check that takes longer has failed. */
  readonly timeoutSeconds: number
  /** Checks that must fail in a row. */
  readonly retries: number
  /** Failures count from then on. */
  readonly startPeriodSeconds: number
}

export interface TaskDefinition {
  /** Folder of the image's asset, in place of the container's working directory. */
  readonly folder: string
  readonly command: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeoutSeconds: number
  readonly healthCheck?: HealthCheck
}

export interface Task {
  readonly ended: Promise<void>
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL after the stop timeout. */
  stop(): Promise<void>
}

const GUARD = fileURLToPath(new URL('./task-guard.mjs', import.meta.url))

const isNode = (program: string): boolean => program === 'node' || program.endsWith('/node')

/** The image's Node.js is this one; anything else must be on the path. */
export function programPath(program: string): string {
  return isNode(program) ? process.execPath : program
}

export function startTask(definition: TaskDefinition, log: (text: string | Uint8Array) => void): Task {
  const { folder, command, variables, stopTimeoutSeconds } = definition
  const [program = '', ...programArguments] = command
  const child: ChildProcess = spawn(
    programPath(program),
    isNode(program) ? [...SMALL_PROCESS_FLAGS, '--import', GUARD, ...programArguments] : programArguments,
    // A group of its own: Ctrl-C in the terminal is for whoever started the cloud, which then asks its tasks to end.
    {
      cwd: folder,
      env: { ...SMALL_PROCESS_VARIABLES, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    },
  )
  child.stdout?.on('data', log)
  child.stderr?.on('data', log)
  child.stdin?.on('error', () => {})
  const ended = new Promise<void>(resolve => {
    child.on('error', error => {
      log(`${String(error)}\n`)
      resolve()
    })
    child.on('close', (code, signal) => {
      log(`task ended: ${signal ?? `exit code ${code}`}\n`)
      resolve()
    })
  })
  return {
    ended,
    kill: signal => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutSeconds * 1000)
      await ended
      clearTimeout(timer)
    },
  }
}
