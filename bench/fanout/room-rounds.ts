/**
 * Plays the rounds of broadcast for one room in real time: real tables, push-room in a process of its own, and posts over
 * HTTP to a gateway that has the room's share of the quota.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createRounds, TABLE_TIME_MS } from '../../functions/broadcast/round.ts'
import { systemClock } from '../../market/clock.ts'
import type { Push, PushResult } from '../../posts/push.ts'
import { type Helper, startHelper } from '../ingest/helper.ts'
import { checkClient } from './client-check.ts'
import type { COUNTING_GATEWAY_ABILITIES, GatewayResult } from './counting-gateway.ts'
import { type App, storeApps } from './fanout-apps.ts'
import { createTables } from './fanout-environment.ts'
import { type FanoutMarket, OPENING_ROUND, ROUND_MS } from './fanout-market.ts'
import type { FANOUT_TABLE_ABILITIES } from './fanout-tables.ts'
import type { PUSH_ABILITIES } from './push-process.ts'
import type { GatewayCounts } from './virtual-gateway.ts'

/** Time for the first read of the room before the market starts (ms). */
const READ_MS = 3_000
/** Real time after the last tick (ms): every pace is over, and every update has arrived. */
const END_MS = 6_000

export interface RoomPlay {
  readonly market: FanoutMarket
  readonly apps: readonly App[]
  readonly postsPerSecond: number
  /** Part of the account's quota. */
  readonly share: number
  /** Number of apps that are checked with the code of the client. */
  readonly checked: number
}

export interface RoomResult extends GatewayCounts {
  readonly seconds: number
  readonly intervals: readonly number[]
  /** CPU seconds of push-room from the opening to the last tick. */
  readonly pushCpu: number
}

interface Processes {
  readonly tables: Helper<typeof FANOUT_TABLE_ABILITIES>
  readonly gateway: Helper<typeof COUNTING_GATEWAY_ABILITIES>
  readonly pushRoom: Helper<typeof PUSH_ABILITIES>
}

export async function playRoom(play: RoomPlay): Promise<RoomResult> {
  const here = import.meta.dirname
  const processes: Processes = {
    tables: startHelper(`${here}/fanout-tables.ts`, ''),
    gateway: startHelper(`${here}/counting-gateway.ts`, ''),
    pushRoom: startHelper(`${here}/push-process.ts`, ''),
  }
  try {
    return await playRounds(play, processes)
  } finally {
    for (const helper of Object.values(processes)) await helper.end()
  }
}

async function playRounds(
  { market, apps, postsPerSecond, share, checked }: RoomPlay,
  { tables, gateway, pushRoom }: Processes,
): Promise<RoomResult> {
  const { boards, connections } = await createTables(await tables.ask('url', undefined))
  await storeApps(connections, apps)
  const kept = apps.slice(0, checked)
  const start = Date.now() + READ_MS
  const opening = start + OPENING_ROUND * ROUND_MS
  const port = await gateway.ask('start', {
    share,
    kept: kept.map(({ connection }) => connection),
    countFrom: opening,
  })
  await pushRoom.ask('start', `ws://127.0.0.1:${port}/live`)
  const broadcast = createRounds({
    boards,
    connections,
    roomCount: 1,
    clock: systemClock,
    tableTime: TABLE_TIME_MS,
    postsPerSecond,
    publishesNews: true,
    environments: 1,
    push: oneByOne(push => pushRoom.ask('push', push)),
    posts: { exists: async () => true, post: async () => 'sent', close: async () => 'sent' },
    warn: (message, error) => {
      throw new Error(message, { cause: error })
    },
  })
  await broadcast.play([])
  let cpu = 0
  for (let index = 0; index < market.rounds.length; ) {
    const due = Math.floor((Date.now() - start) / ROUND_MS)
    if (due <= index) {
      await sleep(start + (index + 1) * ROUND_MS - Date.now())
      continue
    }
    if (index < OPENING_ROUND && due >= OPENING_ROUND) cpu = await pushRoom.ask('cpu', undefined)
    // As Lambda, a round takes everything that has arrived since the round before.
    await broadcast.play(market.rounds.slice(index, due).flat())
    index = due
  }
  const pushCpu = (await pushRoom.ask('cpu', undefined)) - cpu
  const seconds = (Date.now() - opening) / 1000
  const counts = await gateway.ask('stopCounting', undefined)
  for (const end = Date.now() + END_MS; Date.now() < end; await sleep(ROUND_MS)) await broadcast.play([])
  const result = await gateway.ask('finish', undefined)
  check(market, apps, kept, result)
  return { ...counts, refused: result.refused, seconds, intervals: result.intervals, pushCpu }
}

function check(
  market: FanoutMarket,
  apps: readonly App[],
  kept: readonly App[],
  { apps: served, messages }: GatewayResult,
): void {
  if (served !== apps.length) throw new Error(`expected posts to ${apps.length} apps, got ${served}`)
  for (const app of kept) checkClient(market, app, messages[app.connection]!)
}

/** Returns a function that calls `push` once at a time: a helper answers one call after another. */
function oneByOne(push: (push: Push) => Promise<PushResult>): (next: Push) => Promise<PushResult> {
  let last: Promise<unknown> = Promise.resolve()
  return next => {
    const result = last.then(() => push(next))
    last = result.catch(() => {})
    return result
  }
}
