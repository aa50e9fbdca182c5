import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadReads } from '../../ingest-task/bad-reads.ts'

test('a live message is requested again twice, and passed over the third time it is bad', () => {
  const bad = new BadReads()
  assert.equal(bad.isLastLive(0), false)
  bad.noteLive(0)
  assert.equal(bad.isLastLive(0), false)
  bad.noteLive(0)
  assert.equal(bad.isLastLive(0), true)
  assert.equal(bad.isLastLive(1), false, 'another message')
})

test('a bad message at another place is counted from one', () => {
  const bad = new BadReads()
  for (const reached of [7, 7, 8]) bad.noteLive(reached)
  assert.deepEqual([bad.isLastLive(7), bad.isLastLive(8)], [false, false])
  bad.noteLive(8)
  assert.deepEqual([bad.isLastLive(7), bad.isLastLive(8)], [false, true])
})

test('three bad snapshots are requested again, until a snapshot is read to its end', () => {
  const bad = new BadReads()
  for (let snapshots = 0; snapshots < 3; snapshots++) {
    assert.equal(bad.isLastSnapshot, false, `after ${snapshots} bad snapshots`)
    bad.noteSnapshot()
  }
  assert.equal(bad.isLastSnapshot, true)
  bad.endSnapshot()
  assert.equal(bad.isLastSnapshot, false)
})
