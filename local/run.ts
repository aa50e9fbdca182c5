/** A local run for a person: start, addresses, a status once a second, and an orderly end. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountQuotas } from '@itastream/local-cloud/account-quotas'
import { RULES } from '../market/calendar/calendar.ts'
import { isoDate, isoTime, momentOf, momentToIso } from '../market/moment.ts'
import { phaseAt } from '../market/phase.ts'
import type { TradingDate } from '../market/units.ts'
import { announce } from './announce.ts'
import { collectGarbageRegularly } from './collect-garbage.ts'
import { makeDataFolder } from './data-folder.ts'
import type { Market } from './local-market.ts'
import { checkPorts } from './ports.ts'
import { type Probe, startProbe } from './probe.ts'
import { formatQuotas } from './quota-option.ts'
import { PORT_COUNT } from './start-arguments.ts'
import { formatStatus } from './status-line.ts'
import { type System, startSystem } from './system.ts'
import type { Terminal } from './terminal.ts'

/** Number of issues that the probe subscribes to. */
const PROBE_ISSUES = 20
const PARENT_CHECK_MILLISECONDS = 1_000

export interface RunOptions {
  /** First of {@link PORT_COUNT} ports. */
  readonly port: number
  /** Folder for tables and logs. Without it, tables are in memory, and there are no logs. */
  readonly data?: string
  /** Quotas of the account. Without them, those of AWS hold. */
  readonly quotas?: AccountQuotas
  /** Trading date of the archive that is played back. Absent for a synthetic market. */
  readonly replayed?: TradingDate
}

/** Returns a signal that aborts when this process is asked to end or its parent has ended. */
export function untilAsked(): AbortSignal {
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stopped.abort())
  }
  // npm does not forward every signal to its child.
  const parent = process.ppid
  setInterval(() => process.ppid === parent || stopped.abort(), PARENT_CHECK_MILLISECONDS).unref()
  return stopped.signal
}

/**
 * Checks the data folder and the ports before the start.
 * @throws DataFolderError, PortInUseError
 */
export async function prepare({ port, data }: RunOptions): Promise<void> {
  if (data !== undefined) await makeDataFolder(data)
  await checkPorts(Array.from({ length: PORT_COUNT }, (_, index) => port + index))
}

/**
 * Runs the whole system on a market until `stop`. Call {@link prepare} first.
 * @throws AssemblyError if the template cannot be synthesized.
 */
export async function run(
  market: Market,
  options: RunOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  const { port, data, quotas } = options
  collectGarbageRegularly()
  const system = await startSystem({
    market,
    ports: { web: port, websocket: port + 1, http: port + 2, issuer: port + 3 },
    progress: text => terminal.step(text),
    log: text => terminal.line(text),
    ...(data === undefined ? {} : { data }),
    ...(quotas === undefined ? {} : { quotas }),
  })
  const forget = announce(system)
  let probe: Probe | undefined
  try {
    probe = measure(system)
    await untilLive(system, terminal, stop)
    if (!stop.aborted) greet(system, terminal, options)
    await report(system, probe, terminal, stop, options)
  } finally {
    terminal.line('')
    terminal.step('Stopping: publishing what was received, closing every part')
    forget()
    probe?.close()
    await system.close()
    terminal.line('Stopped.')
  }
}

function measure(system: System): Probe {
  return startProbe({
    url: system.cloud.websocketUrl,
    token: () => system.issuer.token(),
    issues: system.issues.slice(0, PROBE_ISSUES).map(({ code }) => code),
    clock: system.clock,
    from: momentOf(system.time.tradingDate, system.time.live),
  })
}

/** Shows the progress of the replay until live begins. */
async function untilLive(system: System, terminal: Terminal, stop: AbortSignal): Promise<void> {
  const { clock, time } = system
  const clockAt = (microseconds: number): string => isoTime(time.tradingDate, microseconds).slice(11, 19)
  const replay =
    time.from === time.live
      ? `Starting at ${clockAt(time.live)}`
      : `Replaying ${clockAt(time.from)} to ${clockAt(time.live)}`
  terminal.step(replay)
  while (Date.now() < time.liveAt && !stop.aborted) {
    const now = clock.now()
    terminal.progress(`${replay}: ${momentToIso(now).slice(11, 19)}`)
    await pause(stop)
  }
}

function greet(
  { web, cloud, issuer, issues, lineLogin }: System,
  terminal: Terminal,
  { replayed, quotas }: RunOptions,
): void {
  const issue = issues[0]!
  const { host, ports, user, password } = lineLogin
  const unsupported = cloud.unsupported.map(type => type.replace('AWS::', ''))
  terminal.line(`Declared in the template, not run here: ${unsupported.join(', ')}`)
  if (replayed !== undefined) terminal.line(`What is played is ${isoDate(replayed)}, from its archive.`)
  if (quotas !== undefined) terminal.line(`Quotas of the account: ${formatQuotas(quotas)}.`)
  terminal.line(`
  Board page   ${web.url}
  WebSocket    ${cloud.websocketUrl}
  REST         ${cloud.httpUrl}

  A board twenty minutes late, for everybody (${issue.code} ${issue.name}):
    curl ${cloud.httpUrl}/v1/boards/${issue.code}

  Boards in real time, for registered users (the token lives five minutes):
    TOKEN=$(curl -s -X POST ${issuer.tokenUrl} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
    ITASTREAM_TOKEN=$TOKEN npm run -s follow -- --url ${cloud.websocketUrl} ${issue.code}
    curl -H "Authorization: Bearer $TOKEN" ${cloud.httpUrl}/v1/realtime/boards/${issue.code}

  What the exchange sends on line 1 (2 and 3: ports ${ports.slice(1).join(', ')}), ten seconds of it:
    LINE_PASSWORD=${password} npm run record -- \\
      --host ${host} --port ${ports[0]} --line 1 --user ${user} --seconds 10 --out line1.rec
    npm run -s decode -- --line line1.rec

  Fifteen minutes after the close the day is archived (Parquet):
    ${cloud.objectsFolder('ArchiveBucket')}

  The plan of market-hours next to what runs, and the task of each line that publishes:
    npm run -s ops -- status

  Ctrl-C stops everything.
`)
}

/** Shows a status line once a second until `stop`. */
async function report(
  system: System,
  probe: Probe,
  terminal: Terminal,
  stop: AbortSignal,
  { replayed, quotas }: RunOptions,
): Promise<void> {
  const { cloud, clock, lines } = system
  let [ticks, { posts, throttled }, at] = [sum(lines.stats().messages), cloud.stats(), performance.now()]
  while (!stop.aborted) {
    await pause(stop)
    const [nextTicks, stats, now] = [sum(lines.stats().messages), cloud.stats(), performance.now()]
    const seconds = (now - at) / 1000
    const moment = clock.now()
    const status = formatStatus({
      time: momentToIso(moment).slice(11, 19),
      phase: phaseAt(moment, RULES),
      speed: clock.speed(),
      ticks: Math.round((nextTicks - ticks) / seconds),
      lineStates: probe.lineStates(),
      tasks: system.tasks.state().lines,
      apps: Math.max(0, stats.connections - 1),
      posts: Math.round((stats.posts - posts) / seconds),
      refused: Math.round((stats.throttled - throttled) / seconds),
      ...(quotas === undefined ? {} : { requests: quotas.requests }),
      latency: probe.latency(),
      ...(replayed === undefined ? {} : { replayed }),
    })
    terminal.status(status)
    ;[ticks, { posts, throttled }, at] = [nextTicks, stats, now]
  }
}

/** Waits for a second, or until `stop`. */
async function pause(stop: AbortSignal): Promise<void> {
  await sleep(1000, undefined, { signal: stop }).catch(() => {})
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
