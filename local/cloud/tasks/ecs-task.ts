/** A task: the container's program as a process of this machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SMALL_PROCESS_FLAGS, SMALL_PROCESS_VARIABLES } from '../small-process.ts'
import { createTaskFolders } from './task-folders.ts'

export interface HealthCheck {
  readonly command: readonly string[]
  readonly intervalSeconds: number
  /** A check that takes longer fails. */
  readonly timeoutSeconds: number
  /** Failures in a row after which the task is unhealthy. */
  readonly retries: number
  /** Failures within this time after the start do not count. */
  readonly startPeriodSeconds: number
}

export interface TaskDefinition {
  readonly arn: string
  /** Working directory: the folder of the image's asset. */
  readonly folder: string
  readonly command: readonly string[]
  /** A value that is a path inside a mount becomes a path of this machine, different for each task. */
  readonly variables: Readonly<Record<string, string>>
  /** Absolute paths of the container's file systems in memory. */
  readonly mounts: readonly string[]
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeoutSeconds: number
  /** Whether Node.js may read source maps: it keeps the whole map in memory from the first stack on, 14 MB for a map of 1 MB. */
  readonly sourceMaps: boolean
  readonly healthCheck: HealthCheck | undefined
}

export interface TaskProcess {
  /** Absent when the program did not start. */
  readonly pid: number | undefined
  /** The environment of the program and of its health check. */
  readonly variables: Readonly<Record<string, string>>
  readonly ended: Promise<void>
  kill(signal: NodeJS.Signals): void
  /** Sends SIGTERM, and SIGKILL after the stop timeout. Resolves when the task has ended. */
  stop(): Promise<void>
}

const GUARD = fileURLToPath(new URL('./task-guard.mjs', import.meta.url))

/** Counts more than NODE_OPTIONS of the image. */
const NO_SOURCE_MAPS = '--no-enable-source-maps'

const isNode = (program: string): boolean => program === 'node' || program.endsWith('/node')

/** Returns this Node.js for `node`. Any other program must be on the path. */
export function programPath(program: string): string {
  return isNode(program) ? process.execPath : program
}

export function startTask(definition: TaskDefinition, log: (text: string | Uint8Array) => void): TaskProcess {
  const { folder, command, stopTimeoutSeconds, sourceMaps } = definition
  const [program = '', ...programArguments] = command
  const folders = createTaskFolders(definition.mounts)
  const variables = Object.fromEntries(
    Object.entries(definition.variables).map(([name, value]) => [name, folders.pathOf(value)]),
  )
  const flags = [...SMALL_PROCESS_FLAGS, ...(sourceMaps ? [] : [NO_SOURCE_MAPS]), '--import', GUARD]
  const child: ChildProcess = spawn(
    programPath(program),
    isNode(program) ? [...flags, ...programArguments] : programArguments,
    // A process group of its own: Ctrl-C reaches only the starter of the cloud, which then stops the tasks.
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
  }).finally(() => folders.remove())
  return {
    pid: child.pid,
    variables,
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
