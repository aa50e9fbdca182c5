/** The book with differences and wholes of each view, and with issues that change their view. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createBook } from '../../client/board-book.ts'
import type { BoardEvent } from '../../client/board-events.ts'
import { requestedView } from '../../client/wanted-views.ts'
import type { BoardJson, TradeJson } from '../../market/board-json.ts'
import type { Update } from '../../market/protocol.ts'
import { plainUpdate } from '../../market/quote-row.ts'
import { hasTrades, VIEWS, type View } from '../../market/view.ts'
import { trueTrade } from '../market/trade-truth.ts'
import { createTruth, STEP_FIELDS, type Step } from './client-truth.ts'

const ISSUE = '7203'
const step: fc.Arbitrary<Step> = fc.record(
  {
    fields: fc.array(
      fc.tuple(fc.constantFrom(...STEP_FIELDS), fc.option(fc.integer({ min: 0, max: 5 }), { nil: null })),
      { maxLength: 6 },
    ),
    traded: fc.integer({ min: 100, max: 900 }),
    tradePrice: fc.integer({ min: 1, max: 4 }).map(yen => yen * 10_000),
    side: fc.constantFrom('buy' as const, 'sell' as const),
  },
  { requiredKeys: ['fields'] },
)

/** A round of steps that becomes one update. Copies of the update arrive again some rounds later. */
const round = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  copies: fc.array(fc.nat({ max: 3 }), { maxLength: 2 }),
  isWhole: fc.boolean(),
})
const rounds = fc.array(round, { minLength: 1, maxLength: 20 })
const view = fc.constantFrom(...VIEWS)

interface Arrival {
  readonly round: number
  readonly update: Update
}

/** What a server sends in the view of each round, in the order of arrival, and what is true. */
function play(
  all: readonly {
    readonly round: typeof round extends fc.Arbitrary<infer R> ? R : never
    readonly view: View
  }[],
) {
  const truth = createTruth()
  /** The true board of each view, by sequence. */
  const boards = new Map<string, BoardJson | undefined>()
  const trades: TradeJson[] = []
  const arrivals: Arrival[] = []
  const note = (): void => {
    for (const one of VIEWS) boards.set(`${one} ${truth.tick(ISSUE)?.sequence}`, truth.json(ISSUE, one))
  }
  let sent = truth.step(ISSUE, { fields: [] }).sequence
  note()
  for (const [
    index,
    {
      round: { steps, copies, isWhole },
      view,
    },
  ] of all.entries()) {
    for (const each of steps) {
      const before = truth.tick(ISSUE)
      const trade = trueTrade(truth.step(ISSUE, each), before)
      if (trade !== undefined) trades.push(trade)
      note()
    }
    const isNewView = all[index - 1]?.view !== view
    const update = plainUpdate(truth.update(ISSUE, view, sent, isWhole || isNewView))
    for (const late of [0, ...copies]) arrivals.push({ round: index + late, update })
    sent = truth.tick(ISSUE)!.sequence
  }
  return { arrivals: arrivals.toSorted((a, b) => a.round - b.round), boards, trades, last: sent }
}

const extreme = (choose: typeof Math.max, values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter(value => value !== undefined)
  return known.length === 0 ? undefined : choose(...known)
}

describe('the book in a view', () => {
  it('has the true board of the view, each trade once or none, and the highest and lowest price', () => {
    fc.assert(
      fc.property(rounds, view, (all, view) => {
        const { arrivals, boards, trades, last } = play(all.map(round => ({ round, view })))
        const book = createBook()
        book.want(ISSUE, view)
        const events: BoardEvent[] = []
        for (const { update } of arrivals) {
          const event = book.apply(update)
          if (event === undefined) continue
          assert.deepEqual(event.board, boards.get(`${view} ${event.board.sequence}`))
          events.push(event)
        }
        assert.equal(book.board(ISSUE)?.sequence, last)
        assert.equal(book.hasGap(ISSUE), false)
        assert.deepEqual(
          events.flatMap(event => event.trades),
          hasTrades(view) ? trades : [],
        )
        const prices = trades.map(({ price }) => price)
        assert.equal(
          extreme(
            Math.max,
            events.map(({ high }) => high),
          ),
          extreme(Math.max, prices),
        )
        assert.equal(
          extreme(
            Math.min,
            events.map(({ low }) => low),
          ),
          extreme(Math.min, prices),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('never shows a wrong board while the view changes, and ends with the board of the view that is wanted', () => {
    const changing = fc.array(fc.record({ round, view, early: fc.nat({ max: 2 }) }), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(changing, all => {
        const { arrivals, boards, last } = play(all)
        const book = createBook()
        let shown = 0
        let wantedUpTo = -1
        for (const { round, update } of arrivals) {
          // The app wants a view before the server sends it, and knows nothing of rounds.
          for (const [index, { view, early }] of all.entries()) {
            if (index > wantedUpTo && index - early <= round) {
              book.want(ISSUE, view)
              wantedUpTo = index
            }
          }
          const event = book.apply(update)
          if (event === undefined) continue
          const shownView = event.board.view ?? 'board'
          assert.deepEqual(event.board, boards.get(`${shownView} ${event.board.sequence}`))
          assert.ok(event.board.sequence >= shown)
          shown = event.board.sequence
        }
        const view = requestedView(all.at(-1)!.view)
        assert.deepEqual(book.board(ISSUE), boards.get(`${view} ${last}`))
      }),
      { numRuns: 500 },
    )
  })
})
