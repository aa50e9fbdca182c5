/** The drill of reconnects: apps with seeded faults of network, connections and tokens, on one running system. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Calendar } from '../../../market/calendar/calendar.ts'
import { timeOfDay } from '../../../market/moment.ts'
import type { DayMicros } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { type DrillSystem, startDrillSystem } from '../clients/drill-system.ts'
import { randomOf } from '../seed.ts'
import { drillTruth } from './drill-truth.ts'
import { type FleetChild, startFleet } from './fleet-child.ts'
import type { RunReport } from './fleet-commands.ts'
import type { ReconnectSize } from './reconnect-size.ts'
import { checkApp, checkBoards, emptyVerdict, isComplete, type Verdict } from './record-check.ts'
import { startTokenServer } from './token-server.ts'

/** Time after the first messages in which the lines become live (ms): tasks that start on a trading day may lack messages. */
const SETTLE_MS = 8_000

export interface ReconnectReport extends RunReport, Verdict {
  readonly schedules: number
  /** Connections that the apps opened. */
  readonly connections: number
  /** Environments of broadcast that died. */
  readonly crashes: number
}

export async function runReconnectDrill(size: ReconnectSize, seed: number): Promise<ReconnectReport> {
  await using parts = new AsyncDisposableStack()
  const { issues: issueCount, connectionLife } = size.schedule
  const drill = await startDrillSystem(
    { issues: issueCount, rate: size.rate, connects: size.connects, connectionLife },
    seed,
    randomOf('reconnect tables', seed),
  )
  parts.defer(() => drill.close())
  const { cloud, issuer, lines, issues } = drill.system
  const tokens = parts.use(await startTokenServer(issuer))
  await until(() => lines.stats().messages.every(count => count > 0), 'messages of every line')
  await sleep(SETTLE_MS)
  const fleet = parts.use(
    startFleet({
      seed,
      websocketUrl: cloud.websocketUrl,
      historyUrl: `${cloud.httpUrl}/v1/realtime`,
      tokenUrl: tokens.url,
      issues: issues.map(({ code }) => code),
      apps: size.apps,
      connects: size.connects,
      size: { ...size.schedule, hole: [...size.schedule.hole], tokenLife: [...size.schedule.tokenLife] },
    }),
  )
  const opened = timeOfDay(drill.system.clock.now())
  const [run, crashes] = await Promise.all([fleet.ask('run'), crashAt(drill, size)])
  const { verdict, connections } = await untilComplete(drill, fleet, size, opened)
  await fleet.ask('close')
  return { schedules: size.apps, connections, crashes, ...run, ...verdict }
}

/** Kills the environments of broadcast at the times of the size. Returns how often. */
async function crashAt(drill: DrillSystem, { crashes, crashTime }: ReconnectSize): Promise<number> {
  const start = performance.now()
  let count = 0
  for (const at of crashes) {
    await sleep(Math.max(0, at - (performance.now() - start)))
    const fault = drill.crashBroadcast()
    await sleep(crashTime)
    fault.end()
    count += fault.strikes()
  }
  return count
}

/** Compares the apps with the truth until nothing is missing, or the limit is over. */
async function untilComplete(
  { system }: DrillSystem,
  fleet: FleetChild,
  { limit, look }: ReconnectSize,
  opened: DayMicros,
): Promise<{ readonly verdict: Verdict; readonly connections: number }> {
  const { exchange } = system.source
  const hours = new Calendar([]).hoursOf(exchange.tradingDate)
  const codes = system.issues.map(({ code }) => code)
  const due = timeOfDay(system.clock.now())
  const end = performance.now() + limit
  for (;;) {
    const { apps, boards } = await fleet.ask('report')
    // The apps may have later ticks than they must, but none after this moment.
    const times = { opened, due, now: timeOfDay(system.clock.now()) }
    const truth = await drillTruth(exchange, hours, times, codes)
    const verdict = emptyVerdict()
    for (const { record, barsOf } of apps) checkApp(verdict, record, barsOf, truth)
    checkBoards(verdict, boards, truth)
    const connections = apps.reduce((sum, { record }) => sum + record.connections, 0)
    if (isComplete(verdict) || performance.now() > end) return { verdict, connections }
    await sleep(look)
  }
}
