/**
 * Many registered apps in a process of their own: they connect, receive for a while, and leave.
 *
 * The one argument is a {@link CrowdPlan} as JSON. The process sends {@link MEASURING} and then a {@link CrowdReport}
 * to its parent.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { connect, type Itastream } from '../../client/itastream.ts'
import { holdToken } from '../../local/issuer/held-token.ts'
import { parseClock } from '../../market/clock.ts'
import { percentile } from '../benchmark.ts'
import { type CrowdPlan, type CrowdReport, crowdPlanSchema, MEASURING } from './crowd-messages.ts'
import { createPostTimes, type PostTimes } from './post-times.ts'

/** Clients that connect at the same time, and the pause after them (ms): 100 clients a second. */
const ARRIVE_TOGETHER = 20
const ARRIVE_PAUSE_MS = 200
/** Time until every client must hold its boards (ms). */
const COMPLETE_LIMIT_MS = 180_000
const COMPLETE_LOOK_MS = 100
/** Time before measuring in which the first, whole boards pass (ms). */
const SETTLE_MS = 10_000

interface Client {
  readonly connection: Itastream
  readonly issues: readonly string[]
}

async function main(plan: CrowdPlan): Promise<void> {
  const clock = parseClock(plan.clock)
  const latencies: number[] = []
  const beyondPace: number[] = []
  let measuring = false
  const clients = await arrive(plan, (posts, time) => {
    const now = clock.now() / 1000
    const tick = Date.parse(time)
    const due = posts.note(now) + plan.pace
    if (!measuring) return
    latencies.push(now - tick)
    beyondPace.push(now - Math.max(tick, due))
  })
  await untilComplete(clients)
  await sleep(SETTLE_MS)
  process.send?.(MEASURING)
  measuring = true
  await sleep(plan.measureSeconds * 1000)
  measuring = false
  for (const { connection } of clients) connection.close()
  const report: CrowdReport = {
    updates: latencies.length,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    beyondPaceP50: percentile(beyondPace, 0.5),
    beyondPaceP99: percentile(beyondPace, 0.99),
  }
  process.send?.(report, () => process.disconnect())
}

/** Connects the clients, some at a time. @param onUpdate receives the time of each update's tick, ISO 8601. */
async function arrive(
  plan: CrowdPlan,
  onUpdate: (posts: PostTimes, time: string) => void,
): Promise<readonly Client[]> {
  const clients: Client[] = []
  while (clients.length < plan.clients) {
    if (clients.length > 0 && clients.length % ARRIVE_TOGETHER === 0) await sleep(ARRIVE_PAUSE_MS)
    const connection = connect({
      url: plan.websocketUrl,
      pace: plan.pace,
      token: holdToken(`${plan.tokenUrl}?user=client-${clients.length}`),
    })
    const posts = createPostTimes()
    connection.on('board', ({ board, snapshot }) => {
      // A snapshot is as old as the last tick of its issue.
      if (!snapshot) onUpdate(posts, board.time)
    })
    const first = clients.length
    const issues = Array.from(
      { length: plan.issuesPerClient },
      (_, index) => plan.issues[(first + index) % plan.issues.length]!,
    )
    for (const issue of issues) connection.subscribe(issue, () => {})
    clients.push({ connection, issues })
  }
  return clients
}

/** Waits until every client holds a board of each of its issues. */
async function untilComplete(clients: readonly Client[]): Promise<void> {
  const deadline = Date.now() + COMPLETE_LIMIT_MS
  for (;;) {
    const incomplete = clients.filter(({ connection, issues }) =>
      issues.some(issue => connection.board(issue) === undefined),
    )
    if (incomplete.length === 0) return
    if (Date.now() > deadline) {
      throw new Error(
        `expected boards of all issues, ${incomplete.length} of ${clients.length} clients lack some`,
      )
    }
    await sleep(COMPLETE_LOOK_MS)
  }
}

await main(v.parse(crowdPlanSchema, JSON.parse(process.argv[2] ?? 'null')))
