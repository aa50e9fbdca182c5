/** Arbitrary ticks for property tests: any board that the format must hold, also unlikely boards. */
import fc from 'fast-check'
import { ABSENT, ASKS, BIDS, emptyBoard, F, FIELD_COUNT } from '../../../market/board.ts'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import type { Tick, Trade } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'

const ISSUES = ['7203', '130A', '25935', '6758']
export const TRADING_DATE = asTradingDate(20261120)

const value = fc.oneof(
  fc.constant(ABSENT),
  fc.constant(0),
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: 0, max: 5_000 }).map(n => n * 100),
  fc.integer({ min: 1, max: 500_000 }).map(n => n * 1_000),
  fc.integer({ min: 0, max: DAY_MICROSECONDS - 1 }),
  fc.integer({ min: 0, max: 900_000_000_000_000 }),
)

const likelyField = fc.constantFrom(
  F.updateNumber,
  F.last,
  F.volume,
  F.turnover,
  F.vwap,
  ASKS,
  ASKS + 1,
  BIDS,
  BIDS + 1,
  F.under,
)
const edits = fc.array(fc.tuple(fc.oneof(likelyField, fc.integer({ min: 0, max: FIELD_COUNT - 1 })), value), {
  maxLength: 40,
})
const trade: fc.Arbitrary<Trade | undefined> = fc.option(
  fc.record(
    {
      price: fc.integer({ min: 0, max: 10_000_000_000 }),
      quantity: fc.integer({ min: 0, max: 10_000_000 }),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      average: fc.integer({ min: 0, max: 10_000_000_000 }),
    },
    { requiredKeys: ['price', 'quantity'], noNullPrototype: true },
  ),
  { nil: undefined },
)
const step = fc.record({
  issue: fc.constantFrom(...ISSUES),
  sequenceStep: fc.integer({ min: 1, max: 1000 }),
  timeStep: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: 60_000_000 }),
  ),
  edits,
  trade,
  lost: fc.boolean(),
  /** Whether price and quantity of the trade match the board. */
  likely: fc.boolean(),
})

/** Generates ticks of a few issues in the order of their line. */
export function arbitraryTicks(
  constraints: { minLength?: number; issues?: number } = {},
): fc.Arbitrary<Tick[]> {
  const issues = ISSUES.slice(0, constraints.issues ?? ISSUES.length)
  return fc.array(step, { minLength: constraints.minLength ?? 0, maxLength: 30 }).map(steps => {
    const boards = new Map(issues.map(issue => [issue, emptyBoard(issue)]))
    let sequence = 0
    let time = 9 * 3_600_000_000
    return steps.map(({ issue, sequenceStep, timeStep, edits, trade, lost, likely }) => {
      const board = boards.get(issue) ?? boards.get(issues[0]!)!
      const before = board.values.slice()
      for (const [field, number] of edits) board.values[field] = number
      sequence += sequenceStep
      time += timeStep
      const volume = board.values[F.volume]! - before[F.volume]!
      const fits = likely && trade && volume > 0 && volume < 1e9 && board.values[F.last]! > 0
      const shown = fits ? { ...trade, price: board.values[F.last]!, quantity: volume } : trade
      return {
        tradingDate: TRADING_DATE,
        line: 2,
        sequence,
        time,
        board: { issue: board.issue, values: board.values.slice() },
        ...(shown === undefined ? {} : { trade: shown }),
        ...(lost ? { lost } : {}),
      }
    })
  })
}
