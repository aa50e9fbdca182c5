/** Trades in pieces that overlap, repeat, come late or not at all, against the true trades of a day. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { TradePiece } from '../../client/trade-day.ts'
import { createTape } from '../../client/trade-tape.ts'
import type { TradeJson } from '../../market/board-json.ts'
import { asEpochMicros } from '../../market/units.ts'

const DATE = '2026-11-20'
const NEXT_DATE = '2026-11-24'
const LENGTH = 24

/** Quantities of the trades of a day by sequence; 0 without a trade. The first message has sequence 1. */
const day = fc.array(fc.constantFrom(0, 100, 200), { minLength: LENGTH, maxLength: LENGTH })

const tradeAt = (sequence: number, quantity: number): TradeJson => ({
  price: 100,
  quantity,
  time: '2026-11-20T09:00:00.000000+09:00',
  sequence,
  side: 'unknown',
})
const tradesOf = (quantities: readonly number[], after: number, upTo: number): TradeJson[] =>
  quantities.flatMap((quantity, index) =>
    quantity > 0 && index + 1 > after && index + 1 <= upTo ? [tradeAt(index + 1, quantity)] : [],
  )
const volumeAt = (quantities: readonly number[], sequence: number): number =>
  quantities.slice(0, sequence).reduce((sum, quantity) => sum + quantity, 0)

function piece(
  quantities: readonly number[],
  follows: number,
  sequence: number,
  part: Partial<TradePiece> = {},
): TradePiece {
  return {
    date: DATE,
    follows,
    sequence,
    time: asEpochMicros(1_795_132_800_000_000 + sequence),
    trades: tradesOf(quantities, follows, sequence),
    lost: false,
    volume: undefined,
    source: 'change',
    ...part,
  }
}

/** A whole board has the trades since some update before, which the message does not name. */
function whole(quantities: readonly number[], since: number, sequence: number): TradePiece {
  const trades = tradesOf(quantities, since, sequence)
  const follows = trades[0] === undefined ? sequence : trades[0].sequence - 1
  return piece(quantities, follows, sequence, {
    trades,
    volume: volumeAt(quantities, sequence),
    source: 'whole',
  })
}

const range = fc
  .tuple(fc.nat({ max: LENGTH }), fc.nat({ max: LENGTH }))
  .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
const move = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'change' as const,
      'change with volume' as const,
      'whole' as const,
      'fetched' as const,
    ),
    range,
  }),
  fc.record({ kind: fc.constant('give up' as const), range }),
)

function pieceOf(
  quantities: readonly number[],
  kind: string,
  [follows, sequence]: [number, number],
): TradePiece {
  if (kind === 'whole') return whole(quantities, follows, sequence)
  if (kind === 'fetched') return piece(quantities, follows, sequence, { source: 'fetched' })
  return piece(
    quantities,
    follows,
    sequence,
    kind === 'change' ? {} : { volume: volumeAt(quantities, sequence) },
  )
}

describe('the trades of an issue', () => {
  it('come once and in order, are complete between marks, and complete at the end when nothing was given up', () => {
    fc.assert(
      fc.property(day, fc.nat({ max: 6 }), fc.array(move, { maxLength: 20 }), (quantities, start, moves) => {
        const tape = createTape({
          date: DATE,
          sequence: start,
          time: undefined,
          volume: volumeAt(quantities, start),
          isStarted: true,
        })
        let board = start
        let last = start
        let gaveUp = false
        const take = (): void => {
          const { trades, lost } = tape.take({ date: DATE, sequence: board })
          const upTo = trades.at(-1)?.sequence ?? last
          assert.ok(trades.every(({ sequence }, index) => sequence > (trades[index - 1]?.sequence ?? last)))
          if (!lost) assert.deepEqual(trades, tradesOf(quantities, last, upTo))
          else assert.ok(gaveUp)
          last = lost ? tape.position.sequence : upTo
        }
        for (const { kind, range } of moves) {
          if (kind === 'give up') {
            if (tape.hole({ date: DATE, sequence: board }) === undefined) continue
            gaveUp = true
            tape.giveUp()
          } else {
            tape.add(pieceOf(quantities, kind, range))
            board = Math.max(board, range[1])
          }
          take()
        }
        board = LENGTH
        tape.add(piece(quantities, tape.position.sequence, LENGTH, { source: 'fetched' }))
        take()
        assert.equal(tape.hole({ date: DATE, sequence: board }), undefined)
        if (!gaveUp) assert.equal(last, tradesOf(quantities, start, LENGTH).at(-1)?.sequence ?? start)
      }),
      { numRuns: 3_000 },
    )
  })

  it('are lost if a whole board has a larger volume than the trades explain', () => {
    const quantities = [100, 100, 100, 100]
    const tape = createTape({ date: DATE, sequence: 1, time: undefined, volume: 100, isStarted: true })
    tape.add(whole(quantities, 3, 4))
    assert.deepEqual(tape.hole({ date: DATE, sequence: 4 })?.upTo, 3)
    // The line has lost the message 2. The answer has every trade that is known.
    tape.add(piece(quantities, 1, 3, { trades: [tradeAt(3, 100)], source: 'fetched' }))
    const { trades, lost } = tape.take({ date: DATE, sequence: 4 })
    assert.deepEqual([trades.map(({ sequence }) => sequence), lost], [[3, 4], true])
    assert.equal(tape.take({ date: DATE, sequence: 4 }).lost, false)
  })

  it('need no trade of a hole that the volume proves to be empty', () => {
    const quantities = [100, 0, 0, 100]
    const tape = createTape({ date: DATE, sequence: 1, time: undefined, volume: 100, isStarted: true })
    tape.add(whole(quantities, 3, 4))
    assert.equal(tape.hole({ date: DATE, sequence: 4 }), undefined)
    assert.deepEqual(
      tape.take({ date: DATE, sequence: 4 }).trades.map(({ sequence }) => sequence),
      [4],
    )
  })

  it('start a new date from its first message, and give up what is missing of the date before', () => {
    const tape = createTape({ date: DATE, sequence: 1, time: undefined, volume: 100, isStarted: true })
    const quantities = [100, 200, 300]
    tape.add(piece(quantities, 2, 3))
    tape.add(piece(quantities, 0, 2, { date: NEXT_DATE }))
    const hole = tape.hole({ date: NEXT_DATE, sequence: 2 })
    assert.deepEqual([hole?.after.date, hole?.after.sequence, hole?.upTo, hole?.isPast], [DATE, 1, 2, true])
    assert.deepEqual(tape.take({ date: NEXT_DATE, sequence: 2 }), { trades: [], lost: false })
    tape.giveUp()
    tape.add(piece(quantities, 1, 3))
    const { trades, lost } = tape.take({ date: NEXT_DATE, sequence: 2 })
    assert.deepEqual([trades.map(({ quantity }) => quantity), lost], [[300, 100, 200], true])
    tape.add({ ...whole(quantities, 3, 3), date: NEXT_DATE })
    assert.equal(tape.take({ date: NEXT_DATE, sequence: 3 }).trades.length, 0)
    assert.deepEqual(tape.hole({ date: NEXT_DATE, sequence: 3 })?.after.sequence, 2)
  })

  it('wait for the board of their sequence', () => {
    const quantities = [100, 200, 300]
    const tape = createTape({ date: DATE, sequence: 0, time: undefined, volume: 0, isStarted: true })
    tape.add(piece(quantities, 0, 3))
    const taken = (sequence: number) =>
      tape.take({ date: DATE, sequence }).trades.map(({ quantity }) => quantity)
    assert.deepEqual([taken(2), taken(2), taken(3)], [[100, 200], [], [300]])
  })

  it('are not lost before the start', () => {
    const quantities = [100, 200, 300, 400]
    const tape = createTape({ date: DATE, sequence: 1, time: undefined, volume: 100, isStarted: false })
    tape.add(whole(quantities, 3, 4))
    tape.giveUp()
    const { trades, lost } = tape.take({ date: DATE, sequence: 4 })
    assert.deepEqual([trades.length, lost], [1, false])
  })
})
