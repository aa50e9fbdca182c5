import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createHeld } from '../../../functions/broadcast/deliveries.ts'
import { addMember, createMembers, setIssues } from '../../../functions/broadcast/members.ts'
import { noteResult } from '../../../functions/broadcast/note-result.ts'
import { asEpochMillis } from '../../../market/units.ts'
import type { PushResult } from '../../../posts/push.ts'

const NOW = 1_800_000_000_000

/**
 * Notes a result for a member with two issues, of which the push had one, and with a failed and a throttled post before.
 * Returns what has become of the member.
 * @param result the connections in each list of the result; undefined if the push failed as a whole.
 * @param age of the last change of the connection (ms).
 */
function noted(t: TestContext, result: Partial<PushResult> | undefined, age = 60_000) {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const members = createMembers()
  const held = createHeld()
  const marked: (readonly [room: string, connection: string])[] = []
  const member = addMember(members, 'app', 'room-1')
  setIssues(members, member, new Set(['7203', '6758']))
  Object.assign(member, { changedAt: asEpochMillis(NOW - age), failures: 1, throttles: 1 })
  const texts = new Map([['7203', ['text']]])
  const whole = {
    posts: 1,
    gone: [],
    failed: [],
    throttled: [],
    errors: [],
    postMilliseconds: 1,
    slowestPost: 1,
  }
  const marker = { add: (room: string, connection: string) => void marked.push([room, connection]) }
  noteResult({ members, marker, held }, { member, texts, messages: ['m'] }, result && { ...whole, ...result })
  t.mock.timers.reset()
  return {
    isMember: members.byConnection.has('app'),
    marked,
    rest: Math.max(0, member.restsUntil - NOW),
    isWaiting: member.waitsUntil > NOW,
    counts: [member.failures, member.throttles],
    owed: [...member.owed],
    held: [...held.texts.values()].flatMap(ofMember => [...ofMember]),
    heldMessages: [...held.messages.values()].flat(),
  }
}

const SERVED = {
  isMember: true,
  marked: [],
  rest: 0,
  isWaiting: false,
  counts: [0, 0],
  owed: [],
  held: [],
  heldMessages: [],
}

test('a member that got its posts starts to count anew, whatever became of others', t => {
  assert.deepEqual(noted(t, {}), SERVED)
  assert.deepEqual(noted(t, { gone: ['b'], failed: ['c'], throttled: ['d'] }), SERVED)
})

test('a member that has ended is removed and marked', t => {
  const { isMember, marked } = noted(t, { gone: ['b', 'app'] })
  assert.deepEqual([isMember, marked], [false, [['room-1', 'app']]])
})

test('a member whose handshake may not have ended rests for half a second, and is owed the boards', t => {
  const early = { ...SERVED, rest: 500, counts: [2, 1], owed: ['7203'] }
  assert.deepEqual(noted(t, { gone: ['app'] }, 9_999), early)
})

test('a throttled member waits, and its texts and messages with it', t => {
  const held = { isWaiting: true, counts: [1, 2], held: [['7203', ['text']]], heldMessages: ['m'] }
  assert.deepEqual(noted(t, { throttled: ['app'] }), { ...SERVED, ...held })
})

test('a member whose post failed, or whose push failed as a whole, rests and is owed the boards', t => {
  const failed = { ...SERVED, rest: 4_000, counts: [2, 1], owed: ['7203'] }
  assert.deepEqual(noted(t, { failed: ['app'] }), failed)
  assert.deepEqual(noted(t, undefined), failed)
})
