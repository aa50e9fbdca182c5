/** Scenario: the table loses connections that are open. Their apps get no updates, and only a ping can tell. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { connect, DEFAULT_TIMING, type Itastream } from '../../../client/itastream.ts'
import { below } from '../../../local/exchange/random.ts'
import { markGone, readRoom, roomOf } from '../../../tables/connections/connections-table.ts'
import { APP_ROOMS, type AppGateway, startAppGateway } from '../../functions/app-gateway.ts'
import { TABLES } from '../../functions/tables.ts'
import { until } from '../../until.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const NAME = 'ping-unknown-connection'
const ISSUES = ['1301', '1302', '1303']
const APPS = 6
const PING_MS = 500
/** Time from the loss until every app is subscribed again: a ping, a reconnect, and a busy machine (ms). */
const HEALED_MS = 8_000

/** Returns the ids of connections that the table sends updates to. */
async function servedIn({ tables, connections }: AppGateway): Promise<string[]> {
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  const items = await readRoom(table, roomOf('', APP_ROOMS))
  return items
    .filter(
      ({ connection, gone, issues }) =>
        connections.includes(connection) && !gone && issues?.size === ISSUES.length,
    )
    .map(({ connection }) => connection)
}

/** Takes open connections out of the table: deletes every second item, and marks the others as gone. */
async function lose({ tables }: AppGateway, lost: readonly string[]): Promise<void> {
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  for (const [index, connection] of lost.entries()) {
    const room = roomOf(connection, APP_ROOMS)
    if (index % 2 === 0)
      await tables.client.send(new DeleteCommand({ TableName: table.table, Key: { room, connection } }))
    else await markGone(table, room, connection)
  }
}

function openApp(url: string): Itastream {
  const timing = { ...DEFAULT_TIMING, pingInterval: PING_MS, backoff: { base: 50, cap: 200 } }
  const app = connect({ url, token: async () => 'any', timing })
  for (const issue of ISSUES) app.subscribe(issue, () => {})
  return app
}

async function run(seed: number): Promise<Outcome> {
  const random = randomOf(NAME, seed)
  const gateway = await startAppGateway({ issues: ISSUES })
  const apps: Itastream[] = []
  try {
    for (let i = 0; i < APPS; i++) apps.push(openApp(gateway.url))
    const isServed = async (): Promise<boolean> => (await servedIn(gateway)).length === APPS
    await until(isServed, `${APPS} subscribed apps`)
    await sleep(below(random, PING_MS))
    const before = [...gateway.connections]
    const lost = before.slice(0, 1 + below(random, APPS))
    await lose(gateway, lost)
    if (await isServed()) throw new Error('expected apps without updates, all have them')
    const start = performance.now()
    await until(isServed, 'all apps subscribed again', { limitMs: HEALED_MS }).catch(() => {})
    const took = Math.round(performance.now() - start)
    const kept = before.filter(id => !lost.includes(id) && gateway.connections.includes(id)).length
    return {
      // An app whose connection is known must keep it.
      wrong: APPS - lost.length - kept,
      lost: 0,
      starved: APPS - (await servedIn(gateway)).length,
      measured: `${lost.length} of ${APPS} connections lost, all subscribed again after ${took} ms with a ping each ${PING_MS} ms`,
    }
  } finally {
    for (const app of apps) app.close()
    await gateway[Symbol.asyncDispose]()
  }
}

export const pingUnknownConnection: Scenario = {
  name: NAME,
  fault: 'the table loses open connections, or marks them as gone by mistake',
  run,
}
