import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BLOCK_TRADES, TRADE_BYTES, TradeBlock } from '../../../functions/broadcast/trade-block.ts'
import {
  createTradeJournal,
  type IssueTrades,
  JOURNAL_MS,
  TRADES_PER_ENTRY,
  type TradeJournal,
} from '../../../functions/broadcast/trade-journal.ts'
import { MAX_BLOCKS } from '../../../functions/broadcast/trade-store.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import type { TickTrade } from '../../../market/issue-update.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate, type Millis } from '../../../market/units.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { plainTick } from './plain-tick.ts'

const TOMORROW = asTradingDate(20261121)
const ISSUES = ['7203', '6758', '130A'] as const

/** A tick of a market. Ticks that are missed do not reach the journal. */
interface Step {
  readonly issue: string
  readonly lots: number
  readonly skipped: number
  readonly isMissed: boolean
  /** The line has lost a message with a trade directly before. */
  readonly isLost: boolean
  /** The journal knows that it has missed a tick of the issue, as the counters of the lane tell. */
  readonly endsRound: boolean
  readonly wait: Millis
}

const step: fc.Arbitrary<Step> = fc.record({
  issue: fc.constantFrom(...ISSUES),
  lots: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 })),
  skipped: fc.nat({ max: 3 }),
  isMissed: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  isLost: fc.oneof(
    { weight: 30, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  endsRound: fc.boolean(),
  wait: fc.oneof(fc.constant(0), fc.nat({ max: 100 }), fc.nat({ max: JOURNAL_MS / 4 })),
})

/** Plays a market into a journal. The truth has every trade, with the time of its round. */
function playMarket(steps: readonly Step[]) {
  const journal = createTradeJournal()
  const known = new Map<string, Tick>()
  const volumes = new Map<string, number>()
  const truth = new Map<string, { readonly sequence: number; readonly at: number }[]>()
  const losses = new Map<string, number[]>()
  const missed = new Set<string>()
  /** Sequences of the ticks that the journal knows, by round. */
  const rounds: Map<string, number>[] = []
  let sequence = 0
  let now = asEpochMillis(0)
  const endRound = (): void => {
    rounds.push(new Map([...known].map(([issue, tick]) => [issue, tick.sequence])))
    journal.endRound(rounds.length, now)
  }
  for (const { issue, lots, skipped, isMissed, endsRound, wait, ...step } of steps) {
    sequence += 1 + skipped
    // Before the first tick of an issue the journal knows nothing.
    const isLost = step.isLost && volumes.has(issue)
    const lostLots = isLost ? 5 : 0
    const volume = (volumes.get(issue) ?? 0) + 100 * (lots + lostLots)
    volumes.set(issue, volume)
    const board = emptyBoard(issue)
    board.values[F.updateNumber] = 1
    board.values[F.volume] = volume
    const trade = { price: 10_000 * sequence, quantity: 100 * lots }
    const tick: Tick = {
      ...plainTick(issue, sequence),
      board,
      ...(lots === 0 ? {} : { trade }),
      ...(isLost ? { lost: true } : {}),
    }
    if (lots > 0) truth.set(issue, [...(truth.get(issue) ?? []), { sequence, at: now }])
    if (isLost) losses.set(issue, [...(losses.get(issue) ?? []), sequence])
    if (isMissed) missed.add(issue)
    else {
      journal.note(tick, known.get(issue), known.has(issue) && !missed.has(issue))
      known.set(issue, tick)
      missed.delete(issue)
    }
    if (endsRound) endRound()
    now = asEpochMillis(now + wait)
  }
  endRound()
  return { journal, known, truth, losses, rounds, end: sequence, now }
}

function tradesAfter(journal: TradeJournal, issue: IssueTrades, sequence: number) {
  const { follows, ends } = journal.after(issue, sequence)
  const parts: TickTrade[][] = []
  let before = follows
  for (const end of ends) {
    parts.push(journal.part(end, before))
    before = journal.sequenceAt(end)
  }
  return { follows, parts, sequences: parts.flat().map(trade => trade.sequence) }
}

const market = fc.array(step, { minLength: 1, maxLength: 300 })

test('the trades after any sequence come once, in order, and none is missing after the sequence that they follow', () => {
  fc.assert(
    fc.property(market, fc.nat(), (steps, choice) => {
      const { journal, known, truth, end } = playMarket(steps)
      for (const [code, tick] of known) {
        const issue = journal.issue(code)
        assert.ok(issue !== undefined)
        const asked = choice % (end + 2)
        const { follows, sequences } = tradesAfter(journal, issue, asked)
        assert.ok(follows >= asked)
        const wanted = (truth.get(code) ?? []).map(({ sequence }) => sequence)
        assert.deepEqual(
          sequences,
          wanted.filter(sequence => sequence > follows && sequence <= tick.sequence),
        )
      }
    }),
  )
})

test('a journal that missed no tick reaches back as long as it keeps trades', () => {
  fc.assert(
    fc.property(market, fc.nat(), (steps, choice) => {
      const { journal, truth, end, now } = playMarket(steps.map(each => ({ ...each, isMissed: false })))
      for (const [code, trades] of truth) {
        const asked = choice % (end + 1)
        const { follows } = tradesAfter(journal, journal.issue(code)!, asked)
        const forgotten = trades.filter(({ sequence, at }) => sequence > asked && at < now - JOURNAL_MS)
        if (forgotten.length === 0) assert.equal(follows, asked)
        else assert.ok(follows <= forgotten.at(-1)!.sequence || follows === asked)
      }
    }),
  )
})

test('a reader of a round has every trade up to the sequence that the journal names', () => {
  fc.assert(
    fc.property(market, fc.nat(), (steps, choice) => {
      const { journal, known, truth, losses, rounds } = playMarket(steps)
      const round = 1 + (choice % rounds.length)
      for (const [code, tick] of known) {
        const issue = journal.issue(code)!
        const reached = journal.reachedIn(issue, round)
        if (reached === undefined) continue
        const had = rounds[round - 1]!.get(code) ?? 0
        const { follows, sequences } = tradesAfter(journal, issue, reached)
        assert.equal(follows, reached)
        const after = (truth.get(code) ?? []).filter(
          each => each.sequence > had && each.sequence <= tick.sequence,
        )
        const needed = after.map(({ sequence }) => sequence)
        assert.deepEqual(
          needed.filter(sequence => !sequences.includes(sequence)),
          [],
        )
        assert.ok((losses.get(code) ?? []).every(loss => loss <= tick.sequence || loss > reached))
      }
    }),
  )
})

/** Notes trades of an issue with the sequences from `first` on. */
function noteTrades(journal: TradeJournal, code: string, first: number, count: number): void {
  const board = emptyBoard(code)
  board.values[F.updateNumber] = 1
  let before: Tick | undefined
  for (let index = 0; index < count; index++) {
    const values = board.values.slice()
    values[F.volume] = 100 * (index + 1)
    const tick: Tick = {
      ...plainTick(code, first + index),
      board: { issue: code, values },
      trade: { price: 10_000, quantity: 100 },
    }
    journal.note(tick, before, before !== undefined)
    before = tick
  }
}

test('many trades are divided at the same borders, wherever a reader begins', () => {
  const journal = createTradeJournal()
  noteTrades(journal, '7203', 1, 3 * TRADES_PER_ENTRY + 7)
  const issue = journal.issue('7203')!
  const partsAfter = (sequence: number) =>
    tradesAfter(journal, issue, sequence).parts.map(part => [part[0]!.sequence, part.at(-1)!.sequence])
  assert.deepEqual(partsAfter(0), [
    [1, 200],
    [201, 400],
    [401, 600],
    [601, 607],
  ])
  assert.deepEqual(partsAfter(250), [
    [251, 400],
    [401, 600],
    [601, 607],
  ])
  assert.deepEqual(partsAfter(606), [[607, 607]])
  assert.deepEqual(tradesAfter(journal, issue, 607), { follows: 607, parts: [], sequences: [] })
})

test('the memory is bounded: the oldest trades are forgotten, and an answer says so', () => {
  const journal = createTradeJournal()
  const count = (MAX_BLOCKS + 1) * BLOCK_TRADES
  noteTrades(journal, '7203', 1, count)
  const { follows, sequences } = tradesAfter(journal, journal.issue('7203')!, 0)
  // The first block was used again.
  assert.equal(follows, BLOCK_TRADES)
  assert.equal(sequences.length, count - BLOCK_TRADES)
  assert.deepEqual([sequences[0], sequences.at(-1)], [BLOCK_TRADES + 1, count])
})

test('a new trading date begins with its first trade, or with what is known of it', () => {
  const journal = createTradeJournal()
  const tickOf = (sequence: number, volume: number, quantity: number): Tick => {
    const board = emptyBoard('7203')
    board.values[F.updateNumber] = 1
    board.values[F.volume] = volume
    const trade = { price: 10_000, quantity }
    return { ...plainTick('7203', sequence, TOMORROW), board, ...(quantity === 0 ? {} : { trade }) }
  }
  noteTrades(journal, '7203', 1, 5)
  const yesterday: Tick = { ...plainTick('7203', 5), tradingDate: TRADING_DATE }
  journal.note(tickOf(3, 100, 100), yesterday, false)
  assert.deepEqual(tradesAfter(journal, journal.issue('7203')!, 0).sequences, [3])
  assert.equal(journal.after(journal.issue('7203')!, 0).follows, 0)
  const later = createTradeJournal()
  later.note(tickOf(9, 400, 100), yesterday, false)
  assert.deepEqual(later.after(later.issue('7203')!, 0).follows, 8)
  const board = createTradeJournal()
  board.note(tickOf(9, 400, 0), undefined, false)
  assert.deepEqual(board.after(board.issue('7203')!, 0), { follows: 9, ends: [] })
  const blank = createTradeJournal()
  blank.note(plainTick('7203', 9), undefined, false)
  assert.equal(blank.after(blank.issue('7203')!, 0).follows, 9)
})

test('a trade is read as it was written, and takes as many bytes as documented', () => {
  const block = new TradeBlock()
  const trades: TickTrade[] = [
    { sequence: 4_294_967_294, time: MORNING, trade: { price: 1e15, quantity: 1e15, side: 'buy' } },
    { sequence: 1, time: 0, trade: { price: 1, quantity: 2, side: 'sell' } },
    { sequence: 2, time: 1, trade: { price: 1, quantity: 2, average: 3 }, turnover: 0 },
    { sequence: 3, time: 1, trade: { price: 1, quantity: 2, average: 3 } },
  ]
  for (const [index, trade] of trades.entries()) block.set(index, trade, { place: 0, follows: 0 })
  assert.deepEqual(
    trades.map((_, index) => block.trade(index)),
    trades,
  )
  assert.equal(TRADE_BYTES, 3 * Uint32Array.BYTES_PER_ELEMENT + 1 + 5 * Float64Array.BYTES_PER_ELEMENT)
})
