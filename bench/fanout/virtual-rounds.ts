/** Plays the rounds of broadcast in virtual time, with the real tables and a gateway in memory. */
import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRounds } from '../../functions/broadcast/round.ts'
import { systemClock } from '../../market/clock.ts'
import { startHelper } from '../ingest/helper.ts'
import { checkClient } from './client-check.ts'
import { createDeliveryAccount, type DeliverySums } from './delivery-account.ts'
import { type App, storeApps } from './fanout-apps.ts'
import { type BroadcastTables, createTables } from './fanout-environment.ts'
import { type FanoutMarket, ROUND_MS } from './fanout-market.ts'
import type { FANOUT_TABLE_ABILITIES } from './fanout-tables.ts'
import { createVirtualGateway, type VirtualCounts } from './virtual-gateway.ts'

/** Rounds without ticks after the last tick: every pace is over, and every update has arrived. */
const LAST_ROUNDS = 60
/** Real time for the first read of all rooms (ms), in steps. */
const READ_WAIT_MS = 500
const READ_WAITS = 6
/** Real time (ms) that a round waits for the tables. Virtual time stands meanwhile. */
const TABLE_TIME_MS = 200

export interface VirtualPlay {
  readonly market: FanoutMarket
  readonly apps: readonly App[]
  readonly rooms: number
  readonly postsPerSecond: number
  /** The first round whose posts and CPU time count. */
  readonly countFrom: number
  /** Number of apps that are checked with the code of the client. */
  readonly checked: number
}

export interface VirtualResult extends VirtualCounts {
  readonly deliveries: DeliverySums
  /** Virtual seconds in which posts count: to the last tick. */
  readonly seconds: number
  /** Times between the posts of an app, ms. */
  readonly intervals: readonly number[]
  /** CPU seconds of broadcast in this time, without the gateway. */
  readonly broadcastCpu: number
}

export async function playVirtually(play: VirtualPlay): Promise<VirtualResult> {
  const tables = startHelper<typeof FANOUT_TABLE_ABILITIES>(`${import.meta.dirname}/fanout-tables.ts`, '')
  try {
    const created = await createTables(await tables.ask('url', undefined))
    mock.timers.enable({ apis: ['Date'], now: Date.now() })
    return await playRounds(play, created)
  } finally {
    mock.timers.reset()
    await tables.end()
  }
}

async function playRounds(
  { market, apps, rooms, postsPerSecond, countFrom, checked }: VirtualPlay,
  { boards, connections }: BroadcastTables,
): Promise<VirtualResult> {
  await storeApps(connections, apps)
  const account = createDeliveryAccount(market, apps)
  const gateway = createVirtualGateway({
    onUpdate: account.note,
    kept: new Set(apps.slice(0, checked).map(({ connection }) => connection)),
    countFrom: Date.now() + countFrom * ROUND_MS,
  })
  const broadcast = createRounds({
    boards,
    connections,
    roomCount: rooms,
    clock: systemClock,
    tableTime: TABLE_TIME_MS,
    postsPerSecond,
    publishesNews: true,
    environments: 1,
    push: gateway.push,
    posts: { exists: async () => true, post: async () => 'sent', close: async () => 'sent' },
    warn: (message, error) => {
      throw new Error(message, { cause: error })
    },
  })
  for (let wait = 0; wait < READ_WAITS; wait++) {
    await broadcast.play([])
    await sleep(READ_WAIT_MS)
  }
  /** Plays a round. Returns its CPU time without the gateway, µs. */
  const playRound = async (records: readonly string[]): Promise<number> => {
    mock.timers.tick(ROUND_MS)
    const start = process.cpuUsage()
    const before = gateway.cpu()
    await broadcast.play(records)
    const { user, system } = process.cpuUsage(start)
    account.forgetTexts()
    return user + system - (gateway.cpu() - before)
  }
  let cpu = 0
  for (const [index, records] of market.rounds.entries()) {
    const used = await playRound(records)
    if (index >= countFrom) cpu += used
  }
  const counts = gateway.counts()
  for (let index = 0; index < LAST_ROUNDS; index++) await playRound([])
  if (gateway.times.apps() !== apps.length)
    throw new Error(`expected posts to ${apps.length} apps, got ${gateway.times.apps()}`)
  for (const app of apps.slice(0, checked)) checkClient(market, app, gateway.messages.get(app.connection)!)
  return {
    ...counts,
    refused: gateway.counts().refused,
    deliveries: account.finish(),
    seconds: ((market.rounds.length - countFrom) * ROUND_MS) / 1000,
    intervals: gateway.times.intervals(),
    broadcastCpu: cpu / 1e6,
  }
}
