import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { type Batch, readBatch, type StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { type EnvelopeHeader, EnvelopeWriter } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { TRADING_DATE } from '../stored-market.ts'
import { busyTicks } from './busy-ticks.ts'

const ALL = busyTicks(30)
const tick = (sequence: number, issue = '7203', changes: Partial<Tick> = {}): Tick => {
  const { board, ...rest } = ALL[sequence - 1]!
  return { ...rest, board: { ...board, issue }, ...changes }
}

/** Returns a record of a lane, with the envelope `counter` of the task `epoch`. */
function record(
  counter: number,
  ticks: readonly Tick[],
  { epoch = 1, ...header }: Partial<Omit<EnvelopeHeader, 'epoch'>> & { epoch?: number } = {},
): Omit<StreamRecord, 'sequenceNumber'> {
  const writer = new EnvelopeWriter()
  for (const each of ticks) writer.add(each)
  const bytes = writer.finish({
    line: 1,
    lane: 0,
    epoch: asEpochMillis(epoch),
    counter,
    tradingDate: TRADING_DATE,
    position: 1,
    reached: 1,
    ...header,
  })
  return { bytes }
}
const read = (...records: Omit<StreamRecord, 'sequenceNumber'>[]): Batch =>
  readBatch(
    records.map((each, index) => ({ ...each, sequenceNumber: String(100 + index) })),
    createEpochFence(),
  )
const shape = ({ stretches }: Batch): unknown[] =>
  stretches.map(({ issues, ranges }) => ({
    issues: issues.map(({ firstRecord, range, ticks }) => [
      ticks[0]!.board.issue,
      firstRecord,
      range.lane,
      ticks.map(({ sequence }) => sequence),
    ]),
    ranges: ranges.map(({ line, lane, tradingDate, first, last }) => [line, lane, tradingDate, first, last]),
  }))

test('ticks are grouped by issue, with their first record, and by lane, with the first and last sequence', () => {
  const batch = read(
    record(1, [tick(3), tick(4, '6758')]),
    record(1, [tick(2, '130A')], { lane: 1 }),
    record(2, [tick(5), tick(7)]),
  )
  assert.deepEqual(shape(batch), [
    {
      issues: [
        ['7203', 0, 0, [3, 5, 7]],
        ['6758', 0, 0, [4]],
        ['130A', 1, 1, [2]],
      ],
      ranges: [
        [1, 0, 20261120, 3, 7],
        [1, 1, 20261120, 2, 2],
      ],
    },
  ])
  assert.deepEqual(
    batch.passed.map(({ index, envelope }) => [index, envelope.counter]),
    [
      [0, 1],
      [1, 1],
      [2, 2],
    ],
  )
  assert.equal(batch.bad, undefined)
})

test('an issue on two trading dates is two groups', () => {
  const tomorrow = { tradingDate: asTradingDate(20261124) }
  const batch = read(record(1, [tick(3)]), record(2, [tick(4, '7203', tomorrow)], tomorrow))
  assert.deepEqual(shape(batch), [
    {
      issues: [
        ['7203', 0, 0, [3]],
        ['7203', 1, 0, [4]],
      ],
      ranges: [
        [1, 0, 20261120, 3, 3],
        [1, 0, 20261124, 4, 4],
      ],
    },
  ])
})

test('a batch whose lane goes on with a new task has two stretches, another lane does not cut it', () => {
  const batch = read(
    record(8, [tick(5), tick(6)]),
    record(3, [tick(1, '130A')], { lane: 1, epoch: 2 }),
    record(9, [tick(7)]),
    record(1, [tick(6), tick(8)], { epoch: 2 }),
    record(2, [tick(9)], { epoch: 2 }),
  )
  assert.deepEqual(shape(batch), [
    {
      issues: [
        ['7203', 0, 0, [5, 6, 7]],
        ['130A', 1, 1, [1]],
      ],
      ranges: [
        [1, 0, 20261120, 5, 7],
        [1, 1, 20261120, 1, 1],
      ],
    },
    { issues: [['7203', 3, 0, [6, 8, 9]]], ranges: [[1, 0, 20261120, 6, 9]] },
  ])
})

test('of two copies the one with a trade is stored, else the one without a loss, in every stretch', () => {
  const trade = { price: 10_000_000, quantity: 100 }
  const copies = (...ticks: Tick[]): Tick[] => {
    const { stretches } = read(...ticks.map((each, index) => record(1, [each], { epoch: index + 1 })))
    assert.equal(stretches.length, ticks.length)
    return stretches.map(({ issues }) => issues[0]!.ticks[0]!)
  }
  const traded = tick(5, '7203', { trade })
  const lost = tick(5, '7203', { lost: true })
  const lostTraded = tick(5, '7203', { trade, lost: true })
  const plain = tick(5)
  const marks = (ticks: Tick[]) => ticks.map(each => [each.trade !== undefined, each.lost === true])
  assert.deepEqual(marks(copies(lost, traded)), Array(2).fill([true, false]))
  assert.deepEqual(marks(copies(traded, lost)), Array(2).fill([true, false]))
  assert.deepEqual(marks(copies(plain, lost)), Array(2).fill([false, false]))
  assert.deepEqual(marks(copies(lost, plain)), Array(2).fill([false, false]))
  assert.deepEqual(marks(copies(lostTraded, plain)), Array(2).fill([true, true]))
  assert.deepEqual(marks(copies(plain, lostTraded)), Array(2).fill([true, true]))
})

test('a batch is read up to the first record that cannot be decoded', () => {
  const batch = read(record(1, [tick(3)]), { bytes: Uint8Array.of(1, 2, 3) }, record(2, [tick(4)]))
  assert.deepEqual([batch.bad?.index, batch.bad?.error.name], [1, 'EnvelopeError'])
  assert.equal(batch.passed.length, 1)
})

test('envelopes of a replaced task that come late are not stored, and keep no place', () => {
  const batch = read(
    record(9, [tick(5)]),
    record(1, [tick(6)], { epoch: 2 }),
    record(10, [tick(20)]),
    record(2, [tick(7)], { epoch: 2 }),
  )
  assert.deepEqual(
    batch.passed.map(({ index }) => index),
    [0, 1, 3],
  )
  assert.deepEqual(
    batch.stretches.map(({ issues }) => issues[0]!.ticks.map(({ sequence }) => sequence)),
    [[5], [6, 7]],
  )
})

test('a batch without ticks has one stretch without issues', () => {
  assert.deepEqual(shape(read()), [{ issues: [], ranges: [] }])
})
