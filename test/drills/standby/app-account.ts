/** Checks what an app gets that holds every issue of a line: the rounds of the market log of broadcast. */
import { isDeepStrictEqual } from 'node:util'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { readRecords } from '../../../functions/broadcast/read-records.ts'
import { boardsEqual } from '../../../market/board.ts'
import type { IssueUpdate } from '../../../market/issue-update.ts'
import type { Tick } from '../../../market/tick.ts'
import { type Circumstances, type Findings, note } from './findings.ts'
import type { StreamEntry } from './watched-stream.ts'

/** Envelopes that arrive within this time are one round, ms: about as many rounds as broadcast plays. */
const ROUND_MS = 100

/** What an app has of an issue. */
interface Held {
  sequence: number
  /** Sequences of the trades, in the order in which they came. */
  readonly trades: number[]
}

/** Checks the updates of all rounds. If both tasks died, trades may be missing, and boards may come whole. */
export function checkUpdates(
  entries: readonly StreamEntry[],
  truth: readonly Tick[],
  found: Findings,
  circumstances: Circumstances,
): void {
  const log = createMarketLog(() => true)
  const held = new Map<string, Held>()
  for (let at = 0; at < entries.length; ) {
    const from = entries[at]!.arrivedAt
    const end = entries.findIndex((entry, index) => index > at && entry.arrivedAt >= from + ROUND_MS)
    const round = entries.slice(at, end < 0 ? undefined : end)
    at += round.length
    readRecords(
      round.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
      log,
    )
    const before = log.round
    for (const { board } of log.endRound(from)) {
      for (const update of log.updatesSince(board.issue, 'board', before, true))
        takeUpdate(update, held, truth, found, circumstances)
    }
    log.drop(log.round, from)
  }
  checkEnd(held, truth, found, circumstances)
}

function takeUpdate(
  { tick, follows, trades, lost }: IssueUpdate,
  held: Map<string, Held>,
  truth: readonly Tick[],
  found: Findings,
  circumstances: Circumstances,
): void {
  const { issue } = tick.board
  const name = `update of ${issue} to message ${tick.sequence}`
  const known = held.get(issue)
  const before = known ?? { sequence: 0, trades: [] }
  held.set(issue, before)
  const fact = truth[tick.sequence]
  if (fact === undefined || !boardsEqual(fact.board, tick.board)) note(found, 'wrong', `board in the ${name}`)
  if (tick.sequence <= before.sequence) note(found, 'wrong', `${name} came after ${before.sequence}`)
  if (known !== undefined && !circumstances.isCold) {
    if (lost) note(found, 'wrong', `${name} has the mark "lost"`)
    if (follows !== before.sequence)
      note(found, 'wrong', `${name} follows ${follows}, expected ${before.sequence}`)
  }
  before.sequence = tick.sequence
  for (const { sequence, trade } of trades) {
    if (!isDeepStrictEqual(trade, truth[sequence]?.trade))
      note(found, 'wrong', `trade ${sequence} in the ${name}`)
    if (sequence <= (before.trades.at(-1) ?? 0)) note(found, 'doubled', `trade ${sequence} in the ${name}`)
    before.trades.push(sequence)
  }
}

/** Checks that the app has every trade, and the last board of every issue. */
function checkEnd(
  held: ReadonlyMap<string, Held>,
  truth: readonly Tick[],
  found: Findings,
  circumstances: Circumstances,
): void {
  for (const [issue, ticks] of Map.groupBy(truth.slice(1), ({ board }) => board.issue)) {
    const { sequence, trades } = held.get(issue) ?? { sequence: 0, trades: [] }
    const last = ticks.at(-1)!.sequence
    if (sequence !== last) note(found, 'wrong', `the app has ${issue} at ${sequence}, expected ${last}`)
    if (circumstances.isCold) continue
    const got = new Set(trades)
    for (const tick of ticks) {
      if (tick.trade !== undefined && !got.has(tick.sequence))
        note(found, 'lost', `trade of message ${tick.sequence} of ${issue}, for an app`)
    }
  }
}
