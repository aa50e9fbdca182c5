import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRefusals } from '../../../functions/broadcast/refusals.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'

const NOW = asEpochMillis(1_800_000_000_000)
const NONE = { posts: 0, refused: 0, unanswered: 0, allRefused: 0 }
const refusing = (posts: number, refused: number) => ({ ...NONE, posts, refused, allRefused: refused })

test('above a quarter of refused posts API Gateway refuses, and the account is above its quota', () => {
  const refusals = createRefusals()
  assert.deepEqual([refusals.isGatewayRefusing(), refusals.isAboveQuota()], [false, false])
  refusals.note(refusing(100, 25), NOW)
  assert.deepEqual([refusals.isGatewayRefusing(), refusals.isAboveQuota()], [false, false])
  refusals.note(refusing(0, 1), NOW)
  assert.deepEqual([refusals.isGatewayRefusing(), refusals.isAboveQuota()], [true, true])
})

test('above one in a hundred posts that pass after a refusal the account is above its quota', () => {
  const refusals = createRefusals()
  refusals.note(refusing(100, 2), NOW)
  refusals.notePassed(NOW)
  assert.equal(refusals.isAboveQuota(), false)
  refusals.notePassed(NOW)
  assert.deepEqual([refusals.isGatewayRefusing(), refusals.isAboveQuota()], [false, true])
})

test('after the rate has fallen, only later refusals are evidence', () => {
  const refusals = createRefusals()
  refusals.note(refusing(100, 5), NOW)
  for (let count = 0; count < 5; count++) refusals.notePassed(NOW)
  refusals.noteSlower(addMillis(NOW, 100))
  assert.equal(refusals.isAboveQuota(), false)
  refusals.note(refusing(0, 2), addMillis(NOW, 100))
  for (let count = 0; count < 2; count++) refusals.notePassed(addMillis(NOW, 99))
  assert.equal(refusals.isAboveQuota(), false)
  for (let count = 0; count < 2; count++) refusals.notePassed(addMillis(NOW, 100))
  assert.equal(refusals.isAboveQuota(), true)
})

test('without a refusal the rate does not fall again, however many were refused before', () => {
  const refusals = createRefusals()
  refusals.note(refusing(100, 100), NOW)
  refusals.noteSlower(NOW)
  assert.deepEqual([refusals.isGatewayRefusing(), refusals.isAboveQuota()], [true, false])
  // A repeated refusal is no new evidence of who is at fault, but shows that refusals go on.
  refusals.note({ ...NONE, allRefused: 1 }, addMillis(NOW, 60_000))
  assert.equal(refusals.isAboveQuota(), true)
})

test('evidence loses half its weight in a second', () => {
  const refusals = createRefusals()
  refusals.note(refusing(100, 100), NOW)
  // 50 of 150 are above a quarter.
  refusals.note(refusing(100, 0), addMillis(NOW, 1_000))
  assert.equal(refusals.isGatewayRefusing(), true)
  // 25 of 175 are not.
  refusals.note(refusing(100, 0), addMillis(NOW, 2_000))
  assert.equal(refusals.isGatewayRefusing(), false)
})

test('API Gateway is silent if more than half of the posts have no answer', () => {
  const refusals = createRefusals()
  refusals.note({ ...NONE, posts: 100, unanswered: 50 }, NOW)
  assert.equal(refusals.isGatewaySilent(), false)
  refusals.note({ ...NONE, posts: 1, unanswered: 1 }, NOW)
  assert.deepEqual([refusals.isGatewaySilent(), refusals.isAboveQuota()], [true, false])
  // A time limit later, older answers weigh a sixteenth.
  refusals.note({ ...NONE, posts: 5_000 }, NOW)
  assert.equal(refusals.isGatewaySilent(), false)
  refusals.note({ ...NONE, posts: 400, unanswered: 400 }, addMillis(NOW, 1_000))
  assert.equal(refusals.isGatewaySilent(), true)
})
