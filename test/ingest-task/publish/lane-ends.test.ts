import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Found, laneTail } from '../../../ingest-task/publish/lane-tail.ts'
import {
  decodeHeader,
  type EnvelopeHeader,
  EnvelopeWriter,
  encodeBoards,
  encodeEvents,
} from '../../../market/codec/envelope.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { DATE, tickOf } from './put-server.ts'

const EPOCH = asEpochMillis(100)
const header = (counter: number, more: Partial<EnvelopeHeader> = {}): EnvelopeHeader => ({
  line: 1,
  lane: 0,
  epoch: EPOCH,
  counter,
  tradingDate: DATE,
  position: 7,
  reached: 9,
  ...more,
})
const found = (bytes: Uint8Array): Found => ({ ...decodeHeader(bytes), bytes })
const events = (...given: Parameters<typeof header>): Found => found(encodeEvents(header(...given), []))
/** Part `part` of a key frame, with one issue. */
const part = (counter: number, number: number, parts: number, issue: string, sequence: number): Found =>
  found(encodeBoards(header(counter), number, parts, [tickOf(sequence, issue)]))

function ticks(counter: number, ...sequences: (readonly [string, number])[]): Found {
  const writer = new EnvelopeWriter()
  for (const [issue, sequence] of sequences) writer.add(tickOf(sequence, issue))
  return found(writer.finish(header(counter)))
}

/** Returns the issues of a tail with their sequences, and its last sequence. */
function tailOf(envelopes: readonly Found[]): unknown {
  const tail = laneTail(envelopes)
  if ('reason' in tail) return tail
  const boards = tail.boards.map(({ board, sequence }) => `${board.issue} ${sequence}`)
  return [tail.last.counter, tail.sequence, boards.toSorted()]
}

test('no envelope shows no end, and earlier envelopes may', () => {
  assert.deepEqual(laneTail([]), { reason: 'expected envelopes, found none', isEarlier: true })
})

test('a last envelope without a position shows no end', () => {
  assert.deepEqual(laneTail([events(1), events(2, { position: 0 })]), {
    reason: 'the last envelope, 2 of epoch 100, has no position to resume after',
    isEarlier: false,
  })
})

test('an end goes back to the last key frame', () => {
  const envelopes = [
    part(5, 1, 2, '1301', 10),
    part(6, 2, 2, '7203', 11),
    ticks(7, ['1301', 12], ['7203', 13], ['1301', 14]),
    events(8),
  ]
  assert.deepEqual(tailOf(envelopes), [8, 14, ['1301 14', '7203 13']])
  assert.deepEqual(tailOf([...envelopes.toReversed(), envelopes[2]!]), [8, 14, ['1301 14', '7203 13']])
  assert.deepEqual(tailOf(envelopes.slice(0, 2)), [6, 11, ['1301 10', '7203 11']])
})

test('an unfinished key frame is none: the end goes back to the key frame before', () => {
  const envelopes = [
    part(5, 1, 2, '1301', 10),
    part(6, 2, 2, '7203', 11),
    ticks(7, ['1301', 12]),
    part(8, 1, 2, '1301', 12),
  ]
  assert.deepEqual(tailOf(envelopes), [8, 12, ['1301 12', '7203 11']])
  const torn = [part(5, 1, 1, '1301', 10), part(7, 2, 2, '7203', 11)]
  assert.deepEqual(tailOf(torn), { reason: 'expected envelope 6 of epoch 100, found none', isEarlier: true })
})

test('an end goes back to the first envelope of a process that follows no other', () => {
  assert.deepEqual(tailOf([ticks(1, ['1301', 3]), ticks(2, ['7203', 4])]), [2, 4, ['1301 3', '7203 4']])
})

test('an end goes on through the process that was followed, without its late envelopes', () => {
  const follows = { epoch: EPOCH, counter: 1 }
  const next = found(encodeEvents(header(1, { epoch: asEpochMillis(200), follows }), []))
  assert.deepEqual(tailOf([ticks(1, ['1301', 3]), ticks(2, ['1301', 9]), next]), [1, 3, ['1301 3']])
  assert.deepEqual(tailOf([next]), {
    reason: 'expected envelope 1 of epoch 100, found none',
    isEarlier: true,
  })
})

test('an end does not go back over the start of a trading date', () => {
  const eve = asTradingDate(20261119)
  assert.deepEqual(laneTail([events(1, { tradingDate: eve }), events(2)]), {
    reason: 'expected a key frame of 20261120, found none',
    isEarlier: false,
  })
})

test('an end has the ticks of the boards, without their trades and losses', () => {
  const writer = new EnvelopeWriter()
  writer.add({ ...tickOf(3, '1301'), lost: true })
  writer.add({ ...tickOf(4, '7203'), trade: { price: 10_000, quantity: 100 } })
  const tail = laneTail([found(writer.finish(header(1)))])
  assert.ok(!('reason' in tail))
  const bySequence = tail.boards.toSorted((a, b) => a.sequence - b.sequence)
  assert.deepEqual(
    bySequence,
    [tickOf(3, '1301'), tickOf(4, '7203')].map(tick => ({ ...tick, line: 1 })),
  )
})

test('a lane without any tick has the sequence 0', () => {
  assert.deepEqual(tailOf([events(1)]), [1, 0, []])
})
