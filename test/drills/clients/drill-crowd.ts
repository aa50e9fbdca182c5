/** All clients of a drill: they connect, some of them fail as the drill says, and they compare what they got. */
import { setTimeout as sleep } from 'node:timers/promises'
import { below, type Random } from '../../../local/exchange/random.ts'
import { holdToken } from '../../../local/issuer/held-token.ts'
import { parseClock } from '../../../market/clock.ts'
import { until } from '../../until.ts'
import { randomOf } from '../seed.ts'
import type { FaultName } from './client-faults.ts'
import type { CutReport, DrillCrowdPlan, ServedReport } from './crowd-commands.ts'
import { createDrillClient, type DrillClient } from './drill-client.ts'
import { installDrillSockets } from './drill-socket.ts'
import { startFault } from './faulty-acts.ts'
import { addCounts, NO_TRADES, type TradeCounts, type TrueTrades } from './trade-ledger.ts'
import { createWaitHistogram } from './wait-histogram.ts'

/** Clients that open a connection together. */
const ARRIVE_TOGETHER = 10
/** Time until all clients must be served, and until the trades of a phase must have come (ms). */
const SERVED_LIMIT_MS = 300_000
const SERVED_LOOK_MS = 50
/** Clients that a fault of clients has at least. */
const LEAST_FAULTY = 3
/** Different conditions of clients that an error names. */
const MOST_CONDITIONS = 5

export interface DrillCrowd {
  connect(): Promise<ServedReport>
  /** Returns the names of the faulty clients. */
  begin(fault: FaultName | undefined, share: number): string[]
  endFault(): Promise<ServedReport>
  /** Waits until the clients that are not faulty have so many trades of the phase. */
  awaitTrades(count: number): Promise<void>
  cut(): CutReport
  check(truth: TrueTrades, dueUntil: number): TradeCounts
  close(): void
}

export function createDrillCrowd(plan: DrillCrowdPlan): DrillCrowd {
  const random = randomOf('clients', plan.seed)
  const clock = parseClock(plan.clock)
  let waits = createWaitHistogram()
  let dropped = 0
  let gaps = 0
  let endings: (() => void)[] = []
  const clients = createClients(plan, random, {
    onTrade(client, time) {
      if (!client.isFaulty) waits.add(clock.now() / 1000 - Date.parse(time))
    },
    onDropped(client) {
      if (!client.isFaulty) dropped++
    },
    onGap(client) {
      if (!client.isFaulty) gaps++
    },
  })
  const untilServed = async (start: number): Promise<ServedReport> => {
    await untilFewWait(clients, 1)
    const unanswered = clients.reduce((sum, { socket }) => sum + (socket?.takeUnanswered() ?? 0), 0)
    return { servedAfter: performance.now() - start, unanswered }
  }
  return {
    async connect() {
      const start = performance.now()
      for (const [index, client] of clients.entries()) {
        if (index % ARRIVE_TOGETHER === 0) {
          await sleep((ARRIVE_TOGETHER / plan.connects) * 1000)
          await untilFewWait(clients.slice(0, index), plan.mostWaiting)
        }
        client.open()
      }
      return await untilServed(start)
    },
    begin(fault, share) {
      waits = createWaitHistogram()
      dropped = 0
      gaps = 0
      const faulty = share === 0 ? 0 : Math.max(LEAST_FAULTY, Math.round(clients.length * share))
      const offset = below(random, clients.length)
      for (const [index, client] of clients.entries()) {
        client.isFaulty = (index + offset) % clients.length < faulty
        if (!client.isFaulty || fault === undefined) continue
        endings.push(startFault(fault, client, random, plan.issues))
      }
      return clients.filter(({ isFaulty }) => isFaulty).map(({ name }) => name)
    },
    async endFault() {
      for (const end of endings) end()
      endings = []
      return await untilServed(performance.now())
    },
    awaitTrades: count =>
      until(() => waits.count >= count, `${count} trades of a phase`, {
        limitMs: SERVED_LIMIT_MS,
        pollMs: SERVED_LOOK_MS,
      }),
    cut() {
      for (const { ledger } of clients) ledger.cut()
      return { at: clock.now(), waits: waits.entries(), dropped, gaps }
    },
    check(truth, dueUntil) {
      const counts = { ...NO_TRADES }
      for (const { isFaulty, ledger } of clients)
        if (!isFaulty) addCounts(counts, ledger.check(truth, dueUntil))
      return counts
    },
    close() {
      for (const client of clients) client.close()
    },
  }
}

/** Waits until fewer than `count` clients are not served. @throws Error with the conditions of the clients that wait. */
async function untilFewWait(clients: readonly DrillClient[], count: number): Promise<void> {
  const waiting = (): DrillClient[] => clients.filter(client => !client.isServed())
  try {
    await until(() => waiting().length < count, 'clients that are served', {
      limitMs: SERVED_LIMIT_MS,
      pollMs: SERVED_LOOK_MS,
    })
  } catch (cause) {
    const left = waiting()
    const conditions = [...new Set(left.map(({ condition }) => condition))].slice(0, MOST_CONDITIONS)
    throw new Error(
      `expected ${clients.length} clients to be served, ${left.length} are not: ${conditions.join(', ')}`,
      { cause },
    )
  }
}

function createClients(
  plan: DrillCrowdPlan,
  random: Random,
  listeners: Pick<Parameters<typeof createDrillClient>[0], 'onTrade' | 'onDropped' | 'onGap'>,
): readonly DrillClient[] {
  const { websocketUrl, tokenUrl, pace, issues, issuesPerClient } = plan
  /** The client of each token: every client has tokens of its own. */
  const owners = new Map<string, DrillClient>()
  installDrillSockets(token => owners.get(token))
  return Array.from({ length: plan.clients }, (_, index) => {
    const nextToken = holdToken(`${tokenUrl}?user=client-${index}`)
    const client = createDrillClient({
      name: `client-${index}`,
      url: websocketUrl,
      pace,
      async token() {
        const token = await nextToken()
        owners.set(token, client)
        return token
      },
      issues: drawIssues(issues, issuesPerClient, random),
      ...listeners,
    })
    return client
  })
}

/** Draws issues. The busy ones, which are the first, are drawn more often. */
function drawIssues(issues: readonly string[], count: number, random: Random): readonly string[] {
  const drawn = new Set<string>()
  while (drawn.size < count) drawn.add(issues[Math.floor(issues.length * random() ** 2)]!)
  return [...drawn]
}
