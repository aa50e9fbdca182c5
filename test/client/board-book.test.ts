import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createBook } from '../../client/board-book.ts'
import type { BoardEvent } from '../../client/board-events.ts'
import type { BoardJson, TradeJson } from '../../market/board-json.ts'
import { momentFromIso } from '../../market/moment.ts'
import type { Update } from '../../market/protocol.ts'
import { type ChangeUpdate, tradeOfRow } from '../../market/update-json.ts'
import { createTruth, STEP_FIELDS, type Step } from './client-truth.ts'

const ISSUE = '7203'
const step: fc.Arbitrary<Step> = fc.record(
  {
    fields: fc.array(
      fc.tuple(fc.constantFrom(...STEP_FIELDS), fc.option(fc.integer({ min: 0, max: 5 }), { nil: null })),
      {
        maxLength: 4,
      },
    ),
    traded: fc.integer({ min: 100, max: 900 }),
  },
  { requiredKeys: ['fields'] },
)

/** Rounds of steps. Each round becomes one update, which arrives 0, 1 or 2 times, some rounds later. */
const history = fc.array(
  fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 3 }),
    copies: fc.array(fc.nat({ max: 3 }), { maxLength: 2 }),
    whole: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20 },
)

describe('the book', () => {
  it('returns only true boards, never an older one, and each trade once, for lost, repeated and late updates', () => {
    fc.assert(
      fc.property(history, rounds => {
        const { arrivals, truths } = play(rounds)
        const book = createBook()
        let shown: BoardJson | undefined
        const trades = new Set<number>()
        for (const update of arrivals) {
          const event = book.apply(update)
          if (event === undefined) continue
          assert.deepEqual(event.board, truths.get(event.board.sequence))
          assert.ok(event.board.sequence > (shown?.sequence ?? 0))
          shown = event.board
          for (const { sequence } of event.trades) {
            assert.ok(!trades.has(sequence), `trade ${sequence} was returned twice`)
            trades.add(sequence)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('returns every trade and the true board at the end, for repeated and late updates', () => {
    fc.assert(
      fc.property(history, rounds => {
        const complete = rounds.map(round => ({ ...round, whole: false, copies: [0, ...round.copies] }))
        const { arrivals, truths, trades } = play(complete)
        const book = createBook()
        const first = truths.values().next().value
        assert.ok(first)
        const events: BoardEvent[] = []
        for (const update of [{ board: first }, ...arrivals]) {
          const event = book.apply(update)
          if (event !== undefined) events.push(event)
        }
        assert.deepEqual(book.board(ISSUE), [...truths.values()].at(-1))
        assert.deepEqual(
          events.flatMap(event => event.trades),
          trades.filter(trade => trade.sequence > first.sequence),
        )
        assert.equal(book.hasGap(ISSUE), false)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps a difference until the snapshot before it arrives', () => {
    const truth = createTruth()
    truth.step(ISSUE, { fields: [[STEP_FIELDS[0]!, 1]] })
    const book = createBook()
    truth.step(ISSUE, { fields: [[STEP_FIELDS[0]!, 2]] })
    const board = truth.json(ISSUE)!
    truth.step(ISSUE, { fields: [[STEP_FIELDS[1]!, 3]] })
    assert.equal(book.apply(truth.change(ISSUE, 2)), undefined)
    assert.equal(book.hasGap(ISSUE), true)
    const event = book.apply({ board })
    assert.deepEqual(event?.board, truth.json(ISSUE))
    assert.equal(event?.snapshot, true)
    assert.equal(book.hasGap(ISSUE), false)
  })

  it('accepts the board of a later date with a lower sequence, and no difference of that date before it', () => {
    const book = createBook()
    const old = board({ date: '2026-11-20', sequence: 900, time: '2026-11-20T15:30:00.000000+09:00' })
    book.apply({ board: old })
    const change: ChangeUpdate = {
      issue: ISSUE,
      follows: 2,
      sequence: 950,
      time: momentFromIso('2026-11-24T09:00:01.000000+09:00')!,
      changes: { volume: 300 },
    }
    assert.equal(book.apply(change), undefined)
    assert.equal(book.hasGap(ISSUE), true)
    const today = board({ date: '2026-11-24', sequence: 2, time: '2026-11-24T09:00:00.000000+09:00' })
    assert.equal(book.apply({ board: today })?.board.volume, 300)
    assert.equal(book.apply({ board: old }), undefined)
  })

  it('combines high and low of an update with those of the updates that waited for it', () => {
    const book = createBook()
    const time = '2026-11-20T09:00:00.000000+09:00'
    book.apply({ board: board({ sequence: 1, time }) })
    const change = { issue: ISSUE, time: momentFromIso(time)!, changes: {} }
    book.apply({ ...change, follows: 2, sequence: 3, high: 101, low: 99 })
    const event = book.apply({ ...change, follows: 1, sequence: 2, high: 100, low: 98 })
    assert.deepEqual([event?.high, event?.low], [101, 98])
  })

  it('gives the trades of an update and of those that waited for it, in order and once', () => {
    const book = createBook()
    const time = '2026-11-20T09:00:00.000000+09:00'
    const change = (follows: number): ChangeUpdate => {
      const trades = [[100, 100, 'buy', follows + 1, 0] as const]
      const moment = momentFromIso(time)!
      return { issue: ISSUE, follows, sequence: follows + 1, time: moment, changes: {}, trades }
    }
    book.apply({ board: board({ sequence: 1, time }) })
    assert.equal(book.apply(change(3)), undefined)
    assert.equal(book.apply(change(2)), undefined)
    assert.deepEqual(
      book.apply(change(1))?.trades.map(({ sequence }) => sequence),
      [2, 3, 4],
    )
  })

  it('passes on the mark for missing trades, also of a waiting update, but not to the next update', () => {
    const time = '2026-11-20T09:00:00.000000+09:00'
    const change = (follows: number, lost?: true): ChangeUpdate => ({
      issue: ISSUE,
      follows,
      sequence: follows + 1,
      time: momentFromIso(time)!,
      changes: {},
      ...(lost ? { lost } : {}),
    })
    const book = createBook()
    assert.equal(book.apply({ board: board({ sequence: 1, time }), lost: true })?.lost, true)
    assert.equal(book.apply(change(3, true)), undefined)
    assert.equal(book.apply(change(4)), undefined)
    const event = book.apply(change(2))
    assert.equal(event, undefined)
    const healed = book.apply(change(1))
    assert.deepEqual([healed?.board.sequence, healed?.lost], [5, true])
    assert.deepEqual(Object.hasOwn(book.apply(change(5)) ?? {}, 'lost'), false)
    assert.equal(book.apply(change(7)), undefined)
    const first = book.apply(change(6, true))
    assert.deepEqual([first?.board.sequence, first?.lost], [8, true])
  })
})

describe('a whole board after updates of the book', () => {
  const TIME = '2026-11-20T09:00:00.000000+09:00'
  const at = (sequence: number, volume: number, part: Partial<BoardJson> = {}): BoardJson =>
    board({ sequence, volume, time: TIME, ...part })
  const trade = (quantity: number, sequence: number) => [100, quantity, null, sequence, 0] as const
  const startedBook = () => {
    const book = createBook()
    book.apply({ board: at(5, 1_000) })
    return book
  }

  it('is marked if its volume has grown by more than its trades after the known board', () => {
    const cases: readonly (readonly [trades: readonly ReturnType<typeof trade>[], lost: true | undefined])[] =
      [
        [[], true],
        [[trade(299, 8)], true],
        [[trade(300, 8)], undefined],
        [[trade(100, 7), trade(200, 9)], undefined],
        // The book has the trade of its own board.
        [[trade(100, 5), trade(200, 9)], true],
      ]
    for (const [trades, lost] of cases) {
      const event = startedBook().apply({ board: at(9, 1_300), trades })
      assert.deepEqual([event?.lost, event?.snapshot], [lost, true])
    }
  })

  it('is marked in a view without trades if the volume has grown by more than `traded`', () => {
    const quote = (sequence: number, volume: number) => at(sequence, volume, { view: 'quote' })
    for (const [traded, lost] of [
      [299, true],
      [300, undefined],
    ] as const) {
      const book = createBook()
      book.want(ISSUE, 'quote')
      book.apply({ board: quote(5, 1_000) })
      const event = book.apply({ board: quote(9, 1_300), high: 101, low: 99, traded })
      assert.deepEqual([event?.lost, event?.high, event?.low], [lost, 101, 99])
    }
  })

  it('is marked as an answer too, and with the updates that waited for it', () => {
    const book = startedBook()
    const change = { issue: ISSUE, time: momentFromIso(TIME)!, changes: {} }
    assert.equal(book.apply({ ...change, follows: 9, sequence: 10 }), undefined)
    const event = book.answer(at(9, 1_100))
    assert.deepEqual([event?.board.sequence, event?.lost], [10, true])
    assert.equal(startedBook().answer(at(9, 1_000))?.lost, undefined)
  })

  it('is marked on a later date unless its trades explain the volume of that date', () => {
    const later = (quantity: number) =>
      startedBook().apply({ board: at(9, 300, { date: '2026-11-24' }), trades: [trade(quantity, 8)] })
    assert.deepEqual([later(200)?.lost, later(300)?.lost], [true, undefined])
    assert.equal(later(300)?.trades.length, 1)
  })

  it('is not marked before the first update, or after a change of the view', () => {
    const fresh = createBook()
    fresh.answer(at(5, 1_000))
    assert.equal(fresh.apply({ board: at(9, 1_300) })?.lost, undefined)
    assert.equal(fresh.apply({ board: at(11, 1_400) })?.lost, true)
    const changed = startedBook()
    changed.want(ISSUE, 'quote')
    assert.equal(changed.apply({ board: at(9, 1_300, { view: 'quote' }) })?.lost, undefined)
    assert.equal(changed.apply({ board: at(11, 1_400, { view: 'quote' }) })?.lost, true)
    const dropped = startedBook()
    dropped.drop(ISSUE)
    dropped.answer(at(5, 1_000))
    assert.equal(dropped.apply({ board: at(9, 1_300) })?.lost, undefined)
  })
})

describe('a book that fetches missing trades', () => {
  const TIME = '2026-11-20T09:00:00.000000+09:00'
  const MOMENT = momentFromIso(TIME)!

  /** Opens a hole in an issue, and adds updates of so many trades after it. Returns the events. */
  function fill(
    book: ReturnType<typeof createBook>,
    issue: string,
    trades: number,
  ): (BoardEvent | undefined)[] {
    book.apply({ board: board({ issue, sequence: 1, volume: 100, time: TIME }) })
    book.apply({ board: board({ issue, sequence: 2, volume: 300, time: TIME }) })
    const rows = Array.from({ length: trades }, (_, index) => [100, 100, null, 3 + index, 0] as const)
    const sequence = 2 + trades
    return [book.apply({ issue, follows: 2, sequence, time: MOMENT, changes: {}, trades: rows })]
  }

  it('keeps trades after a hole up to a bound, then the missing ones are lost', () => {
    const book = createBook(true)
    const [waiting] = fill(book, ISSUE, 20_000)
    assert.deepEqual([waiting?.trades.length, waiting?.lost], [0, undefined])
    const [given] = fill(createBook(true), ISSUE, 20_001)
    assert.deepEqual([given?.trades.length, given?.lost], [20_001, true])
  })

  it('keeps trades of all issues up to a bound, and again after issues are dropped', () => {
    const book = createBook(true)
    for (let issue = 1000; issue < 1010; issue++) fill(book, String(issue), 20_000)
    assert.deepEqual(fill(book, '7203', 1)[0]?.lost, true)
    book.drop('1000')
    assert.deepEqual(fill(book, '6758', 1)[0]?.lost, undefined)
  })

  it('counts no waiting trades of an issue that moves to a view without trades', () => {
    const book = createBook(true)
    for (let issue = 1000; issue < 1010; issue++) fill(book, String(issue), 20_000)
    book.want('1000', 'quote')
    assert.deepEqual(fill(book, '6758', 1)[0]?.lost, undefined)
  })
})

function board(part: Partial<BoardJson>): BoardJson {
  return {
    issue: ISSUE,
    date: '2026-11-20',
    line: 1,
    sequence: 1,
    time: '2026-11-20T09:00:00.000000+09:00',
    asks: [],
    bids: [],
    ...part,
  }
}

/** Returns the updates in order of arrival, the true board at each sequence, and all trades. */
function play(rounds: readonly { steps: readonly Step[]; copies: readonly number[]; whole: boolean }[]): {
  arrivals: Update[]
  truths: Map<number, BoardJson>
  trades: TradeJson[]
} {
  const truth = createTruth()
  const truths = new Map<number, BoardJson>()
  const arrivals: { at: number; update: Update }[] = []
  const trades: TradeJson[] = []
  let follows = truth.step(ISSUE, { fields: [] }).sequence
  truths.set(follows, truth.json(ISSUE)!)
  for (const [index, { steps, copies, whole }] of rounds.entries()) {
    for (const each of steps) truths.set(truth.step(ISSUE, each).sequence, truth.json(ISSUE)!)
    const change = truth.change(ISSUE, follows)
    trades.push(...(change.trades ?? []).map(row => tradeOfRow(row, change.time)))
    const update: Update = whole ? { board: truth.json(ISSUE)!, trades: change.trades ?? [] } : change
    for (const late of copies) arrivals.push({ at: index + late, update })
    follows = change.sequence
  }
  arrivals.sort((a, b) => a.at - b.at)
  return { arrivals: arrivals.map(arrival => arrival.update), truths, trades }
}
