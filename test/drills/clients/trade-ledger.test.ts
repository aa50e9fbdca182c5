import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLedger, type LedgerEvent, NO_TRADES, type TrueTrades } from './trade-ledger.ts'

/** Trades of two issues: their sequences, and times of 1,000 µs a sequence. */
const TRUTH: TrueTrades = {
  '7203': [2, 4, 6, 8].map(sequence => [sequence, sequence * 1_000]),
  '6758': [3, 5].map(sequence => [sequence, sequence * 1_000]),
}

const event = (board: number, trades: readonly number[], rest: Partial<LedgerEvent> = {}): LedgerEvent => ({
  issue: '7203',
  board,
  trades,
  snapshot: false,
  lost: false,
  ...rest,
})

/** Returns a ledger with the board of sequence 3. */
function begun() {
  const ledger = createLedger(['7203'])
  ledger.note(event(3, [], { snapshot: true }))
  ledger.cut()
  ledger.note(event(3, []))
  return ledger
}

test('a ledger counts each trade between two cuts once', () => {
  const ledger = begun()
  ledger.note(event(5, [4]))
  ledger.note(event(7, [6]))
  ledger.cut()
  assert.deepEqual(ledger.check(TRUTH, 7_000), { ...NO_TRADES, expected: 2, delivered: 2 })
  ledger.note(event(8, [8]))
  ledger.cut()
  assert.deepEqual(ledger.check(TRUTH, 8_000), { ...NO_TRADES, expected: 1, delivered: 1 })
})

test('a ledger reports trades that are missing, overdue, wrong, repeated, out of order or lost', () => {
  const missing = begun()
  missing.note(event(7, [6], { snapshot: true, lost: true }))
  missing.cut()
  assert.deepEqual(missing.check(TRUTH, 7_000), {
    ...NO_TRADES,
    expected: 2,
    delivered: 1,
    missing: 1,
    lost: 1,
  })
  const overdue = begun()
  overdue.note(event(5, [4]))
  overdue.cut()
  assert.deepEqual(overdue.check(TRUTH, 6_000), { ...NO_TRADES, expected: 1, delivered: 1, overdue: 1 })
  for (const [trades, wrong] of [
    [[4, 4, 6], 1],
    [[4, 5, 6], 1],
    [[6, 4], 1],
    [[2, 4, 6], 1],
  ] as const) {
    const ledger = begun()
    ledger.note(event(7, trades))
    ledger.cut()
    assert.deepEqual(
      ledger.check(TRUTH, 7_000),
      { ...NO_TRADES, expected: 2, delivered: 2, wrong },
      `${trades}`,
    )
  }
})

test('a ledger starts afresh with the whole boards of a new subscription, until the first difference', () => {
  const ledger = begun()
  ledger.note(event(5, [4]))
  ledger.startAfresh()
  // The board after the new subscription lacks what the earlier connection missed.
  ledger.note(event(6, [], { snapshot: true, lost: true }))
  assert.equal(ledger.isNew('7203', 6), false)
  assert.equal(ledger.isNew('7203', 8), true)
  ledger.note(event(8, [8]))
  ledger.cut()
  assert.deepEqual(ledger.check(TRUTH, 8_000), { ...NO_TRADES, expected: 1, delivered: 1 })
})
