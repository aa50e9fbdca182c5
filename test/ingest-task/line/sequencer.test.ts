import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addConnection,
  announceFrames,
  createSequencer,
  forgetNumbers,
  holdFrames,
  insertFrame,
  missingRange,
  rejectLast,
  removeConnection,
  restartAfter,
  type Sequencer,
  takeNext,
} from '../../../ingest-task/line/sequencer.ts'
import { A, B, frameOf } from './machine-run.ts'
import { Ordering } from './ordering.ts'

test('the first copy of a frame wins, the second copy is no repeat, and a third copy is', () => {
  const line = new Ordering()
  line.bring(A, 1, 2)
  line.bring(B, 1, 2, 3, 3)
  line.bring(A, 3, 3)
  assert.deepEqual(line.taken, [1, 2, 3])
  const { wins, repeats } = line.sequencer
  assert.deepEqual({ wins, repeats }, { wins: [2, 1], repeats: 2 })
})

test('frames that came during a snapshot are used from its end on', () => {
  const line = new Ordering()
  line.bring(A, 1)
  line.sequencer = holdFrames(line.sequencer)
  line.bring(A, 2, 3, 4)
  line.bring(B, 3, 4, 5)
  assert.deepEqual(line.taken, [1])
  line.sequencer = restartAfter(line.sequencer, 3)
  line.bring(B, 6)
  assert.deepEqual(line.taken, [1, 4, 5, 6])
  assert.equal(line.sequencer.highest, 6)
})

test('bytes that wait are those of the frames that wait, also after a snapshot', () => {
  const line = new Ordering()
  line.sequencer = holdFrames(line.sequencer)
  line.bring(A, 2)
  const one = line.sequencer.waitingBytes
  line.bring(A, 3, 4)
  assert.ok(one > 0)
  assert.equal(line.sequencer.waitingBytes, 3 * one)
  assert.equal(restartAfter(line.sequencer, 3).waitingBytes, one)
  assert.equal(restartAfter(line.sequencer, 9).waitingBytes, 0)
})

test('a rejected frame is missing again, and the frames after it wait', () => {
  const line = new Ordering()
  line.bring(A, 1)
  line.bring(B, 1)
  line.sequencer = rejectLast(line.sequencer)
  line.reportBadFrame(A)
  line.bring(A, 2)
  line.bring(B, 2)
  assert.deepEqual(line.taken, [1])
  assert.deepEqual(line.decide([A, B], 0), { kind: 'request', connection: B, range: { from: 1, to: 1 } })
  line.bring(B, 1)
  assert.deepEqual(line.taken, [1, 1, 2])
})

test('waiting frames are bounded, and frames beyond the bound are missing', () => {
  const line = new Ordering()
  const sequences = Array.from({ length: 40_000 }, (_, index) => index + 2)
  line.bring(A, ...sequences)
  const { waiting, waitingBytes, highest } = line.sequencer
  // Each frame counts its one byte, and 256 bytes of memory.
  assert.deepEqual([waiting.length, waitingBytes], [32_640, 32_640 * 257])
  assert.equal(highest, 40_001)
  line.bring(B, 1)
  assert.deepEqual(line.taken, [1, ...sequences.slice(0, waiting.length)])
  assert.deepEqual([line.sequencer.waiting.length, line.sequencer.waitingBytes], [0, 0])
})

/** Inserts a frame of this many bytes. */
function withBytes(sequencer: Sequencer, sequence: number, bytes: number): Sequencer {
  return insertFrame(sequencer, frameOf('prices', sequence, new Uint8Array(bytes)), A, false)
}

test('frames of exactly eight megabytes wait; one frame more is dropped, and its connection has passed it', () => {
  let sequencer = createSequencer(2)
  for (let sequence = 2; sequence <= 9; sequence++) {
    sequencer = withBytes(sequencer, sequence, 1024 * 1024 - 256)
  }
  assert.deepEqual([sequencer.waiting.length, sequencer.waitingBytes], [8, 8 * 1024 * 1024])
  const more = withBytes(sequencer, 10, 0)
  assert.deepEqual([more.waiting.length, more.waitingBytes], [8, 8 * 1024 * 1024])
  assert.deepEqual([more.wins, more.passed, more.highest], [[8, 0], [10, 0], 10])
})

test('a waiting frame keeps its bytes when the buffer of the socket is used again', () => {
  const payload = Uint8Array.of(7)
  const waits = insertFrame(createSequencer(1), frameOf('prices', 2, payload), A, false)
  payload[0] = 8
  const { arrival } = takeNext(insertFrame({ ...waits, last: 1 }, frameOf('prices', 9), A, false))!
  assert.deepEqual([arrival.frame.sequence, ...arrival.frame.payload], [2, 7])
})

test('a second copy that was requested is no repeat', () => {
  const bring = (sequencer: Sequencer, requested: boolean): Sequencer =>
    takeNext(sequencer)?.sequencer ?? insertFrame(sequencer, frameOf('prices', 1), A, requested)
  const taken = bring(bring(createSequencer(2), false), false)
  assert.equal(bring(taken, true).repeats, 0)
  assert.equal(bring(taken, false).repeats, 1)
})

test('a connection has passed what it announced or sent at last, and nothing once it is removed', () => {
  const opened = addConnection(createSequencer(2), B, 5)
  assert.deepEqual([opened.passed, opened.highest, opened.last], [[0, 5], 5, 0])
  const announced = announceFrames(opened, A, 7)
  assert.deepEqual([announced.passed, announced.highest], [[7, 5], 7])
  // An earlier number changes nothing.
  for (const sequence of [6, 7]) assert.deepEqual(announceFrames(announced, A, sequence), announced)
  const again = addConnection(announced, A, 3)
  assert.deepEqual([again.passed, again.highest], [[3, 5], 7])
  assert.deepEqual(removeConnection(again, B).passed, [3, 0])
})

test('missing frames range up to the limit, the highest frame, or the frame before the first that waits', () => {
  const open = { ...createSequencer(1), last: 10, highest: 20 }
  assert.deepEqual(missingRange(open, 512), { from: 11, to: 20 })
  assert.deepEqual(missingRange(open, 10), { from: 11, to: 20 })
  assert.deepEqual(missingRange(open, 9), { from: 11, to: 19 })
  assert.deepEqual(missingRange(withBytes(open, 13, 1), 9), { from: 11, to: 12 })
  assert.deepEqual(missingRange(withBytes(open, 12, 1), 9), { from: 11, to: 11 })
})

test('the highest frame after a snapshot is one that a connection has passed, or that waits', () => {
  const held = holdFrames({ ...createSequencer(2), last: 4, highest: 30, passed: [6, 8] })
  assert.deepEqual(restartAfter(held, 9), { ...held, last: 9, highest: 9, holding: false })
  assert.equal(restartAfter(held, 7).highest, 8)
  const waiting = removeConnection(withBytes(held, 12, 1), A)
  assert.deepEqual([restartAfter(waiting, 11).highest, restartAfter(waiting, 11).waiting.length], [12, 1])
  assert.deepEqual([restartAfter(waiting, 12).highest, restartAfter(waiting, 12).waiting.length], [12, 0])
})

test('a new session forgets all numbers, and the frames that wait', () => {
  const waiting = withBytes({ ...createSequencer(2), last: 4, highest: 5 }, 7, 1)
  const { last, highest, waitingBytes } = forgetNumbers(waiting)
  assert.deepEqual({ last, highest, waitingBytes }, { last: 0, highest: 0, waitingBytes: 0 })
  assert.deepEqual(forgetNumbers(waiting).waiting, [])
})
