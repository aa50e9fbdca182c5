/** Scenario: an app with 200 issues changes some of them, and the server works on its messages in an unlucky order. */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, DEFAULT_TIMING } from '../../../client/itastream.ts'
import { below, pick } from '../../../local/exchange/random.ts'
import { MAX_BOARDS_PER_CONNECTION } from '../../../market/protocol.ts'
import { readConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { APP_ROOMS, type AppGateway, startAppGateway } from '../../functions/app-gateway.ts'
import { TABLES } from '../../functions/tables.ts'
import { until } from '../../until.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const NAME = 'swap-at-200-issues'
const ISSUES = Array.from({ length: MAX_BOARDS_PER_CONNECTION + 30 }, (_, index) => String(1301 + index))
const SWAPS = 40
/** The server takes up to this long (ms) to start with an unsubscription, and so lets subscriptions overtake it. */
const SLOWEST_MS = 200
/** Time after the last swap in which the server must hold what the app wants (ms). */
const HEALED_MS = 8_000

/** Returns the issues that the server holds for the only connection. */
async function heldIn({ tables, connections }: AppGateway): Promise<ReadonlySet<string>> {
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  const [connection] = connections
  if (connection === undefined) return new Set()
  return (await readConnection(table, roomOf(connection, APP_ROOMS), connection))?.issues ?? new Set()
}

async function run(seed: number): Promise<Outcome> {
  const random = randomOf(NAME, seed)
  const gateway = await startAppGateway({ issues: ISSUES })
  const client = connect({
    url: gateway.url,
    token: async () => 'any',
    timing: { ...DEFAULT_TIMING, retryPause: 200 },
  })
  let overtaken = 0
  let unsubscribing = 0
  try {
    const subscriptions = new Map<string, () => void>()
    const subscribe = (issue: string): void =>
      void subscriptions.set(
        issue,
        client.subscribe(issue, () => {}),
      )
    for (const issue of ISSUES.slice(0, MAX_BOARDS_PER_CONNECTION)) subscribe(issue)
    const isSettled = async (): Promise<boolean> => {
      const held = await heldIn(gateway)
      return held.size === subscriptions.size && [...subscriptions.keys()].every(issue => held.has(issue))
    }
    await until(isSettled, `${MAX_BOARDS_PER_CONNECTION} issues held`)
    gateway.hold = async text => {
      if (text.includes('"unsubscribe"')) {
        unsubscribing++
        await sleep(random() * SLOWEST_MS)
        unsubscribing--
      } else if (text.includes('"subscribe"') && unsubscribing > 0) overtaken++
    }
    for (let swap = 0; swap < SWAPS; swap++) {
      const given = pick(random, [...subscriptions.keys()])
      const wanted = pick(
        random,
        ISSUES.filter(issue => !subscriptions.has(issue)),
      )
      subscriptions.get(given)?.()
      subscriptions.delete(given)
      subscribe(wanted)
      await sleep(below(random, 30))
    }
    const start = performance.now()
    await until(isSettled, 'the wanted issues held', { limitMs: HEALED_MS }).catch(() => {})
    const took = Math.round(performance.now() - start)
    const held = await heldIn(gateway)
    const lost = [...subscriptions.keys()].filter(
      issue => !held.has(issue) || client.board(issue) === undefined,
    )
    const wrong = [...held].filter(issue => !subscriptions.has(issue))
    const measured = `${SWAPS} swaps, ${overtaken} subscriptions beside an unsubscription, all held after ${took} ms`
    if (overtaken === 0) throw new Error('expected a subscription while an unsubscription waits, got none')
    return { wrong: wrong.length, lost: lost.length, starved: 0, measured }
  } finally {
    client.close()
    await gateway[Symbol.asyncDispose]()
  }
}

export const swapAt200Issues: Scenario = {
  name: NAME,
  fault: 'unsubscriptions wait up to 200 ms, so that subscriptions overtake them',
  run,
}
