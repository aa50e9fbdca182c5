/** Measures the bytes of updates in each view, beside whole boards (the baseline), at the opening. */
import { boardText, changeText } from '../functions/broadcast/update-text.ts'
import { SECOND } from '../local/exchange/hours.ts'
import { FIELD_COUNT } from '../market/board.ts'
import type { IssueUpdate } from '../market/issue-update.ts'
import type { Tick } from '../market/tick.ts'
import { exactTurnover } from '../market/trade.ts'
import { isVisible, VIEWS, type View } from '../market/view.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, median } from './benchmark.ts'
import { playOpening, SETTLED, tickOf } from './opening.ts'

const MARKET_SECONDS = 10
const CASES = [
  { ticksPerSecond: 3_000, busiest: 20, pace: SECOND / 2 },
  { ticksPerSecond: 3_000, busiest: 200, pace: SECOND },
  { ticksPerSecond: 30_000, busiest: 200, pace: SECOND },
] as const

interface Sizes {
  /** Bytes of each update, with its comma. */
  readonly bytes: Readonly<Record<View, readonly number[]>>
  /** Bytes if each update of the view `board` were a whole board. */
  readonly whole: readonly number[]
}

export const update: Benchmark = {
  name: 'update',
  about: 'bytes of updates in each view, beside whole boards',
  run() {
    const table = [['', 'view', 'updates', 'median bytes', 'bytes', '']]
    const figures: Record<string, number> = {}
    for (const { ticksPerSecond, busiest, pace } of CASES) {
      const ticks = Array.from(playOpening({ ticksPerSecond, seconds: MARKET_SECONDS }), tickOf)
      const { bytes, whole } = sizesOf(ticks, busiest, pace)
      const name = `${figure(ticksPerSecond)} ticks/s, ${busiest} busiest issues, pace ${pace / SECOND} s`
      const board = sum(bytes.board)
      for (const [view, sizes] of Object.entries({ ...bytes, 'whole boards': whole })) {
        const row = [
          figure(sizes.length),
          figure(median(sizes)),
          figure(sum(sizes)),
          times(board / sum(sizes)),
        ]
        table.push([name, view, ...row])
      }
      const key = `at${ticksPerSecond}of${busiest}`
      figures[`${key}MedianBoardBytes`] = median(bytes.board)
      figures[`${key}MedianQuoteBytes`] = median(bytes.quote)
      figures[`${key}WholeToBoard`] = sum(whole) / board
      figures[`${key}BoardToQuote`] = board / sum(bytes.quote)
    }
    return {
      table,
      notes: [
        `${MARKET_SECONDS} s from 9:00:05 on, a post every pace. The last column compares all bytes with the view board.`,
      ],
      figures,
    }
  },
}

/** Returns the sizes of the updates that an app with the busiest issues gets. */
function sizesOf(ticks: readonly Tick[], busiest: number, pace: number): Sizes {
  const byIssue = [...Map.groupBy(ticks, ({ board }) => board.issue).values()]
  const settled = (ofIssue: readonly Tick[]): number => ofIssue.filter(({ time }) => time >= SETTLED).length
  const bytes: Record<View, number[]> = { board: [], quote: [], 'quote-trades': [] }
  const whole: number[] = []
  for (const ofIssue of byIssue.toSorted((a, b) => settled(b) - settled(a)).slice(0, busiest)) {
    for (const update of updatesOf(ofIssue, pace)) {
      for (const view of VIEWS)
        if (isVisible(view, update.touched)) bytes[view].push(changeText(update, view).length + 1)
      whole.push(boardText(update.tick, 'board', false).length + 1)
    }
  }
  return { bytes, whole }
}

/** Returns one update for all ticks of an issue in each pace. */
function updatesOf(ticks: readonly Tick[], pace: number): IssueUpdate[] {
  const updates: IssueUpdate[] = []
  let before = ticks.findLast(({ time }) => time < SETTLED)
  for (let start = SETTLED; start < SETTLED + MARKET_SECONDS * SECOND; start += pace) {
    const merged = ticks.filter(({ time }) => time >= start && time < start + pace)
    const last = merged.at(-1)
    if (before !== undefined && last !== undefined) updates.push(mergeTicks(before, merged, last))
    before = last ?? before
  }
  return updates
}

function mergeTicks(before: Tick, ticks: readonly Tick[], last: Tick): IssueUpdate {
  const touched = new Uint8Array(FIELD_COUNT)
  let { values } = before.board
  for (const { board } of ticks) {
    for (let field = 0; field < FIELD_COUNT; field++)
      if (board.values[field] !== values[field]) touched[field] = 1
    values = board.values
  }
  const trades = ticks.flatMap((tick, index) => {
    const { sequence, time, trade } = tick
    const turnover = exactTurnover(tick, ticks[index - 1] ?? before)
    return trade === undefined ? [] : [{ sequence, time, trade, turnover }]
  })
  const prices = trades.map(({ trade }) => trade.price)
  return {
    tick: last,
    follows: before.sequence,
    touched,
    trades,
    high: prices.length === 0 ? undefined : Math.max(...prices),
    low: prices.length === 0 ? undefined : Math.min(...prices),
    traded: sum(trades.map(({ trade }) => trade.quantity)),
    lost: false,
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
