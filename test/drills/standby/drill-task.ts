/** A task of a line: the container's program as a process, and its links to the line, the stream and the control table. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SMALL_PROCESS_FLAGS, SMALL_PROCESS_VARIABLES } from '@itastream/local-cloud/small-process'
import { LANES } from '../../../cdk/sizing.ts'
import type { EnvironmentOf } from '../../../contract/settings.ts'
import type { INGEST_SETTINGS } from '../../../ingest-task/ingest-config.ts'
import { HOST, PASSWORD, USER } from '../../ingest-task/line-and-stream.ts'
import { CONTROL_TABLE } from './drill-control.ts'
import { type Link, openLink } from './link.ts'
import { LINE } from './opening-record.ts'
import { STREAM } from './watched-stream.ts'

const WRONG_CLOCK = fileURLToPath(new URL('wrong-clock.mjs', import.meta.url))
/** Log lines that are kept for a failure. */
const KEPT_LINES = 60
/** A task that does not end within this time of SIGTERM is killed, ms: stopTimeout of its container. */
const STOP_LIMIT_MS = 60_000

/** `deaf`: the line refuses its login. `mute`: it cannot reach the stream. `dead`: it ends at once. */
export type BadImage = 'deaf' | 'mute' | 'dead'
export const BAD_IMAGES: readonly BadImage[] = ['deaf', 'mute', 'dead']
/** What a task lacks from its start. `no line`: its image is good, and it cannot reach its line. */
export type Defect = BadImage | 'no line'

export type LinkName = 'lineA' | 'lineB' | 'stream' | 'lease'

export interface TaskPlan {
  /** Its access key id, by which the control table knows it. */
  readonly name: string
  /** Folder of the image's build context. */
  readonly image: string
  /** Folder for its files. */
  readonly folder: string
  readonly marketClock: string
  readonly ports: { readonly line: number; readonly stream: number; readonly control: number }
  /** How far the clock of its machine is ahead, ms. */
  readonly clockErrorMs: number
  readonly defect?: Defect | undefined
}

export interface DrillTask {
  readonly name: string
  readonly links: Readonly<Record<LinkName, Link>>
  /** The latest lines of its log, and how it has ended. */
  readonly log: readonly string[]
  readonly hasEnded: boolean
  readonly ended: Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Sends SIGTERM, and SIGKILL after the stop timeout of the container. */
  stop(): Promise<void>
  /** Ends the process and the links. */
  close(): Promise<void>
}

export async function startDrillTask(plan: TaskPlan): Promise<DrillTask> {
  const { name, ports } = plan
  const links = {
    lineA: await openLink(ports.line),
    lineB: await openLink(ports.line),
    stream: await openLink(ports.stream),
    lease: await openLink(ports.control),
  }
  if (plan.defect === 'mute') links.stream.cut('refuse')
  if (plan.defect === 'no line') for (const link of [links.lineA, links.lineB]) link.cut('refuse')
  const child = spawnTask(plan, links)
  const log: string[] = []
  const keep = (bytes: Buffer): void => {
    log.push(...bytes.toString().trimEnd().split('\n'))
    log.splice(0, log.length - KEPT_LINES)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  let hasEnded = false
  const ended = new Promise<void>(resolve => {
    child.on('close', (code, signal) => {
      hasEnded = true
      log.push(`${name} ended: ${signal ?? `exit code ${code}`}`)
      resolve()
    })
  })
  return {
    name,
    links,
    log,
    get hasEnded() {
      return hasEnded
    },
    ended,
    signal: signal => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      await ended
      clearTimeout(timer)
    },
    async close() {
      child.kill('SIGKILL')
      await ended
      await Promise.all(Object.values(links).map(link => link.close()))
    },
  }
}

function spawnTask(plan: TaskPlan, links: DrillTask['links']): ChildProcess {
  const { name, image, folder, marketClock, clockErrorMs, defect } = plan
  const preload = clockErrorMs === 0 ? [] : ['--import', WRONG_CLOCK]
  const program = defect === 'dead' ? ['--eval', 'process.exit(1)'] : [join(image, 'main.mjs')]
  return spawn(process.execPath, [...SMALL_PROCESS_FLAGS, ...preload, ...program], {
    cwd: image,
    env: {
      ...SMALL_PROCESS_VARIABLES,
      ...({
        LINE_NUMBER: String(LINE),
        LINE_HOST: HOST,
        LINE_PORT: String(links.lineA.port),
        LINE_HOST_B: HOST,
        LINE_PORT_B: String(links.lineB.port),
        LINE_TLS: 'off',
        LINE_CA: '',
        LINE_USER: USER,
        LINE_PASSWORD: defect === 'deaf' ? 'of another line' : PASSWORD,
        STREAM_NAME: STREAM,
        LANES: String(LANES),
        CONTROL_TABLE,
        HEALTH_FILE: join(folder, `${name}.health`),
        MARKET_CLOCK: marketClock,
      } satisfies EnvironmentOf<typeof INGEST_SETTINGS>),
      CLOCK_ERROR_MS: String(clockErrorMs),
      AWS_REGION: 'ap-northeast-1',
      AWS_ACCESS_KEY_ID: name,
      AWS_SECRET_ACCESS_KEY: 'drill',
      AWS_ENDPOINT_URL_KINESIS: `http://${HOST}:${links.stream.port}`,
      AWS_ENDPOINT_URL_DYNAMODB: `http://${HOST}:${links.lease.port}`,
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
