/** The drill of clients: calm phases and faults in turn, on one running system. */
import { setTimeout as sleep } from 'node:timers/promises'
import { usageOfTree } from '../../../bench/local/process-tree.ts'
import { timeOfDay } from '../../../market/moment.ts'
import type { Millis } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { randomOf } from '../seed.ts'
import { type ClientFault, FAULTS, type FaultName } from './client-faults.ts'
import { type CrowdChild, startCrowdChild } from './crowd-child.ts'
import type { DrillSize } from './drill-size.ts'
import { type DrillSystem, type ServerFault, startDrillSystem } from './drill-system.ts'
import type { TradeCounts, TrueTrades } from './trade-ledger.ts'
import { openTrueTrades } from './true-trades.ts'
import { createWaitHistogram, type WaitHistogram } from './wait-histogram.ts'

/** A wait is starved above this many times the p99 of the calm phases. */
const STARVED_TIMES = 2
/** Time until the table must show that all connections have ended (ms). */
const CLEAN_LIMIT_MS = 60_000
const CLEAN_LOOK_MS = 500
/** Time until a fault must have struck (ms). */
const STRIKE_LIMIT_MS = 60_000
/** Memory of all processes at the end, at most this many times the memory of the first calm phase. */
const MEMORY_TIMES = 2

export interface PhaseReport extends TradeCounts {
  /** `calm`, or the name of the fault. */
  readonly name: 'calm' | FaultName
  /** Waits of the clients that are not faulty themselves: from the market time of a trade to its arrival. */
  readonly p50: Millis
  readonly p99: Millis
  readonly most: Millis
  /** Waits above twice the p99 of the calm phases. */
  readonly starved: number
  /** Connections that were lost although their client was not faulty. */
  readonly dropped: number
  /** Snapshots that these clients requested because updates were missing. */
  readonly gaps: number
  /** Time from the end of the fault until all clients were served. */
  readonly servedAfter: Millis
  /** Issues of which clients asked for the trades of an outage and got no answer. */
  readonly unanswered: number
  /** Accepted posts, and posts and invocations that the gateway refused. */
  readonly posts: number
  readonly refused: number
  /** Posts to full buffers, requests that the tables throttled, or crashes of broadcast. */
  readonly strikes: number
  readonly memoryMiB: number
}

export interface ClientsReport {
  readonly connectedAfter: Millis
  readonly phases: readonly PhaseReport[]
  /** What did not hold, in sentences. */
  readonly problems: readonly string[]
}

interface Drilling {
  readonly size: DrillSize
  readonly drill: DrillSystem
  readonly crowd: CrowdChild
  readonly trades: (until: number) => TrueTrades
  /** The waits of all calm phases so far. */
  readonly calm: WaitHistogram
}

/** Runs all phases. @param onPhase receives each phase when it has ended. */
export async function runClientsDrill(
  size: DrillSize,
  seed: number,
  onPhase: (phase: PhaseReport) => void = () => {},
): Promise<ClientsReport> {
  await using parts = new AsyncDisposableStack()
  const drill = await startDrillSystem(size, seed, randomOf('clients tables', seed))
  parts.defer(() => drill.close())
  const { cloud, issuer, time, source, issues } = drill.system
  const crowd = parts.use(
    startCrowdChild({
      seed,
      websocketUrl: cloud.websocketUrl,
      tokenUrl: issuer.tokenUrl,
      clock: time.segments.map(s => `${s.real}:${s.market}:${s.speed}`).join(','),
      issues: issues.map(({ code }) => code),
      clients: size.clients,
      issuesPerClient: size.issuesPerClient,
      connects: size.connects,
      mostWaiting: size.mostWaiting,
      pace: size.pace,
    }),
  )
  await until(() => drill.system.lines.stats().messages.every(count => count > 0), 'messages of every line')
  const { servedAfter: connectedAfter } = await crowd.ask({ kind: 'connect' })
  await sleep(size.rest * 1000)
  await crowd.ask({ kind: 'cut' })

  const drilling = {
    size,
    drill,
    crowd,
    trades: openTrueTrades(source.exchange),
    calm: createWaitHistogram(),
  }
  const phases: PhaseReport[] = []
  for (const fault of FAULTS) {
    for (const each of [undefined, fault]) {
      const phase = await runPhase(drilling, each)
      phases.push(phase)
      onPhase(phase)
    }
  }
  await crowd.ask({ kind: 'close' })
  const problems = phases.flatMap(problemsOf)
  problems.push(...(await untilClean(drill)), ...memoryProblems(phases))
  return { connectedAfter, phases, problems }
}

async function runPhase(drilling: Drilling, fault: ClientFault | undefined): Promise<PhaseReport> {
  const { size, drill, crowd, trades, calm } = drilling
  const name = (fault?.name ?? 'calm') as PhaseReport['name']
  const before = drill.system.cloud.stats()
  const ofClients = fault !== undefined && fault.share > 0 ? { fault: fault.name as FaultName } : {}
  const { faulty } = await crowd.ask({ kind: 'begin', share: fault?.share ?? 0, ...ofClients })
  const serverFault = startServerFault(drill, name, faulty)
  await sleep((fault === undefined ? size.calm : size.fault) * 1000)
  if (serverFault !== undefined) await untilStruck(serverFault)
  serverFault?.end()
  const { servedAfter, unanswered } = await crowd.ask({ kind: 'end-fault' })
  if (fault !== undefined) await sleep(size.rest * 1000)
  await crowd.ask({ kind: 'await-trades', count: size.leastTrades })

  const { at, waits: counts, dropped, gaps } = await crowd.ask({ kind: 'cut' })
  const waits = createWaitHistogram(counts)
  if (fault === undefined) for (const [wait, count] of counts) calm.add(wait, count)
  const bound = Math.max(size.leastBound, STARVED_TIMES * calm.percentile(0.99))
  const truth = trades(timeOfDay(drill.system.clock.now()))
  const checked = await crowd.ask({ kind: 'check', truth, dueUntil: timeOfDay(at) - bound * 1000 })
  const after = drill.system.cloud.stats()
  return {
    name,
    ...checked,
    p50: waits.percentile(0.5),
    p99: waits.percentile(0.99),
    most: waits.percentile(1),
    starved: waits.above(bound),
    dropped,
    gaps,
    servedAfter,
    unanswered,
    posts: after.posts - before.posts,
    refused: after.throttled - before.throttled,
    strikes: serverFault?.strikes() ?? 0,
    memoryMiB: (await usageOfTree(process.pid)).memoryMiB,
  }
}

/** Starts what the server does in a phase: nothing, unless the fault is one of the server. */
function startServerFault(
  drill: DrillSystem,
  name: PhaseReport['name'],
  faulty: readonly string[],
): ServerFault | undefined {
  if (name === 'stall') return drill.fillBuffers(faulty)
  if (name === 'throttle') return drill.throttleTables()
  if (name === 'crash') return drill.crashBroadcast()
  return undefined
}

/** Waits until a fault has struck. On a busy machine that may take longer than the phase. The report has a fault that does not. */
async function untilStruck({ strikes }: ServerFault): Promise<void> {
  await until(() => strikes() > 0, 'a strike of the fault', { limitMs: STRIKE_LIMIT_MS }).catch(() => {})
}

/** Phases whose fault must be noticed at the server. */
const STRIKING: ReadonlySet<PhaseReport['name']> = new Set(['stall', 'throttle', 'crash'])

/** Returns what did not hold in a phase. */
function problemsOf(phase: PhaseReport): string[] {
  const { name, expected, missing, overdue, wrong, lost, starved, dropped, gaps, strikes, most, unanswered } =
    phase
  const expect = (holds: boolean, problem: string): string[] => (holds ? [] : [`${name}: ${problem}`])
  return [
    ...expect(expected > 0, 'expected trades, got none'),
    ...expect(missing === 0, `${missing} trades did not reach a client`),
    ...expect(overdue === 0, `${overdue} trades were overdue at the end`),
    ...expect(wrong === 0, `${wrong} trades came again, out of order, or were not made by the exchange`),
    ...expect(lost === 0, `${lost} updates were marked as lost`),
    ...expect(starved === 0, `${starved} trades waited too long, up to ${most} ms`),
    ...expect(dropped === 0, `${dropped} connections of clients that were not faulty ended`),
    ...expect(gaps === 0, `${gaps} snapshots were requested because updates were missing`),
    ...expect(unanswered === 0, `${unanswered} issues got no answer to a request for missed trades`),
    ...expect(strikes > 0 || !STRIKING.has(name), 'the fault did not strike'),
  ]
}

function memoryProblems(phases: readonly PhaseReport[]): string[] {
  const first = phases[0]?.memoryMiB ?? 0
  const last = phases.at(-1)?.memoryMiB ?? 0
  if (last <= MEMORY_TIMES * first) return []
  return [`memory grew from ${first.toFixed(0)} to ${last.toFixed(0)} MiB`]
}

/** Waits until no connection is open. Returns what did not hold. */
async function untilClean({ system, openConnections }: DrillSystem): Promise<string[]> {
  const isClean = async (): Promise<boolean> =>
    system.cloud.stats().connections === 0 && (await openConnections()).length === 0
  try {
    await until(isClean, 'clean rooms', { limitMs: CLEAN_LIMIT_MS, pollMs: CLEAN_LOOK_MS })
    return []
  } catch {
    const { connections } = system.cloud.stats()
    return [
      `${connections} connections and ${(await openConnections()).length} items in the table stayed open`,
    ]
  }
}
