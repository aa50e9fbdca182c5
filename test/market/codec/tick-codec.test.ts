import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { ABSENT, copyBoard, FIELD_COUNT } from '../../../market/board.ts'
import { decodeTicks, TickEncoder } from '../../../market/codec/tick-codec.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'

const TRADING_DATE = asTradingDate(20261120)
const HOUR = 3_600_000_000
const LINE = 1

/** The ticks of an opening: first boards, the auction, and continuous trading with level moves and trades. */
const opening = ticksOfOpening()

function ticksOfOpening(): Tick[] {
  const exchange = openExchange({
    seed: 3,
    issues: 40,
    rate: 150,
    tradingDate: TRADING_DATE,
    from: 9 * HOUR - 5_000_000,
  })
  const ticks: Tick[] = []
  for (const event of exchange.advance(9 * HOUR + 40_000_000)) {
    if (event.kind !== 'message' || event.line !== LINE) continue
    const { sequence, time, board, trade } = event
    const tick = { tradingDate: TRADING_DATE, line: LINE, sequence, time, board: copyBoard(board) }
    ticks.push(trade === undefined ? tick : { ...tick, trade })
  }
  return ticks
}

/** Encodes ticks with one encoder and decodes them. The bodies have `sizes` ticks in turn. */
function roundTrip(ticks: readonly Tick[], sizes: readonly number[]): { ticks: Tick[]; bytes: number } {
  const encoder = new TickEncoder()
  const read: Tick[] = []
  let bytes = 0
  for (let at = 0, body = 0; at < ticks.length; body++) {
    const end = at + sizes[body % sizes.length]!
    for (const tick of ticks.slice(at, end)) encoder.add(tick)
    const { count } = encoder
    const encoded = encoder.finish()
    bytes += encoded.length
    read.push(...decodeTicks(encoded, count, LINE, TRADING_DATE))
    at = end
  }
  return { ticks: read, bytes }
}

const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 })

suite('the ticks of a market', () => {
  test('are decoded unchanged, for bodies of any size', () => {
    assert.ok(opening.length > 1000)
    fc.assert(
      fc.property(sizes, cuts => assert.deepEqual(roundTrip(opening, cuts).ticks, opening)),
      { numRuns: 10 },
    )
  })

  test('are decoded unchanged, even with boards that an exchange would never send', () => {
    const change = fc.record({
      tick: fc.nat(opening.length - 1),
      field: fc.nat(FIELD_COUNT - 1),
      value: fc.oneof(
        fc.constant(ABSENT),
        fc.constant(0),
        fc.integer({ min: -1000, max: 1000 }),
        fc.nat(),
        fc.integer({ min: 0, max: 1_000_000_000_000_000 }),
      ),
    })
    fc.assert(
      fc.property(sizes, fc.array(change, { minLength: 1, maxLength: 300 }), (cuts, changes) => {
        const ticks = opening.map(tick => ({ ...tick, board: copyBoard(tick.board) }))
        for (const { tick, field, value } of changes) ticks[tick]!.board.values[field] = value
        assert.deepEqual(roundTrip(ticks, cuts).ticks, ticks)
      }),
      { numRuns: 40 },
    )
  })

  test('take few bytes if the previous board predicts them', () => {
    const whole = roundTrip(opening, [1])
    const together = roundTrip(opening, [opening.length])
    assert.ok(whole.bytes / opening.length < 75, `${whole.bytes / opening.length} bytes per whole board`)
    assert.ok(together.bytes / opening.length < 16, `${together.bytes / opening.length} bytes per tick`)
  })
})
