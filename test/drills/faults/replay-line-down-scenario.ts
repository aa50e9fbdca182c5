/**
 * Scenario: the lines of a replay come up before its market time starts to run, and the status of a line, read a moment
 * earlier by another environment of broadcast, reaches an app after the newer event.
 */
import { createStatus } from '../../../client/market-status.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import type { Lines } from '../../../local/line/line-server.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { LINE_NUMBERS } from '../../../market/lane.ts'
import type { LineState } from '../../../market/market-event.ts'
import { momentOf } from '../../../market/moment.ts'
import type { AppEvent } from '../../../market/protocol.ts'
import { addMillis, nowMillis, toEpochMillis } from '../../../market/units.ts'
import { readStatus, statusEvents } from '../../../tables/boards/boards-table.ts'
import { storeEvents } from '../../functions/boards-fixture.ts'
import { startTables, TABLES } from '../../functions/tables.ts'
import { openStream, type Stream } from '../../ingest-task/ingest-stream.ts'
import {
  lineEventsOf,
  MARKET,
  openLines,
  type Running,
  runIngest,
} from '../../ingest-task/line-and-stream.ts'
import { until } from '../../until.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

/** Market time starts to run this much later (real ms): after the scenario. */
const STANDS_STILL_MS = 120_000
/** Apps, each with its own order of arrival. */
const APPS = 100

/** What broadcast sends about one line, in the order of the line. */
interface Sent {
  readonly event: AppEvent
  /** The state of the line as another environment reads it after the event. It may arrive at any time from then on. */
  readonly read: AppEvent
}

/** Brings three lines up with a clock that stands still. Returns what apps are sent, by line. */
async function sendStates(): Promise<Map<number, Sent[]>> {
  const { tradingDate, from } = MARKET
  const market = toEpochMillis(momentOf(tradingDate, from))
  const clock = shiftedClock([{ real: addMillis(nowMillis(), STANDS_STILL_MS), market, speed: 1 }])
  const stream = await openStream()
  const tables = await startTables()
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  let lines: Lines | undefined
  const tasks: Running[] = []
  try {
    lines = await openLines(clock)
    for (const line of LINE_NUMBERS) tasks.push(runIngest(stream, clock, line, lines.ports[line - 1]!))
    await until(() => tasks.every(task => task.stats().line.state === 'live'), 'three live lines')
    await until(
      async () => (await publishedStates(stream)).every(states => states.at(-1) === 'live'),
      'published states',
    )
    const sent = new Map<number, Sent[]>()
    for (const line of LINE_NUMBERS) {
      for (const reported of lineEventsOf(await stream.envelopes(), line)) {
        for (const event of await storeEvents(boards, [reported], clock)) {
          const read = statusEvents(await readStatus(boards)).find(
            each => each.type === 'line' && each.line === line,
          )
          if (read !== undefined) sent.set(line, [...(sent.get(line) ?? []), { event, read }])
        }
      }
    }
    return sent
  } finally {
    await Promise.all(tasks.map(task => task.close()))
    await lines?.close()
    await stream.close()
    await tables[Symbol.asyncDispose]()
  }
}

async function publishedStates(stream: Stream): Promise<LineState[][]> {
  const envelopes = await stream.envelopes()
  return LINE_NUMBERS.map(line => lineEventsOf(envelopes, line).map(({ state }) => state))
}

/** Returns the events in their order, and one state that was read after some event and arrives after that or a later one. */
function arrivalsOf(sent: readonly Sent[], random: Random): AppEvent[] {
  const readAt = below(random, sent.length)
  const arrivesAt = readAt + below(random, sent.length - readAt)
  return sent.flatMap(({ event }, index) => (index === arrivesAt ? [event, sent[readAt]!.read] : [event]))
}

/** Returns the state that an app shows after these events. */
function shownState(arrivals: readonly AppEvent[]): LineState | undefined {
  const status = createStatus()
  const taken = arrivals.filter(event => status.isCurrent(event))
  return taken.flatMap(event => (event.type === 'line' ? [event.state] : [])).at(-1)
}

async function run(seed: number): Promise<Outcome> {
  const random = randomOf('replay-line-down', seed)
  const sent = await sendStates()
  const counts = [...sent.values()].map(({ length }) => length)
  if (sent.size < LINE_NUMBERS.length || Math.min(...counts) < 3) {
    throw new Error(`expected each line stale, recovering and live, got ${counts.join(', ')} states`)
  }
  const views = Array.from({ length: APPS }, () =>
    [...sent.values()].map(states => shownState(arrivalsOf(states, random))),
  )
  const down = views.flat().filter(state => state !== 'live').length
  const apps = views.filter(states => states.some(state => state !== 'live')).length
  return {
    wrong: down,
    lost: 0,
    starved: 0,
    measured: `${counts.reduce((sum, count) => sum + count, 0)} states of three lines; ${apps} of ${APPS} apps see a line down that is up`,
  }
}

export const replayLineDown: Scenario = {
  name: 'replay-line-down',
  fault: 'lines come up while market time stands still, and an older state of a line arrives late',
  run,
}
