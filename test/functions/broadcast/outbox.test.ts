import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addMember, createMembers } from '../../../functions/broadcast/members.ts'
import { createOutbox, PUSHES_IN_FLIGHT } from '../../../functions/broadcast/outbox.ts'
import type { PlannedPush } from '../../../functions/broadcast/pushes.ts'
import type { PushResult } from '../../../posts/push.ts'
import { NO_CONTENT } from './plain-plan.ts'

const START = { pace: 500, since: 0, encoding: 'json', eventsSince: 0 } as const
const NOTHING: PushResult = {
  posts: 0,
  gone: [],
  failed: [],
  silent: [],
  throttled: [],
  limited: [],
  errors: [],
  postMilliseconds: 0,
  slowestPost: 0,
}

/** Returns a push with one post to a connection. */
function pushTo(connection: string, isDoubtful = false): PlannedPush {
  const member = addMember(createMembers(), connection, 'room-0', START)
  const post = { member, missed: [], updates: ['text'], events: [], content: NO_CONTENT }
  const push = { updates: ['text'], events: [], deliveries: [[connection, [0], []] as const] }
  return { push, posts: new Map([[connection, post]]), isDoubtful }
}

/** An outbox whose pushes end when the test says so. */
function openOutbox() {
  const pushes: {
    readonly connection: string
    readonly isAlone: boolean
    end(result: PushResult | Error): void
  }[] = []
  const notes: (readonly [connection: string, posts: number | undefined])[] = []
  const warnings: string[] = []
  const outbox = createOutbox({
    push: ({ deliveries }, isAlone) =>
      new Promise((resolve, reject) =>
        pushes.push({
          connection: deliveries[0]![0],
          isAlone,
          end: result => (result instanceof Error ? reject(result) : resolve(result)),
        }),
      ),
    note(posts, result) {
      for (const { member } of posts) notes.push([member.connection, result?.posts])
    },
    warn: message => warnings.push(message),
  })
  return { outbox, pushes, notes, warnings }
}

test('a push that fails as a whole is a warning and a note without a result; the other pushes have theirs', async () => {
  const { outbox, pushes, notes, warnings } = openOutbox()
  const sending = outbox.send([pushTo('a'), pushTo('b')])
  pushes[0]!.end(new Error('no such function'))
  pushes[1]!.end({ ...NOTHING, posts: 3 })
  assert.deepEqual(await sending, [{ ...NOTHING, posts: 3 }])
  assert.deepEqual(notes.toSorted(), [
    ['a', undefined],
    ['b', 3],
  ])
  assert.deepEqual(warnings, ['a push could not be served'])
  assert.deepEqual(await outbox.send([]), [])
})

test('a round does not wait for a slow push to its end; a later round has its result', async () => {
  const { outbox, pushes, notes } = openOutbox()
  const sending = outbox.send([pushTo('slow'), pushTo('quick')])
  pushes[1]!.end({ ...NOTHING, posts: 1 })
  assert.equal((await sending).length, 1)
  assert.deepEqual(notes, [['quick', 1]])
  pushes[0]!.end({ ...NOTHING, posts: 2 })
  await new Promise(setImmediate)
  assert.deepEqual(await outbox.send([]), [{ ...NOTHING, posts: 2 }])
})

test('this function serves the only push of a round itself', async () => {
  const { outbox, pushes } = openOutbox()
  const both = outbox.send([pushTo('a'), pushTo('b')])
  for (const push of pushes) push.end(NOTHING)
  await both
  const one = outbox.send([pushTo('c')])
  pushes[2]!.end(NOTHING)
  await one
  assert.deepEqual(
    pushes.map(({ isAlone }) => isAlone),
    [false, false, true],
  )
})

test('no round waits for a push to doubtful connections, and another function serves it', async () => {
  const { outbox, pushes } = openOutbox()
  assert.deepEqual(await outbox.send([pushTo('slow', true)]), [])
  const sending = outbox.send([pushTo('slow', true), pushTo('quick')])
  pushes.find(({ connection }) => connection === 'quick')!.end(NOTHING)
  assert.equal((await sending).length, 1)
  assert.deepEqual(
    pushes.map(({ connection, isAlone }) => [connection, isAlone]),
    [
      ['slow', false],
      ['slow', false],
      ['quick', true],
    ],
  )
  for (const push of pushes) push.end(NOTHING)
})

test('the outbox is full while forty pushes have not ended', async () => {
  const { outbox, pushes } = openOutbox()
  assert.equal(PUSHES_IN_FLIGHT, 40)
  await outbox.send(Array.from({ length: 39 }, (_, index) => pushTo(`a${index}`, true)))
  assert.equal(outbox.isFull(), false)
  await outbox.send([pushTo('b', true)])
  assert.equal(outbox.isFull(), true)
  pushes[0]!.end(NOTHING)
  await new Promise(setImmediate)
  assert.equal(outbox.isFull(), false)
  for (const push of pushes) push.end(NOTHING)
})
