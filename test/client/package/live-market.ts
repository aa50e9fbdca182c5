/** The whole local system for the suites of the package, which run an app against it, one after the other. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline/promises'
import type { TestContext } from 'node:test'
import { type SyntheticSource, syntheticMarket } from '../../../local/local-market.ts'
import { type System, startSystem } from '../../../local/system.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate } from '../../../market/units.ts'
import { type Truth, tellTruth } from '../../system/system-truth.ts'

export type LiveSystem = System<SyntheticSource>

export function startLiveSystem(): Promise<LiveSystem> {
  return startSystem({
    market: syntheticMarket({
      issues: 12,
      rate: 60,
      seed: 12,
      speed: 1,
      tradingDate: asTradingDate(20261120),
      live: 9.5 * 3_600_000_000,
    }),
    ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
    progress: () => {},
    log: () => {},
  })
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
  stop(signal?: NodeJS.Signals): void
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
    env: { ...process.env, ITASTREAM_URL: cloud.websocketUrl, ITASTREAM_TOKEN_URL: issuer.tokenUrl },
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
    stop: (signal = 'SIGTERM') => void app.kill(signal),
  }
}
