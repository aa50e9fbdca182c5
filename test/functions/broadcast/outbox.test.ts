import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addMember, createMembers, type Member, type Members } from '../../../functions/broadcast/members.ts'
import { createOutbox, PUSHES_PER_ROOM } from '../../../functions/broadcast/outbox.ts'
import type { PlannedPost } from '../../../functions/broadcast/post-plan.ts'
import { type PlannedPush, pushesOf } from '../../../functions/broadcast/pushes.ts'
import type { Push, PushResult } from '../../../posts/push.ts'

const START = { pace: 500, since: 0, eventsSince: 0 }
const memberList = (members: Members, count: number): Member[] =>
  Array.from({ length: count }, (_, index) => addMember(members, `app${index}`, `room-${index}`, START))
const postTo = (member: Member): PlannedPost => ({
  member,
  updates: ['text'],
  events: [],
  content: { round: 1, event: 0, whole: new Map(), status: false },
})

/** Rooms with one member each. `delays` has the time of a push by room (ms). */
function openRooms(count: number) {
  const members = createMembers()
  const list = memberList(members, count)
  const delays = new Map<string, number>()
  const alone: boolean[] = []
  const served: string[] = []
  const outbox = createOutbox({
    async push({ room }: Push, isAlone) {
      alone.push(isAlone)
      await sleep(delays.get(room) ?? 0)
      return { ...NOTHING, posts: 1 }
    },
    note: ({ member }) => served.push(member.connection),
    warn: message => assert.fail(message),
  })
  const plan = (...some: Member[]): PlannedPush[] => pushesOf(some.map(postTo))
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
  const results: PushResult[] = []
  while (!served.includes(slow.connection)) {
    const before = performance.now()
    results.push(...(await outbox.send(plan(...others))))
    assert.ok(performance.now() - before < 400)
    await sleep(50)
  }
  // The room stays known as slow: the next round does not wait for it.
  const before = performance.now()
  results.push(...(await outbox.send(plan(...list))))
  assert.ok(performance.now() - before < 400)
  assert.ok(results.length > 2)
})

test('a single room is served to its end by this function, unless it is slow', async () => {
  const { outbox, list, delays, alone, plan } = openRooms(1)
  const [only] = list as [Member]
  delays.set(only.room, 800)
  assert.equal((await outbox.send(plan(only))).length, 1)
  // A slow room is served by another function, because a push of this function ends with its round.
  delays.set(only.room, 0)
  for (let round = 0; round < 2; round++) assert.equal((await outbox.send(plan(only))).length, 1)
  assert.deepEqual(alone, [true, false, true])
})

/** Rooms whose pushes end when the test says so. */
function openHeldRooms(count: number) {
  const members = createMembers()
  const list = memberList(members, count)
  const pushes: {
    readonly room: string
    readonly isAlone: boolean
    end(result: PushResult | Error): void
  }[] = []
  const notes: (readonly [connection: string, posts: number | undefined])[] = []
  const warnings: string[] = []
  const outbox = createOutbox({
    push: ({ room }, isAlone) =>
      new Promise((resolve, reject) =>
        pushes.push({
          room,
          isAlone,
          end: result => (result instanceof Error ? reject(result) : resolve(result)),
        }),
      ),
    note: ({ member }, result) => notes.push([member.connection, result?.posts]),
    warn: message => warnings.push(message),
  })
  const planTo = (...some: Member[]): PlannedPush[] => some.flatMap(member => pushesOf([postTo(member)]))
  return { outbox, list, pushes, notes, warnings, planTo }
}

test('a push that fails as a whole is a warning and a note without a result; the other pushes have theirs', async () => {
  const { outbox, list, pushes, notes, warnings, planTo } = openHeldRooms(2)
  const sending = outbox.send(planTo(...list))
  pushes[0]!.end(new Error('no such function'))
  pushes[1]!.end({ ...NOTHING, posts: 3 })
  assert.deepEqual(await sending, [{ ...NOTHING, posts: 3 }])
  assert.deepEqual(notes.toSorted(), [
    ['app0', undefined],
    ['app1', 3],
  ])
  assert.deepEqual(warnings, ['a room could not be served'])
  assert.deepEqual(await outbox.send([]), [])
})

test('a room is busy while it has four pushes that have not ended', async () => {
  const { outbox, list, pushes, planTo } = openHeldRooms(1)
  const [only] = list as [Member]
  const sending = outbox.send(planTo(only, only, only))
  assert.equal(outbox.isBusy(only.room), false)
  const more = outbox.send(planTo(only))
  assert.deepEqual([outbox.isBusy(only.room), PUSHES_PER_ROOM], [true, 4])
  pushes[0]!.end(NOTHING)
  await new Promise(setImmediate)
  assert.equal(outbox.isBusy(only.room), false)
  for (const push of pushes) push.end(NOTHING)
  assert.equal([...(await sending), ...(await more)].length, 4)
})

test('this function serves a room itself only if the round has no other push and no room is busy', async () => {
  const { outbox, list, pushes, planTo } = openHeldRooms(3)
  const [first, second, third] = list as [Member, Member, Member]
  const both = outbox.send(planTo(first, second))
  pushes[0]!.end(NOTHING)
  await both
  // The second room is still busy.
  const one = outbox.send(planTo(third))
  pushes[1]!.end(NOTHING)
  pushes[2]!.end(NOTHING)
  assert.equal((await one).length, 2)
  const alone = outbox.send(planTo(third))
  pushes[3]!.end(NOTHING)
  await alone
  assert.deepEqual(
    pushes.map(({ isAlone }) => isAlone),
    [false, false, false, true],
  )
})

test('a round without rooms ends at once, also without members', async () => {
  const { outbox } = openHeldRooms(0)
  assert.deepEqual(await outbox.send([]), [])
})

test('a round waits for a slow room if it has no other', async () => {
  const { outbox, list, delays, plan } = openRooms(2)
  const [slow] = list as [Member]
  delays.set(slow.room, 600)
  await outbox.send(plan(slow))
  delays.set(slow.room, 1)
  assert.equal((await outbox.send(plan(slow))).length, 1)
})
