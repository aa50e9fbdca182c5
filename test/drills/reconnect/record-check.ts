/** Compares what apps received with what the exchange made. */
import type { BarJson } from '../../../market/bars.ts'
import { type AppRecord, type BoardMarks, hashOf, type IssueRecord, type TradeMark } from './app-record.ts'

/** A trade of the exchange, and the hash of the trade without its turnover, which an app may lack. */
export type TrueMark = readonly [...mark: TradeMark, withoutTurnover: number]

/** What the exchange made up to a time. */
export interface DrillTruth {
  /** The trades of an issue, in order. */
  trades(issue: string): readonly TrueMark[]
  /** Sequence of the last tick of an issue that apps must have. 0 for none. */
  due(issue: string): number
  /** The hash of a board, by {@link boardKey}; undefined if there was no such board. */
  board(key: string): number | undefined
  /** The one-minute bars of an issue that apps must have, in order. */
  bars(issue: string): readonly BarJson[]
}

export interface Verdict {
  tradesExpected: number
  tradesMissing: number
  tradesTwice: number
  /** Trades that differ from those of the exchange, or came out of order. */
  tradesWrong: number
  boards: number
  wrongBoards: number
  bars: number
  barsDiffering: number
  /** Finished bars that did not come. */
  barsMissing: number
  /** Sentences about what did not hold. */
  readonly problems: string[]
}

export function emptyVerdict(): Verdict {
  return {
    tradesExpected: 0,
    tradesMissing: 0,
    tradesTwice: 0,
    tradesWrong: 0,
    boards: 0,
    wrongBoards: 0,
    bars: 0,
    barsDiffering: 0,
    barsMissing: 0,
    problems: [],
  }
}

/** Adds what an app received. @param barsOf the issue of its bars. */
export function checkApp(verdict: Verdict, app: AppRecord, barsOf: string, truth: DrillTruth): void {
  verdict.problems.push(...app.problems)
  for (const [issue, record] of Object.entries(app.issues)) checkIssue(verdict, issue, record, truth)
  checkBars(verdict, app.bars, truth.bars(barsOf))
}

function checkIssue(verdict: Verdict, issue: string, record: IssueRecord, truth: DrillTruth): void {
  const { from, to, trades } = record
  if (to < truth.due(issue)) verdict.problems.push(`${issue}: the board stands at ${to}`)
  if (from === undefined) return
  const until = truth.due(issue)
  const known = new Map(truth.trades(issue).map(([sequence, ...hashes]) => [sequence, hashes]))
  const expected = [...known.keys()].filter(sequence => sequence > from && sequence <= until)
  verdict.tradesExpected += expected.length
  const seen = new Set<number>()
  let last = 0
  for (const [sequence, hash] of trades) {
    // Bars let an app get trades from before its first board.
    if (seen.has(sequence)) verdict.tradesTwice++
    else if (sequence < last || !known.get(sequence)?.includes(hash)) verdict.tradesWrong++
    seen.add(sequence)
    last = Math.max(last, sequence)
  }
  const missing = expected.filter(sequence => !seen.has(sequence))
  if (missing.length === 0) return
  verdict.tradesMissing += missing.length
  const range = `${missing[0]} to ${missing.at(-1)}`
  verdict.problems.push(`${issue}: ${missing.length} trades from ${range} are missing, the board is ${to}`)
}

/** Every true bar from the app's first one on must have come once, in order, to the last digit. */
function checkBars(verdict: Verdict, bars: readonly BarJson[], truth: readonly BarJson[]): void {
  const byTime = new Map(truth.map(bar => [bar.time, hashOf(bar)]))
  const firstTrue = truth[0]?.time ?? ''
  const lastTrue = truth.at(-1)?.time ?? ''
  let before = ''
  for (const bar of bars) {
    if (bar.time < firstTrue || bar.time > lastTrue) continue
    verdict.bars++
    if (bar.time <= before || byTime.get(bar.time) !== hashOf(bar)) {
      verdict.barsDiffering++
      verdict.problems.push(`bar ${JSON.stringify(bar)} after ${before}`)
    }
    before = bar.time
  }
  const first = bars[0]?.time ?? ''
  const times = new Set(bars.map(({ time }) => time))
  for (const { time } of truth) if (time >= first && !times.has(time)) verdict.barsMissing++
}

export function checkBoards(verdict: Verdict, boards: BoardMarks, truth: DrillTruth): void {
  for (const [key, hash] of boards) {
    verdict.boards++
    if (truth.board(key) === hash) continue
    verdict.wrongBoards++
    if (verdict.wrongBoards <= 3) verdict.problems.push(`${key}: the exchange had another board, or none`)
  }
}

/** Whether nothing is missing yet. What is missing may still come. */
export function isComplete({ tradesMissing, barsMissing, problems }: Verdict): boolean {
  return tradesMissing === 0 && barsMissing === 0 && !problems.some(text => text.includes('stands at'))
}
