/** Tables, an app and the two consumers of the stream, for tests in which releases of different versions meet. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { addIssues } from '../../functions/message/subscriptions.ts'
import type { TradeJson } from '../../market/board-json.ts'
import { momentFromIso } from '../../market/moment.ts'
import type { Update } from '../../market/protocol.ts'
import { plainUpdate } from '../../market/quote-row.ts'
import type { Tick } from '../../market/tick.ts'
import { tradeOfRow } from '../../market/update-json.ts'
import { addConnection, roomOf } from '../../tables/connections/connections-table.ts'
import type { PackItem } from '../../tables/ticks/ticks-item.ts'
import { startGateway } from '../functions/posts-gateway.ts'
import { ISSUES } from '../functions/stored-market.ts'
import { startTables, TABLES, type Tables } from '../functions/tables.ts'
import { trueTrades } from '../market/trade-truth.ts'
import { type Bundles, openBundles } from './bundle-release.ts'
import { type Consumer, openConsumer } from './consumer.ts'
import { decodePack } from './next-pack.ts'

const APP = 'app'
const ROOM_COUNT = 1

export interface Deployment extends AsyncDisposable {
  readonly tables: Tables
  readonly bundles: Bundles
  readonly store: Consumer
  readonly broadcast: Consumer
  /** Compares what is stored with the truth. */
  compareStored(truth: readonly Tick[]): Promise<Difference>
  /** Compares what the app received with the truth: all trades, and the last board of each issue. */
  compareReceived(truth: readonly Tick[]): Difference
}

export interface Difference {
  readonly wrong: number
  readonly lost: number
}

/** Opens everything in the current release. */
export async function openDeployment(): Promise<Deployment> {
  const tables = await startTables()
  const gateway = await startGateway()
  Object.assign(process.env, {
    KEEP_DAYS: '31',
    UNITS_PER_LANE: '1000',
    ROOM_COUNT: String(ROOM_COUNT),
    WEBSOCKET_ENDPOINT: gateway.endpoint,
    PUSH_ROOM_FUNCTION: 'push-room',
    STREAM_NAME: 'ticks',
    SHARDS: '1',
    POSTS_PER_SECOND: '10000',
  })
  const bundles = await openBundles(['store-ticks', 'broadcast', 'delayed-prices'])
  const connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  // Without a pace nothing waits for the app between two batches, so a new environment owes it nothing.
  await addConnection(connections, roomOf(APP, ROOM_COUNT), APP, { pace: 0, fastestPace: 0 })
  await addIssues(connections, roomOf(APP, ROOM_COUNT), APP, ISSUES)
  return {
    tables,
    bundles,
    store: await openConsumer(bundles, 'store-ticks', 'current'),
    broadcast: await openConsumer(bundles, 'broadcast', 'current'),
    async compareStored(truth) {
      const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: TABLES.TICKS_TABLE }))
      const packs = (Items as Partial<PackItem>[]).flatMap(({ pack }) => (pack === undefined ? [] : [pack]))
      const stored = packs.flatMap(pack => decodePack(pack))
      return compare(truth.map(stateOf), stored.map(stateOf))
    },
    compareReceived(truth) {
      const messages = gateway.received.get(APP) ?? []
      const updates = messages.flatMap(message =>
        message.type === 'updates' ? message.updates.map(plainUpdate) : [],
      )
      const trades = compare(
        trueTrades(truth).map(trade => JSON.stringify(trade)),
        updates.flatMap(update => tradesOf(update).map(trade => JSON.stringify(trade))),
      )
      const last = Map.groupBy(updates, update => ('board' in update ? update.board.issue : update.issue))
      const unfinished = ISSUES.filter(issue => {
        const update = last.get(issue)?.at(-1)
        const sequence = update !== undefined && 'board' in update ? update.board.sequence : update?.sequence
        return sequence !== truth.findLast(({ board }) => board.issue === issue)?.sequence
      })
      return { wrong: trades.wrong, lost: trades.lost + unfinished.length }
    },
    async [Symbol.asyncDispose]() {
      await bundles[Symbol.asyncDispose]()
      await gateway[Symbol.asyncDispose]()
      await tables[Symbol.asyncDispose]()
    },
  }
}

function tradesOf(update: Update): TradeJson[] {
  const time = 'board' in update ? momentFromIso(update.board.time) : update.time
  if (time === undefined) throw new Error('expected an update with a time')
  return (update.trades ?? []).map(row => tradeOfRow(row, time))
}

/** Returns a tick as text. */
function stateOf({ board, ...tick }: Tick): string {
  return JSON.stringify({ ...tick, issue: board.issue, values: [...board.values] })
}

/** Compares sets: what was delivered twice is no difference. */
function compare(truth: readonly string[], got: readonly string[]): Difference {
  const expected = new Set(truth)
  const found = new Set(got)
  return {
    wrong: [...found].filter(text => !expected.has(text)).length,
    lost: [...expected].filter(text => !found.has(text)).length,
  }
}
