import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ASKS, emptyBoard, F, FIELD_COUNT, LEVELS, MAX_VALUE } from '../../../market/board.ts'
import { BitReader, BitWriter } from '../../../market/codec/bits.ts'
import { readChange, readExceptions, writeExceptions } from '../../../market/codec/board-change.ts'
import { readEdits } from '../../../market/codec/level-edits.ts'
import { decodeTicks, TickEncoder } from '../../../market/codec/tick-codec.ts'
import { checkNumber, readNews } from '../../../market/codec/tick-news.ts'
import type { Tick, Trade } from '../../../market/tick.ts'
import { TRADING_DATE } from './arbitrary-ticks.ts'

/** Kinds of edits in two bits. */
const [CHANGE, INSERT, REMOVE] = [1, 2, 3]

/** Returns a reader of what `write` writes. */
function readerOf(write: (out: BitWriter) => void): BitReader {
  const out = new BitWriter()
  write(out)
  // Room for the reads after the damage.
  for (let left = 8; left > 0; left--) out.bits(8, 0)
  return new BitReader(out.view())
}

const damaged = (message: string) => ({ name: 'CodecError', message })

/** Returns the values of a board with a sell side of so many levels. */
function boardOf(depth: number): Float64Array {
  const { values } = emptyBoard('7203')
  for (let level = 0; level < depth; level++) values.set([100 + level, 10], ASKS + 2 * level)
  return values
}

test('edits of levels that a side does not have are refused', () => {
  const read = (depth: number, write: (out: BitWriter) => void) =>
    readEdits(readerOf(write), boardOf(depth), boardOf(depth), ASKS, depth, { unit: 1, lot: 1 })
  const edit = (kind: number, run: number, bits: number) => (out: BitWriter) => {
    out.bits(2, kind)
    out.bits(bits, run)
  }
  // A run of up to two levels takes two bits.
  assert.throws(() => read(2, edit(CHANGE, 3, 2)), damaged('expected at most 2 unchanged levels, got 3'))
  for (const kind of [CHANGE, REMOVE])
    assert.throws(() => read(2, edit(kind, 2, 2)), damaged('expected an edit of level 1 to 2, got level 3'))
  assert.doesNotThrow(() => read(2, edit(CHANGE, 1, 2)))
  assert.doesNotThrow(() => read(2, edit(INSERT, 2, 2)))
  assert.throws(
    () => read(LEVELS, edit(INSERT, 10, 4)),
    damaged('expected an edit of level 1 to 10, got level 11'),
  )
  assert.doesNotThrow(() => read(LEVELS, edit(INSERT, 9, 4)))
  assert.throws(
    () => read(LEVELS, edit(INSERT, 11, 4)),
    damaged('expected at most 10 unchanged levels, got 11'),
  )
})

test('edits of an irregular side are refused', () => {
  const context = { unit: 1, lot: 1, values: boardOf(2), askDepth: -1, bidDepth: 0 }
  const withEdits = readerOf(out => {
    out.flag(false)
    out.flag(true)
  })
  assert.throws(
    () => readChange(withEdits, context, 0),
    damaged('expected a field by field difference of levels, got edits'),
  )
})

test('an exception beyond the last field is refused', () => {
  const read = (field: number) => {
    const values = boardOf(0)
    const reader = readerOf(out => {
      out.count(0, 1)
      out.count(3, field)
      out.flag(false)
      out.signed(7, 5)
    })
    readExceptions(reader, values)
    return values[field]
  }
  assert.equal(read(FIELD_COUNT - 1), 5)
  assert.throws(() => read(FIELD_COUNT), damaged('expected a field below 66, got 66'))
})

test('a side that is neither buy, sell nor none is refused', () => {
  const read = (side: number) =>
    readNews(
      readerOf(out => {
        for (const flag of [false, false, true, false]) out.flag(flag)
        out.count(12, 1_000)
        out.count(8, 300)
        out.bits(2, side)
        out.flag(false)
      }),
      emptyBoard('7203'),
      undefined,
    )
  const trade = { price: 1_000, quantity: 300 }
  assert.deepEqual([0, 1, 2].map(read), [
    { trade },
    { trade: { ...trade, side: 'buy' } },
    { trade: { ...trade, side: 'sell' } },
  ])
  assert.throws(() => read(3), damaged('expected a side of 0 to 2, got 3'))
})

test('the number of an issue that has not come is refused', () => {
  const encoder = new TickEncoder()
  const tickOf = (issue: string, sequence: number): Tick => ({
    tradingDate: TRADING_DATE,
    line: 1,
    sequence,
    time: 0,
    board: emptyBoard(issue),
  })
  for (const [index, issue] of ['7203', '6758', '6758'].entries()) encoder.add(tickOf(issue, index + 1))
  const body = encoder.finish().slice()
  const messages = new Set<string>()
  for (let bit = 0; bit < 8 * body.length; bit++) {
    const flipped = body.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    try {
      decodeTicks(flipped, 3, 1, TRADING_DATE)
    } catch (error) {
      messages.add((error as Error).message)
    }
  }
  assert.ok(messages.has('expected an issue number of 0 to 2, got 3'), [...messages].join('\n'))
})

test('bits after the last tick are refused, except in its last byte', () => {
  const encoder = new TickEncoder()
  encoder.add({ tradingDate: TRADING_DATE, line: 1, sequence: 1, time: 0, board: emptyBoard('7203') })
  const body = encoder.finish().slice()
  assert.equal(decodeTicks(body, 1, 1, TRADING_DATE).length, 1)
  const longer = new Uint8Array([...body, 0])
  assert.throws(() => decodeTicks(longer, 1, 1, TRADING_DATE), {
    name: 'CodecError',
    message: new RegExp(`^expected \\d+ bits, got ${8 * longer.length}$`),
  })
})

test('the format holds whole numbers up to 10^15 in size, and never writes another number', () => {
  for (const value of [0, 1, MAX_VALUE]) assert.doesNotThrow(() => checkNumber(value))
  for (const value of [-1, MAX_VALUE + 1, 1.5, Number.NaN])
    assert.throws(() => checkNumber(value), {
      name: 'RangeError',
      message: `expected a whole number from 0 to 1000000000000000, got ${value}`,
    })
  const write = (value: number) => {
    const board = boardOf(0)
    board[F.over] = value
    const out = new BitWriter()
    writeExceptions(out, boardOf(0), board)
    const read = boardOf(0)
    readExceptions(new BitReader(out.view()), read)
    assert.deepEqual(read, board)
  }
  for (const value of [0, -1, MAX_VALUE, -MAX_VALUE]) write(value)
  for (const value of [MAX_VALUE + 1, -MAX_VALUE - 1, 0.5])
    assert.throws(() => write(value), {
      name: 'RangeError',
      message: `expected whole numbers up to 1000000000000000 in size, got ${value}`,
    })
})

test('a trade with a number that the format cannot hold is never written', () => {
  const tick = { tradingDate: TRADING_DATE, line: 1, sequence: 1, time: 0, board: emptyBoard('7203') }
  const write = (trade: Trade) => new TickEncoder().add({ ...tick, trade })
  write({ price: 1, quantity: 0, average: MAX_VALUE })
  for (const wrong of [{ price: 1.5 }, { quantity: MAX_VALUE + 1 }, { average: -1 }])
    assert.throws(
      () => write({ price: 1, quantity: 1, ...wrong }),
      { name: 'RangeError' },
      JSON.stringify(wrong),
    )
})
