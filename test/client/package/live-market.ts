/** The whole local system for the suites of the package, which run an app against it, one after the other. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline/promises'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SyntheticSource } from '../../../local/local-market.ts'
import { type System, startSystem } from '../../../local/system.ts'
import { momentOf } from '../../../market/moment.ts'
import { marketWithHistory } from '../../system/system-market.ts'
import { type Truth, tellTruth } from '../../system/system-truth.ts'
import { until } from '../../until.ts'

export type LiveSystem = System<SyntheticSource>

const ISSUES = 12
/** Longest time until every line has sent its list of issues, on a busy machine. */
const LIST_LIMIT_MS = 120_000

/** Starts the system, and waits until it is live and lists every issue: before, no subscription is refused. */
export async function startLiveSystem(): Promise<LiveSystem> {
  const system = await startSystem({
    market: marketWithHistory({ issues: ISSUES, rate: 60, seed: 12 }),
    ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
    progress: () => {},
    log: () => {},
  })
  // The market of the time before is replayed fast. From then on it is as busy as a real one.
  await sleep(Math.max(0, system.time.liveAt - Date.now()))
  const list = `${system.cloud.httpUrl}/v1/issues?limit=${ISSUES}`
  const isListed = async (): Promise<boolean> => {
    const answer = await fetch(list)
    return answer.ok && ((await answer.json()) as { issues: unknown[] }).issues.length === ISSUES
  }
  await until(isListed, 'the list of issues', { limitMs: LIST_LIMIT_MS, pollMs: 500 })
  return system
}

/** Returns what the exchange has sent until now. */
export function truthOf({ source, clock, time }: LiveSystem): Truth {
  return tellTruth(source.exchange, clock.now() - momentOf(time.tradingDate, 0))
}

export interface RunningApp {
  /** The lines that the app prints. */
  readonly lines: AsyncIterable<string>
  /** Resolves to the exit code, null after a signal. */
  readonly exit: Promise<number | null>
  /** What the app has written to its error output. */
  errors(): string
  /** Sends SIGTERM. */
  stop(): void
}

/** Runs a program in a project. The addresses of a system are in its environment, as client/examples reads them. */
export function runApp(
  t: TestContext,
  { cloud, issuer }: LiveSystem,
  folder: string,
  args: readonly string[],
): RunningApp {
  const app = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ITASTREAM_URL: cloud.websocketUrl,
      ITASTREAM_HISTORY: `${cloud.httpUrl}/v1/realtime`,
      ITASTREAM_TOKEN_URL: issuer.tokenUrl,
    },
  })
  t.after(() => app.kill('SIGKILL'))
  let errors = ''
  app.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  return {
    errors: () => errors,
    lines: createInterface({ input: app.stdout }),
    exit: new Promise(resolve => app.once('close', code => resolve(code))),
    stop: () => void app.kill(),
  }
}
