import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createSnapshots,
  dropSnapshots,
  endSnapshot,
  isWanted,
  notePart,
  overdueSnapshot,
  planSnapshot,
  restartSnapshotTime,
  type Snapshots,
  skipSnapshot,
  startSnapshot,
} from '../../../ingest-task/line/snapshots.ts'
import { A, B } from './machine-run.ts'

/** In place of a random number: waits are half of the longest. */
const RANDOM = 0.5

/** Snapshots of which the first was requested from A at 1000 ms. */
const requested = (): Snapshots => startSnapshot(createSnapshots(2), A, 1000)

test('the first snapshot is requested at once', () => {
  const { snapshots, wait } = planSnapshot(createSnapshots(2), 0, RANDOM)
  assert.equal(wait, 0)
  assert.deepEqual([snapshots.planned, snapshots.whole, snapshots.source], [true, false, undefined])
})

test('snapshots soon after each other wait longer and longer, at most two seconds', () => {
  let snapshots = createSnapshots(2)
  const waits: (number | undefined)[] = []
  for (let count = 0; count < 8; count++) {
    const planned = planSnapshot(snapshots, 1000, RANDOM)
    waits.push(planned.wait)
    snapshots = startSnapshot(planned.snapshots, A, 1000)
  }
  assert.deepEqual(waits, [0, 50, 100, 200, 400, 800, 1000, 1000])
  assert.equal(snapshots.count, 8)
})

test('a snapshot more than ten seconds after the request before is requested at once', () => {
  assert.equal(planSnapshot(requested(), 11_000, RANDOM).wait, 50)
  const later = planSnapshot(requested(), 11_001, RANDOM)
  assert.deepEqual([later.wait, later.snapshots.recent], [0, 0])
})

test('a planned snapshot is not planned twice, and its timer goes on', () => {
  const planned = planSnapshot(requested(), 1000, RANDOM).snapshots
  assert.equal(planSnapshot(planned, 1000, RANDOM).wait, undefined)
  assert.equal(startSnapshot(planned, B, 1000).planned, false)
})

test('no snapshot is requested, nor counted, while no connection is open', () => {
  const planned = planSnapshot(requested(), 1000, RANDOM).snapshots
  assert.deepEqual(startSnapshot(planned, undefined, 1000), {
    ...requested(),
    planned: false,
    source: undefined,
  })
})

test('boards are whole after the end of the snapshot', () => {
  const snapshots = requested()
  assert.deepEqual([isWanted(snapshots, A), isWanted(snapshots, B)], [true, false])
  const ended = endSnapshot(snapshots, A)
  assert.deepEqual([ended.whole, ended.source, ended.due], [true, undefined, [0, 0]])
  assert.equal(skipSnapshot(createSnapshots(2)).whole, true)
})

test('only the last of several snapshots of a connection is wanted', () => {
  const twice = startSnapshot(planSnapshot(requested(), 1000, RANDOM).snapshots, A, 1100)
  assert.equal(isWanted(twice, A), false)
  const first = endSnapshot(twice, A)
  assert.deepEqual([first.whole, first.source, first.due], [false, A, [1, 0]])
  assert.ok(isWanted(first, A))
  assert.equal(endSnapshot(first, A).whole, true)
})

test('the end of a snapshot that nobody requested changes nothing', () => {
  assert.deepEqual(endSnapshot(requested(), B), requested())
})

test('a connection that is gone sends no snapshot any more', () => {
  const both = startSnapshot(requested(), B, 1000)
  assert.deepEqual(dropSnapshots(both, B), { ...both, due: [1, 0], source: undefined })
  assert.deepEqual(dropSnapshots(both, A), { ...both, due: [0, 1] })
})

test('a source is overdue when it sends no part for longer than the limit', () => {
  const LIMIT = 5000
  assert.equal(overdueSnapshot(requested(), LIMIT, 6000), undefined)
  assert.equal(overdueSnapshot(requested(), LIMIT, 6001), A)
  assert.equal(overdueSnapshot(notePart(requested(), A, 3000), LIMIT, 8000), undefined)
  assert.equal(overdueSnapshot(notePart(requested(), A, 3000), LIMIT, 8001), A)
  assert.equal(overdueSnapshot(notePart(requested(), B, 3000), LIMIT, 6001), A)
  assert.equal(overdueSnapshot(restartSnapshotTime(requested(), 2000), LIMIT, 7000), undefined)
  assert.equal(overdueSnapshot(restartSnapshotTime(requested(), 2000), LIMIT, 7001), A)
})
