/** Checks the events of a recorded session against what the exchange sent. */
import assert from 'node:assert/strict'
import type { TradeJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { View } from '../../../market/view.ts'
import { trueTrades } from '../../market/trade-truth.ts'
import type { Truth } from '../../system/system-truth.ts'
import type { VectorEvent, VectorStep } from './vector.ts'

/** What a subscription has reported since the board with the sequence `from`. */
interface Reported {
  readonly from: number
  to: number
  readonly trades: TradeJson[]
}

/**
 * Asserts that every board is one that the exchange sent, and that every trade comes once, in order. Trades may come later than
 * their board, but all until the end of a subscription. After the mark `lost` the count of trades starts again.
 */
export function assertTrueEvents(truth: Truth, steps: readonly VectorStep[]): void {
  const views = new Map<string, View>()
  const reported = new Map<string, Reported>()
  const end = (issue: string): void => {
    const { from, to, trades } = reported.get(issue) ?? { from: 0, to: 0, trades: [] }
    reported.delete(issue)
    if (views.get(issue) === 'quote') return
    assert.deepEqual(
      trades,
      tradesBetween(truth, issue, from, to),
      `trades of ${issue} from ${from} to ${to}`,
    )
  }
  for (const step of steps) {
    if ('subscribe' in step) {
      end(step.subscribe)
      views.set(step.subscribe, step.view === 'quote' && step.trades ? 'quote-trades' : step.view)
    }
    if (!('receive' in step)) continue
    for (const event of step.events ?? []) {
      const { board, trades, lost } = event
      const { issue, sequence } = board
      const tick = truth.at(issue, sequence)
      assert.ok(tick, `expected a tick ${sequence} of ${issue}`)
      assert.deepEqual(board, boardInView(tick, board.view ?? 'board'))
      const before = lost ? undefined : reported.get(issue)
      // A subscription starts with its first update: trades between the answer and this update may be missing.
      if (before === undefined && step.receive.startsWith('{"type":"subscribed"')) continue
      if (views.get(issue) === 'quote') assertRange(truth, event, before)
      else if (before !== undefined) before.trades.push(...trades)
      if (before === undefined) reported.set(issue, { from: sequence, to: sequence, trades: [] })
      else before.to = sequence
    }
  }
  for (const issue of reported.keys()) end(issue)
}

/** Asserts high and low of a view without trades. The first ones may be of earlier trades too. */
function assertRange(truth: Truth, { board, trades, high, low }: VectorEvent, before?: Reported): void {
  assert.deepEqual(trades, [])
  if (before === undefined) return
  const prices = tradesBetween(truth, board.issue, before.to, board.sequence).map(({ price }) => price)
  if (prices.length === 0) return
  const [highest, lowest] = [Math.max(...prices), Math.min(...prices)]
  assert.ok(high! >= highest && low! <= lowest, `${board.issue}: expected high and low of its trades`)
}

function tradesBetween(truth: Truth, issue: string, from: number, to: number): TradeJson[] {
  return trueTrades(truth.ticksOf(issue)).filter(({ sequence }) => sequence > from && sequence <= to)
}
