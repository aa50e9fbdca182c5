/** Scenarios: a table of broadcast is silent, slow or throttled for some seconds of trading. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { WRITE_EVERY_MS } from '../../../functions/broadcast/board-writer.ts'
import { below, createRandom, type Random } from '../../../local/exchange/random.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { EventOf, IssueMaster, LineState } from '../../../market/market-event.ts'
import { momentToIso } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { nowMillis, toEpochMicros } from '../../../market/units.ts'
import { readBoards, readPhaseAndLines, readStatus } from '../../../tables/boards/boards-table.ts'
import { createMaster } from '../../../tables/boards/master-list.ts'
import { createFeed } from '../../functions/broadcast/feed.ts'
import { TRADING_DATE } from '../../functions/stored-market.ts'
import { TABLES } from '../../functions/tables.ts'
import { type BroadcastTrial, startBroadcast, type TrialApp } from './broadcast-trial.ts'
import { type FaultyTables, startFaultyTables, type TableFault } from './faulty-tables.ts'
import type { Outcome, Scenario } from './scenario.ts'

const BATCH_EVERY_MS = 100
/** Each line reports more often than in reality (3 s), so that a batch may have several reports of a line. */
const REPORT_EVERY_BATCHES = 2
const CALM_MS = 1_500
const FAULT_MS = 3_500
/** Time after the fault in which everything must become right. Boards in the table may take the interval of their writes more. */
const HEALING_MS = 5_000
/**
 * Time after the fault in which a connection that has ended is marked. It is looked up after its fourth refused post
 * (functions/broadcast/note-result.ts), and its posts rest for 1, 2 and 4 s.
 */
const MARKING_MS = 8_000
/** Late requests arrive up to three seconds after the fault: what is right must stay right. */
const STAYING_MS = 1_000
/** Updates may leave this much later than in the calm. */
const LATER_MS = 100
/** Added to {@link LATER_MS}: a busy machine delays timers. Without the limits of a round the delay is seconds. */
const MACHINE_MS = 250
const ISSUES = Array.from({ length: 40 }, (_, index) => String(7001 + index))

interface Trial {
  readonly random: Random
  readonly faulty: FaultyTables
  readonly broadcast: BroadcastTrial
  readonly feed: ReturnType<typeof createFeed>
  /** The truth: the latest tick of each issue, and all sequences with a trade. */
  readonly latest: Map<string, Tick>
  readonly trades: Map<string, number[]>
  phase: EventOf<'phase'> | undefined
  readonly lines: Map<number, EventOf<'line'>>
}

function scenario(name: string, table: string, fault: TableFault, batchesAtOnce = 1): Scenario {
  const verb = { silent: 'does not answer', slow: 'answers within 3 s (p99)', throttled: 'throttles' }[fault]
  return {
    name,
    fault: `the ${table} table ${verb} for ${FAULT_MS / 1_000} s`,
    run: seed => runTrial(createRandom(seed), table, fault, batchesAtOnce),
  }
}

const { BOARDS_TABLE, CONNECTIONS_TABLE } = TABLES

export const tableFaults: readonly Scenario[] = [
  scenario('boards-table-silent', BOARDS_TABLE, 'silent'),
  scenario('boards-table-slow', BOARDS_TABLE, 'slow'),
  scenario('boards-table-throttles', BOARDS_TABLE, 'throttled'),
  scenario('connections-table-silent', CONNECTIONS_TABLE, 'silent'),
  scenario('connections-table-slow', CONNECTIONS_TABLE, 'slow'),
  scenario('connections-table-throttles', CONNECTIONS_TABLE, 'throttled'),
  // Each batch has several reports of each line.
  scenario('pulses-while-silent', BOARDS_TABLE, 'silent', 8),
]

async function runTrial(
  random: Random,
  table: string,
  fault: TableFault,
  batchesAtOnce: number,
): Promise<Outcome> {
  await using faulty = await startFaultyTables(random)
  await using broadcast = await startBroadcast(faulty.client, faulty.tables.client)
  const trial: Trial = {
    random,
    faulty,
    broadcast,
    feed: createFeed(),
    latest: new Map(),
    trades: new Map(),
    phase: undefined,
    lines: new Map(),
  }
  const early = await broadcast.connect(ISSUES)
  const ended = await broadcast.storeOldConnection()
  await playFor(trial, CALM_MS, batchesAtOnce)
  const calm = broadcast.latenesses()

  faulty.start(table, fault)
  changeStates(trial)
  await playFor(trial, FAULT_MS / 2, batchesAtOnce)
  broadcast.gateway.gone.add(ended)
  lineChanges(trial, 'live')
  const late = await broadcast.connect(ISSUES)
  await playFor(trial, FAULT_MS / 2, batchesAtOnce)
  const faultLatenesses = broadcast.latenesses()
  faulty.end()
  if (faulty.struck === 0)
    throw new Error(`expected requests to the ${table} table during the fault, got none`)

  const start = performance.now()
  const healed = await waitUntilRight(trial, HEALING_MS, () => findWrong(trial, [early, late]))
  const markingLeft = MARKING_MS - (performance.now() - start)
  await waitUntilRight(trial, markingLeft, () => findUnmarked(trial, ended))
  await waitUntilRight(trial, WRITE_EVERY_MS, () => findOldBoards(trial))
  await playFor(trial, STAYING_MS, 0)
  broadcast.receive()
  const wrong = [
    ...(await findWrong(trial, [early, late])),
    ...(await findUnmarked(trial, ended)),
    ...(await findOldBoards(trial)),
  ]
  const lost = lostTrades(trial, early)
  const limit = Math.max(...calm) + LATER_MS + MACHINE_MS
  const starved = faultLatenesses.filter(lateness => lateness > limit).length
  const later = median(faultLatenesses) - median(calm)
  const longest = Math.max(...faultLatenesses) - Math.max(...calm)
  for (const reason of wrong) console.error(`    ${reason}`)
  return {
    wrong: wrong.length + (healed === undefined ? 1 : 0),
    lost,
    starved,
    measured:
      `updates leave ${later.toFixed(0)} ms later (median; slowest ${longest.toFixed(0)} ms), ` +
      `all right after ${((healed ?? Number.NaN) / 1_000).toFixed(1)} s`,
  }
}

/** Puts batches for a time: of ticks and reports of lines; with `batchesAtOnce` 0 only reports. */
async function playFor(trial: Trial, time: number, batchesAtOnce: number): Promise<void> {
  const end = performance.now() + time
  for (let batch = 0; performance.now() < end; batch++) {
    const records = batch % REPORT_EVERY_BATCHES === 0 ? reports(trial) : []
    for (let count = 0; count < batchesAtOnce; count++) records.push(ticks(trial), ...reports(trial))
    const last =
      batchesAtOnce === 0 ? undefined : Math.max(...[...trial.latest.values()].map(t => t.sequence))
    trial.broadcast.put(records, last)
    await sleep(BATCH_EVERY_MS)
  }
}

function ticks({ random, feed, latest, trades }: Trial): string {
  const count = 1 + below(random, 30)
  const some = Array.from({ length: count }, () => {
    const tick = feed.tick(ISSUES[below(random, ISSUES.length)]!, 1 + below(random, 1_000_000))
    latest.set(tick.board.issue, tick)
    if (tick.trade !== undefined) {
      trades.set(tick.board.issue, [...(trades.get(tick.board.issue) ?? []), tick.sequence])
    }
    return tick
  })
  return feed.ticks(...some)
}

function reports({ feed, lines }: Trial): string[] {
  for (const line of [1, 2, 3]) {
    if (!lines.has(line)) lines.set(line, { type: 'line', line, state: 'live', since: nowIso() })
  }
  return [feed.events(...lines.values())]
}

/** Changes the phase and the state of a line, and sends an issue master in two parts. */
function changeStates(trial: Trial): void {
  const { feed, broadcast, lines } = trial
  const phase: EventOf<'phase'> = { type: 'phase', time: nowIso(), phase: 'morning' }
  trial.phase = phase
  lines.set(2, { type: 'line', line: 2, state: 'recovering', since: nowIso() })
  broadcast.put([feed.events(phase, ...lines.values(), ...MASTER)])
  broadcast.put([feed.events(phase)])
}

/** Line 2 changes its state again, so that the ended connection gets a post. */
function lineChanges({ broadcast, lines, feed }: Trial, state: LineState): void {
  lines.set(2, { type: 'line', line: 2, state, since: nowIso() })
  broadcast.put([feed.events(...lines.values())])
}

const LIST: readonly IssueMaster[] = ISSUES.map(code => ({
  code,
  name: `銘柄${code}`,
  section: 'プライム',
  unit: 100,
  basePrice: 10_000_000,
  topix500: false,
}))
const MASTER: readonly EventOf<'issues'>[] = [LIST.slice(0, 20), LIST.slice(20)].map((issues, part) => ({
  type: 'issues',
  line: 1,
  tradingDate: TRADING_DATE,
  part,
  parts: 2,
  issues,
}))

const nowIso = (): string => momentToIso(toEpochMicros(nowMillis()))

/** Plays reports until nothing is wrong. Returns the milliseconds; undefined if it takes longer than `limit`. */
async function waitUntilRight(
  trial: Trial,
  limit: number,
  find: () => Promise<readonly string[]>,
): Promise<number | undefined> {
  const start = performance.now()
  while (performance.now() - start < limit) {
    await playFor(trial, BATCH_EVERY_MS, 0)
    trial.broadcast.receive()
    if ((await find()).length === 0) return performance.now() - start
  }
  return undefined
}

/** Returns the boards in the table that are not the latest. */
async function findOldBoards({ latest, faulty }: Trial): Promise<string[]> {
  const boards = { client: faulty.tables.client, table: BOARDS_TABLE }
  const stored = new Map((await readBoards(boards, ISSUES)).map(tick => [tick.board.issue, tick.sequence]))
  return [...latest.values()]
    .filter(({ board, sequence }) => stored.get(board.issue) !== sequence)
    .map(({ board }) => `board of ${board.issue} in the table`)
}

async function findUnmarked({ broadcast }: Trial, ended: string): Promise<string[]> {
  return (await broadcast.isMarkedGone(ended)) ? [] : ['a connection that has ended']
}

/** Returns what else differs from the truth: boards at apps, states, the issue master. */
async function findWrong(trial: Trial, apps: readonly TrialApp[]): Promise<string[]> {
  const { latest, lines, phase, faulty } = trial
  const { client } = faulty.tables
  const boards = { client, table: BOARDS_TABLE }
  const wrong: string[] = []
  for (const [issue, tick] of latest) {
    for (const { id, book } of apps) {
      if (!isDeepStrictEqual(book.board(issue), boardInView(tick, 'board')))
        wrong.push(`board of ${issue} at ${id}`)
    }
  }
  const status = await readStatus(boards)
  if (!isDeepStrictEqual(status.phase, phase)) wrong.push('the phase in the table')
  const { news: _, ...phaseAndLines } = status
  if (!isDeepStrictEqual(await readPhaseAndLines(boards), phaseAndLines)) wrong.push('the copy of the status')
  for (const { id, events } of apps) {
    if (
      !isDeepStrictEqual(
        events.findLast(({ type }) => type === 'phase'),
        phase,
      )
    )
      wrong.push(`phase at ${id}`)
  }
  for (const [line, event] of lines) {
    if (status.lines.find(state => state.line === line)?.state !== event.state)
      wrong.push(`line ${line} in the table`)
    for (const { id, events } of apps) {
      const last = events.findLast(state => state.type === 'line' && state.line === line)
      if (last?.type !== 'line' || last.state !== event.state) wrong.push(`line ${line} at ${id}`)
    }
  }
  const list = await createMaster(boards).read()
  if (list.length !== LIST.length) wrong.push(`the issue master has ${list.length} issues`)
  return wrong
}

/** Counts the trades that an app missed after its first board of an issue, or got twice or out of order. */
function lostTrades({ trades }: Trial, app: TrialApp): number {
  let lost = 0
  for (const [issue, sequences] of trades) {
    if (!isDeepStrictEqual(app.trades.get(issue) ?? [], sequences)) lost++
  }
  return lost
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
