/** An ingest task as its own process, started as its container is. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { TABLES, type Tables } from '../functions/tables.ts'
import { until } from '../until.ts'
import { STREAM, type Stream } from './ingest-stream.ts'
import { HOST, LANES, PASSWORD, USER } from './line-and-stream.ts'

export const MAIN = join(import.meta.dirname, '../../ingest-task/ingest-main.ts')

export interface TaskPlaces {
  readonly stream: Stream
  readonly tables: Pick<Tables, 'endpoint'>
  readonly line: number
  readonly port: number
  readonly clock: string
  readonly healthFile: string
}

export function taskEnvironment({
  stream,
  tables,
  line,
  port,
  clock,
  healthFile,
}: TaskPlaces): Record<string, string> {
  return {
    LINE_NUMBER: String(line),
    LINE_HOST: HOST,
    LINE_PORT: String(port),
    LINE_USER: USER,
    LINE_PASSWORD: PASSWORD,
    STREAM_NAME: STREAM,
    LANES: String(LANES),
    CONTROL_TABLE: TABLES.CONTROL_TABLE,
    HEALTH_FILE: healthFile,
    MARKET_CLOCK: clock,
    AWS_REGION: 'ap-northeast-1',
    AWS_ACCESS_KEY_ID: stream.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_KINESIS: stream.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
  }
}

interface LogLine {
  readonly message: string
  readonly epoch?: number
  readonly reason?: string
}

export interface TaskProcess {
  readonly child: ChildProcess
  /** What the task has logged, oldest first. Metrics are left out. */
  readonly log: readonly LogLine[]
  /** Waits until the task has logged a message. */
  logged(message: string): Promise<void>
  /** Resolves with the exit code when the task has ended. */
  readonly ended: Promise<number | null>
}

/** How a task is started. */
export interface TaskStart {
  /** Program, then arguments. */
  readonly command: readonly [string, ...string[]]
  /** Its folder, user and group. Default: those of the test. */
  readonly as?: Pick<SpawnOptions, 'cwd' | 'uid' | 'gid'>
  /** Variables in addition to those of the task. */
  readonly environment?: Readonly<Record<string, string>>
}

/** @param how default: from its sources. */
export function startTask(
  places: TaskPlaces,
  { command, as = {}, environment = {} }: TaskStart = { command: [process.execPath, MAIN] },
): TaskProcess {
  const [program, ...args] = command
  const env = { ...environment, ...taskEnvironment(places) }
  const child = spawn(program, args, { ...as, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const log: LogLine[] = []
  // Warnings come on standard error.
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', line => {
      const parsed = JSON.parse(line) as LogLine
      if (parsed.message !== undefined) log.push(parsed)
    })
  }
  return {
    child,
    log,
    logged: message =>
      until(() => log.some(line => line.message === message), `the log message "${message}"`),
    ended: once(child, 'close').then(([code]) => code as number | null),
  }
}
