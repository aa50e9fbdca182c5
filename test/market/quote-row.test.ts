import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { changeOfQuote, plainUpdate, type QuoteRow, quoteOfChange } from '../../market/quote-row.ts'
import { asEpochMicros } from '../../market/units.ts'
import type { BoardChangesJson, ChangeUpdate, TradeRow } from '../../market/update-json.ts'

const TIME = asEpochMicros(1_795_134_665_301_442)
const IDENTITY = { issue: '7203', follows: 48_120, sequence: 48_133, time: TIME }
const HEAD = ['7203', 48_120, 48_133, TIME] as const

const change = (changes: BoardChangesJson, trades: Partial<ChangeUpdate> = {}): ChangeUpdate => ({
  ...IDENTITY,
  changes,
  ...trades,
})
const TOTALS = { volume: 8_122_900, turnover: 17_748_546_500, vwap: 2_184.67 }
const LAST = { last: { price: 2_188, time: 350 }, ...TOTALS }

suite('the row of a quote', () => {
  test('has the best levels, null for an empty side and 0 for a side without news', () => {
    const asks = [[0, 2_188.5, 17_900]] as const
    assert.deepEqual(quoteOfChange(change({})), HEAD)
    assert.deepEqual(quoteOfChange(change({ asks })), [...HEAD, [2_188.5, 17_900]])
    assert.deepEqual(quoteOfChange(change({ bids: [[0]] })), [...HEAD, 0, null])
  })

  test('has the last trade and the totals, with high and low if they are not the last price', () => {
    const last = [2_188, 350, 8_122_900, 17_748_546_500, 2_184.67] as const
    assert.deepEqual(quoteOfChange(change(LAST, { high: 2_188, low: 2_188 })), [...HEAD, 0, 0, last])
    assert.deepEqual(quoteOfChange(change(LAST, { high: 2_189, low: 2_188 })), [
      ...HEAD,
      0,
      0,
      [...last, 2_189, 2_188],
    ])
    const trades: TradeRow[] = [[2_188, 400, 'buy', 48_133, 350]]
    assert.deepEqual(quoteOfChange(change(LAST, { trades })), [...HEAD, 0, 0, last, { trades }])
  })

  test('has the names of rare members, and of totals that did not all change to a value', () => {
    const rare = { status: { code: 'A0' }, open: null }
    assert.deepEqual(quoteOfChange(change(rare, { lost: true })), [
      ...HEAD,
      0,
      0,
      0,
      { changes: rare, lost: true },
    ])
    const range = { high: 2_188, low: 2_188 }
    for (const changes of [
      { ...LAST, last: { price: 2_188, time: 350, closing: true as const } },
      { ...LAST, last: { price: 2_188 } },
      { ...LAST, last: null },
      { ...LAST, vwap: null },
      { last: LAST.last },
      TOTALS,
    ])
      assert.deepEqual(quoteOfChange(change(changes, range)), [...HEAD, 0, 0, 0, { changes, ...range }])
    // Without a trade there is no high and no low.
    assert.deepEqual(quoteOfChange(change(LAST)), [...HEAD, 0, 0, 0, { changes: LAST }])
  })

  test('is the difference again when it is read', () => {
    const price = fc.integer({ min: 1, max: 9 })
    const level = fc.constantFrom([[0]] as const, [[0, 2_188.5, 17_900]] as const)
    const point = fc.record(
      { price, time: fc.integer({ min: -5, max: 5 }) },
      {
        requiredKeys: ['price'],
        noNullPrototype: true,
      },
    )
    const changes = fc.record(
      {
        asks: level,
        bids: level,
        last: fc.oneof(
          point,
          fc.constant(null),
          point.map(one => ({ ...one, closing: true as const })),
        ),
        volume: fc.option(fc.nat()),
        turnover: fc.option(fc.nat()),
        vwap: fc.option(price),
        high: fc.option(point),
        status: fc.option(fc.constant({ code: 'A0', name: 'halted' })),
      },
      { requiredKeys: [], noNullPrototype: true },
    )
    const row = fc.constant<TradeRow>([2_188, 400, 'buy', 48_133, 350])
    const trades = fc.oneof(
      fc.record({ high: price, low: price }, { noNullPrototype: true }),
      fc.record({ trades: fc.array(row, { minLength: 1, maxLength: 3 }) }, { noNullPrototype: true }),
      fc.constant({}),
    )
    const lost = fc.constantFrom({}, { lost: true as const })
    fc.assert(
      fc.property(changes, trades, lost, (some, ofRound, mark) => {
        const update = change(some, { ...ofRound, ...mark })
        const text = JSON.stringify(quoteOfChange(update))
        assert.deepEqual(changeOfQuote(JSON.parse(text) as QuoteRow), { ...update, view: 'quote' })
      }),
      { numRuns: 1_000 },
    )
  })
})

test('an update that is no row stays as it is', () => {
  const update = change({ volume: 1 })
  assert.equal(plainUpdate(update), update)
  assert.deepEqual(plainUpdate([...HEAD, 0, null]), { ...update, view: 'quote', changes: { bids: [[0]] } })
})
