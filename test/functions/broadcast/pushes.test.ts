import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addMember, createMembers, type Member } from '../../../functions/broadcast/members.ts'
import type { PlannedPost } from '../../../functions/broadcast/post-plan.ts'
import { MAX_PUSH_BYTES, pushesOf } from '../../../functions/broadcast/pushes.ts'
import { NO_CONTENT } from './plain-plan.ts'

const START = { pace: 500, since: 0, encoding: 'json', eventsSince: 0 } as const
const memberOf = (connection: string): Member => addMember(createMembers(), connection, 'room-0', START)
const postTo = (member: Member, updates: readonly string[], events: readonly string[] = []): PlannedPost => ({
  member,
  updates,
  events,
  missed: [],
  content: NO_CONTENT,
})

/** Returns the number of pushes. Checks that each member gets its texts in one push, in order, and that no push is too large. */
function pushCount(posts: readonly PlannedPost[]): number {
  const pushes = pushesOf(posts)
  const got = new Map<string, [updates: string[], events: string[]]>()
  for (const { push, posts } of pushes) {
    assert.ok(Buffer.byteLength(JSON.stringify(push)) <= MAX_PUSH_BYTES)
    assert.deepEqual(
      push.deliveries.map(([connection]) => connection),
      [...posts.keys()],
    )
    for (const [connection, updates, events] of push.deliveries) {
      assert.equal(got.has(connection), false)
      got.set(connection, [
        updates.map(index => push.updates[index] ?? assert.fail('an index without an update')),
        events.map(index => push.events[index] ?? assert.fail('an index without an event')),
      ])
    }
  }
  for (const { member, updates, events } of posts)
    assert.deepEqual(got.get(member.connection), [updates, events])
  assert.equal(got.size, posts.length)
  return pushes.length
}

const numbered = (count: number, text: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => text(index))

test('the size of a push counts escaped quotes and letters of several bytes as they are sent', () => {
  const texts = (unit: string) => (index: number) => `${index}${unit}`
  const quotes = ['a', 'b', 'c'].map(app =>
    postTo(memberOf(app), numbered(20, texts(app + '"'.repeat(100_000)))),
  )
  assert.ok(pushCount(quotes) > 1)
  const letters = ['a', 'b', 'c'].map(app =>
    postTo(memberOf(app), numbered(20, texts(app + '株'.repeat(50_000)))),
  )
  assert.ok(pushCount(letters) > 1)
})

test('the size of a push counts connections and the indices of their updates', () => {
  const texts = numbered(2_000, index => `text ${index}`)
  assert.ok(pushCount(numbered(1_000, index => `app${index}`).map(app => postTo(memberOf(app), texts))) > 1)
})

test('the size of a push counts long connection ids, also of members with the same text', () => {
  const apps = numbered(200, index => String(index).padStart(40_000, '0'))
  assert.equal(pushCount(apps.map(app => postTo(memberOf(app), ['text']))), 2)
})

test('the size of a push counts events', () => {
  const posts = ['a', 'b'].map(app => postTo(memberOf(app), [app.repeat(1_500_000)], [app.repeat(2_000_000)]))
  assert.equal(pushCount(posts), 2)
})

test('texts that several members get are in a push once', () => {
  const texts = numbered(10, index => `${index}${'x'.repeat(300_000)}`)
  const posts = numbered(50, index => `app${index}`).map(app =>
    postTo(memberOf(app), texts, ['{"type":"news"}']),
  )
  assert.equal(pushCount(posts), 1)
  const [planned] = pushesOf(posts)
  assert.deepEqual([planned?.push.updates.length, planned?.push.events.length], [10, 1])
})

test('a push is filled: texts whose JSON takes up to the limit need one push', () => {
  // A text of 92 digits takes 95 bytes with quotes and comma, and at most 6 more for its index.
  const most = Math.floor((MAX_PUSH_BYTES - 200) / (95 + 6))
  const texts = numbered(most, index => String(index).padStart(92, '0'))
  const pushesFor = (first: string): number =>
    pushCount([postTo(memberOf('a'), [first]), postTo(memberOf('b'), texts)])
  assert.equal(pushesFor('first'), 1)
  assert.equal(pushesFor('x'.repeat(400)), 2)
})

test('a post stays in one push, however large, and does not share it', () => {
  const large = postTo(memberOf('a'), ['x'.repeat(4_000_000), 'y'.repeat(4_000_000)])
  const pushes = pushesOf([postTo(memberOf('b'), ['text']), large, postTo(memberOf('c'), ['text'])])
  assert.deepEqual(
    pushes.map(({ posts }) => [...posts.keys()]),
    [['b'], ['a'], ['c']],
  )
})

test('every push has the stretch of the paces, if there is one', () => {
  const [planned] = pushesOf([postTo(memberOf('a'), ['1'])], 1.5)
  assert.deepEqual(planned?.push, { updates: ['1'], events: [], stretch: 1.5, deliveries: [['a', [0], []]] })
  assert.equal('stretch' in pushesOf([postTo(memberOf('a'), ['1'])])[0]!.push, false)
})

test('a push has 250 posts at most', () => {
  const posts = numbered(501, index => `app${index}`).map(app => postTo(memberOf(app), ['text']))
  assert.deepEqual(
    pushesOf(posts).map(({ push }) => push.deliveries.length),
    [250, 250, 1],
  )
})

test('connections whose last posts have failed have pushes of their own', () => {
  const [sound, slow] = [memberOf('sound'), memberOf('slow')]
  slow.failures = 1
  assert.deepEqual(
    pushesOf([postTo(slow, ['1']), postTo(sound, ['1'])]).map(({ posts, isDoubtful }) => [
      [...posts.keys()],
      isDoubtful,
    ]),
    [
      [['sound'], false],
      [['slow'], true],
    ],
  )
})

test('a delivery to a connection that takes compressed messages has a mark', () => {
  const member = addMember(createMembers(), 'a', 'room-0', { ...START, encoding: 'deflate-1' })
  const [planned] = pushesOf([postTo(member, ['1']), postTo(memberOf('b'), ['1'])])
  assert.deepEqual(planned?.push.deliveries, [
    ['a', [0], [], true],
    ['b', [0], []],
  ])
})

test('a delivery has the missed trades of its post, which a push has once', () => {
  const member = addMember(createMembers(), 'a', 'room-0', { ...START, encoding: 'deflate-1' })
  const [first, second] = [postTo(member, ['1']), postTo(memberOf('b'), ['1'])]
  const [planned] = pushesOf([
    { ...first, missed: ['m', 'n'] },
    { ...second, missed: ['n'] },
  ])
  assert.deepEqual(planned?.push, {
    updates: ['1'],
    events: [],
    missed: ['m', 'n'],
    deliveries: [
      ['a', [0], [], true, [0, 1]],
      ['b', [0], [], false, [1]],
    ],
  })
})

test('a push takes 6 MB, the most of a synchronous invocation', () => {
  assert.equal(MAX_PUSH_BYTES, 6_000_000)
})
