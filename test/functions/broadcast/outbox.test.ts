import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addMember, createMembers, type Member } from '../../../functions/broadcast/members.ts'
import { createOutbox } from '../../../functions/broadcast/outbox.ts'
import { type PlannedPush, pushesOf } from '../../../functions/broadcast/pushes.ts'
import type { Push, PushResult } from '../../../posts/push.ts'

/** Rooms with one member each. `delays` has the time of a push by room (ms). */
function openRooms(count: number) {
  const members = createMembers()
  const list = Array.from({ length: count }, (_, index) => addMember(members, `app${index}`, `room-${index}`))
  const delays = new Map<string, number>()
  const alone: boolean[] = []
  const served: string[] = []
  const outbox = createOutbox({
    members,
    async push({ room }: Push, isAlone) {
      alone.push(isAlone)
      await sleep(delays.get(room) ?? 0)
      return { ...NOTHING, posts: 1 }
    },
    note: ({ member }) => served.push(member.connection),
    warn: message => assert.fail(message),
  })
  const plan = (...some: Member[]): PlannedPush[] =>
    pushesOf(
      some.map(member => ({ member, texts: new Map([['7203', ['text']]]) })),
      [],
    )
  return { outbox, list, delays, alone, served, plan }
}

const NOTHING: PushResult = {
  posts: 0,
  gone: [],
  failed: [],
  throttled: [],
  errors: [],
  postMilliseconds: 0,
  slowestPost: 0,
}

test('a slow room holds the round for half a second once, and later rounds not at all', async () => {
  const { outbox, list, delays, served, plan } = openRooms(3)
  const [slow, ...others] = list as [Member, ...Member[]]
  delays.set(slow.room, 2_000)
  const start = performance.now()
  assert.equal((await outbox.send(plan(...list))).length, 2)
  assert.ok(performance.now() - start < 1_500)
  assert.equal(outbox.isBusy(slow.room), true)
  const results: PushResult[] = []
  while (outbox.isBusy(slow.room)) {
    const before = performance.now()
    results.push(...(await outbox.send(plan(...others))))
    assert.ok(performance.now() - before < 400)
    await sleep(50)
  }
  assert.equal(served.filter(connection => connection === slow.connection).length, 1)
  // The room stays known as slow: the next round does not wait for it.
  const before = performance.now()
  results.push(...(await outbox.send(plan(...list))))
  assert.ok(performance.now() - before < 400)
  assert.ok(results.length > 2)
})

test('a round waits while every room is busy, and serves a single room to its end', async () => {
  const { outbox, list, delays, alone, plan } = openRooms(1)
  const [only] = list as [Member]
  delays.set(only.room, 800)
  assert.equal((await outbox.send(plan(only))).length, 1)
  assert.equal(outbox.isBusy(only.room), false)
  // A slow room is served by another function, because this function ends with its round.
  assert.equal((await outbox.send(plan(only))).length, 1)
  assert.deepEqual(alone, [true, false])
})
