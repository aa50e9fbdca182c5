/** Scenario: apps connect at the moment of a phase change, and posts come before their handshakes have ended. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { NotConnected } from '../../../functions/message/open-connection.ts'
import { below, createRandom } from '../../../local/exchange/random.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { EventOf } from '../../../market/market-event.ts'
import { createFeed } from '../../functions/broadcast/feed.ts'
import { startTables } from '../../functions/tables.ts'
import { startBroadcast, type TrialApp } from './broadcast-trial.ts'
import type { Outcome, Scenario } from './scenario.ts'

const APPS = 30
const ISSUE = '7203'
const BATCH_EVERY_MS = 50
/** The apps connect in this time around the phase change. */
const CONNECTING_MS = 800
const LONGEST_HANDSHAKE_MS = 600
/** An app must have the phase and its board so soon after the last tick (ms). */
const SERVED_WITHIN_MS = 3_000

export const handshakeAtPhaseChange: Scenario = {
  name: 'handshake-at-phase-change',
  fault: `${APPS} apps connect around a phase change, posts come up to ${LONGEST_HANDSHAKE_MS} ms too early`,
  run: runHandshakes,
}

async function runHandshakes(seed: number): Promise<Outcome> {
  const random = createRandom(seed)
  await using tables = await startTables()
  await using broadcast = await startBroadcast(tables.client, tables.client)
  const feed = createFeed()
  const first = phaseAt('09:00:00', 'order-acceptance')
  const phase = phaseAt('09:00:01', 'morning')
  let volume = 0
  let latest = feed.tick(ISSUE, ++volume)
  broadcast.put([feed.events(first), feed.ticks(latest)])
  await sleep(BATCH_EVERY_MS)

  const apps: TrialApp[] = []
  let refused = 0
  const connect = async (): Promise<void> => {
    await sleep(below(random, CONNECTING_MS))
    try {
      apps.push(await broadcast.connect([ISSUE], 1 + below(random, LONGEST_HANDSHAKE_MS)))
    } catch (error) {
      if (!(error instanceof NotConnected)) throw error
      refused++
    }
  }
  const connecting = Promise.all(Array.from({ length: APPS }, connect))
  const end = performance.now() + CONNECTING_MS + LONGEST_HANDSHAKE_MS
  const change = performance.now() + CONNECTING_MS / 2
  let hasChanged = false
  while (performance.now() < end) {
    latest = feed.tick(ISSUE, ++volume)
    const isChange: boolean = !hasChanged && performance.now() >= change
    hasChanged ||= isChange
    broadcast.put(isChange ? [feed.events(phase), feed.ticks(latest)] : [feed.ticks(latest)])
    await sleep(BATCH_EVERY_MS)
  }
  await connecting
  if (broadcast.gateway.refusals === 0)
    throw new Error('expected posts before the end of a handshake, got none')

  const isServed = ({ book, events }: TrialApp): boolean =>
    isDeepStrictEqual(book.board(ISSUE), boardInView(latest, 'board')) &&
    isDeepStrictEqual(events.findLast(({ type }) => type === 'phase') ?? phase, phase)
  const start = performance.now()
  while (performance.now() - start < SERVED_WITHIN_MS) {
    broadcast.put([feed.events()])
    await sleep(BATCH_EVERY_MS)
    broadcast.receive()
    if (apps.every(isServed)) break
  }
  const took = performance.now() - start
  return {
    wrong: refused,
    lost: 0,
    starved: apps.filter(app => !isServed(app)).length,
    measured: `${broadcast.gateway.refusals} early posts, ${refused} apps marked as gone, the others served after ${took.toFixed(0)} ms`,
  }
}

function phaseAt(time: string, phase: 'order-acceptance' | 'morning'): EventOf<'phase'> {
  return { type: 'phase', time: `2026-11-20T${time}.000000+09:00`, phase }
}
