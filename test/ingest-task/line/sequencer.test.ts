import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdFrames, rejectLast, restartAfter } from '../../../ingest-task/line/sequencer.ts'
import { A, B } from './machine-run.ts'
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
  assert.ok(waitingBytes <= 8 * 1024 * 1024)
  assert.equal(highest, 40_001)
  line.bring(B, 1)
  assert.deepEqual(line.taken, [1, ...sequences.slice(0, waiting.length)])
  assert.deepEqual([line.sequencer.waiting.length, line.sequencer.waitingBytes], [0, 0])
})
