/** Scenario: API Gateway throttles many posts, and one app takes no posts at all. The other apps must lose no trade. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { below, createRandom } from '../../../local/exchange/random.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { Tick } from '../../../market/tick.ts'
import { createFeed } from '../../functions/broadcast/feed.ts'
import { startTables } from '../../functions/tables.ts'
import { startBroadcast, type TrialApp } from './broadcast-trial.ts'
import type { Outcome, Scenario } from './scenario.ts'

const APPS = 8
const ISSUES = ['7203', '6758', '8306', '9984']
const BATCH_EVERY_MS = 100
const FAULT_MS = 3_000
/** Share of batches after which the next posts of an app are throttled. */
const THROTTLED_SHARE = 0.3
/** An app must have everything so soon after the fault (ms). */
const SERVED_WITHIN_MS = 5_000

export const gatewayThrottles: Scenario = {
  name: 'gateway-throttles',
  fault: `API Gateway throttles ${THROTTLED_SHARE * 100} % of the posts of ${APPS} apps, and one app does not answer`,
  run: runThrottles,
}

async function runThrottles(seed: number): Promise<Outcome> {
  const random = createRandom(seed)
  await using tables = await startTables()
  await using broadcast = await startBroadcast(tables.client, tables.client)
  const { throttled, stalled } = broadcast.gateway
  const feed = createFeed()
  const apps: TrialApp[] = []
  for (let count = 0; count < APPS; count++) apps.push(await broadcast.connect(ISSUES))
  const silent = await broadcast.connect(ISSUES)
  const latest = new Map<string, Tick>()
  const trades = new Map<string, number[]>(ISSUES.map(issue => [issue, []]))
  const put = (issue: string): string => {
    const tick = feed.tick(issue, 1 + below(random, 1_000_000))
    latest.set(issue, tick)
    if (tick.trade !== undefined) trades.get(issue)!.push(tick.sequence)
    return feed.ticks(tick)
  }
  broadcast.put(ISSUES.map(put))
  await sleep(500)

  stalled.add(silent.id)
  let throttles = 0
  const end = performance.now() + FAULT_MS
  while (performance.now() < end) {
    for (const { id } of apps) {
      if (random() >= THROTTLED_SHARE) continue
      // An app's post is tried twice a round.
      throttled.set(id, 2 + below(random, 4))
      throttles++
    }
    broadcast.put(
      Array.from({ length: 1 + below(random, 6) }, () => put(ISSUES[below(random, ISSUES.length)]!)),
    )
    await sleep(BATCH_EVERY_MS)
  }
  if (throttles === 0) throw new Error('expected throttled posts, got none')
  throttled.clear()
  stalled.clear()

  const hasBoards = ({ book }: TrialApp): boolean =>
    [...latest].every(([issue, tick]) => isDeepStrictEqual(book.board(issue), boardInView(tick, 'board')))
  const start = performance.now()
  const all = [...apps, silent]
  while (performance.now() - start < SERVED_WITHIN_MS) {
    broadcast.put([feed.events()])
    await sleep(BATCH_EVERY_MS)
    broadcast.receive()
    if (all.every(hasBoards)) break
  }
  const took = performance.now() - start
  const lost = apps.filter(app =>
    ISSUES.some(issue => !isDeepStrictEqual(app.trades.get(issue) ?? [], trades.get(issue))),
  )
  const count = [...trades.values()].reduce((sum, { length }) => sum + length, 0)
  return {
    wrong: 0,
    lost: lost.length,
    starved: all.filter(app => !hasBoards(app)).length,
    measured: `${throttles} throttles, ${count} trades at each of ${APPS} apps, all right ${took.toFixed(0)} ms after the fault`,
  }
}
