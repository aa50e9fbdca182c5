import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { PostResult, Posts } from '../../posts/posts.ts'
import { POSTS_IN_FLIGHT, type Push, pushRoom } from '../../posts/push.ts'
import { randomText, readCompressed } from '../compressed-text.ts'
import { until } from '../until.ts'

/** Posts that are answered by `answer`, and the texts that each connection got or refused. */
function openPosts(answer: (connection: string, text: string) => PostResult | Promise<PostResult>) {
  const texts = new Map<string, string[]>()
  const posts: Pick<Posts, 'post'> = {
    async post(connection, text) {
      texts.set(connection, [...(texts.get(connection) ?? []), text])
      return answer(connection, text)
    },
  }
  return { posts, texts }
}

const pushTo = (...deliveries: Push['deliveries']): Push => ({
  updates: ['{"n":0}', '{"n":1}'],
  events: ['{"e":0}'],
  deliveries,
})

/** Two texts that need two posts, the second of them with {@link SECOND}. */
const LONG = { updates: ['1'.repeat(20_000), '2'.repeat(20_000)], events: [] }
const SECOND = /\[2/

test('each connection gets its events and updates, joined to messages in order', async () => {
  const { posts, texts } = openPosts(() => 'sent')
  const result = await pushRoom(
    pushTo(['a', [1], []], ['b', [], [0]], ['c', [0, 1], [0]], ['d', [], []]),
    posts,
  )
  assert.deepEqual(
    texts,
    new Map([
      ['a', ['{"type":"updates","updates":[{"n":1}]}']],
      ['b', ['{"type":"updates","updates":[],"events":[{"e":0}]}']],
      ['c', ['{"type":"updates","updates":[{"n":0},{"n":1}],"events":[{"e":0}]}']],
    ]),
  )
  const { postMilliseconds, slowestPost, ...rest } = result
  const lists = { gone: [], failed: [], silent: [], throttled: [], limited: [], errors: [] }
  assert.deepEqual(rest, { posts: 3, ...lists })
  assert.ok(slowestPost <= postMilliseconds && postMilliseconds <= 3 * slowestPost)
})

test('a connection with a mark gets the message compressed, if it is shorter so', async () => {
  const { posts, texts } = openPosts(() => 'sent')
  const noise = randomText(400)
  const updates = [noise, JSON.stringify({ n: Array.from({ length: 200 }, (_, index) => index % 7) })]
  await pushRoom({ ...pushTo(['a', [1], [0], true], ['b', [1], [0]], ['c', [0], [], true]), updates }, posts)
  const [compressed = ''] = texts.get('a') ?? []
  assert.match(compressed, /^[$-~]+$/)
  assert.equal(readCompressed(compressed), texts.get('b')?.[0])
  assert.deepEqual(texts.get('c'), [`{"type":"updates","updates":[${noise}]}`])
})

test('every message has the stretch of the paces', async () => {
  const { posts, texts } = openPosts(() => 'sent')
  await pushRoom({ ...pushTo(['a', [0, 1], []]), ...LONG, stretch: 1.4 }, posts)
  assert.deepEqual(
    texts.get('a')?.map(text => text.slice(-15)),
    ['],"stretch":1.4}', '],"stretch":1.4}'].map(end => end.slice(-15)),
  )
})

test('the slowest post of one post is the sum of all', async () => {
  const { posts } = openPosts(() => new Promise(resolve => setTimeout(resolve, 5, 'sent')))
  const { postMilliseconds, slowestPost } = await pushRoom(pushTo(['a', [0], []]), posts)
  assert.equal(postMilliseconds, slowestPost)
  assert.ok(slowestPost > 0)
})

test('a connection gets nothing after a post that was not sent, and the result names the connection', async () => {
  const results: Readonly<Record<string, PostResult>> = {
    large: 'refused',
    slow: 'silent',
    fast: 'throttled',
    unlucky: 'failed',
    ended: 'gone',
    well: 'sent',
  }
  const { posts, texts } = openPosts((connection, text) =>
    SECOND.test(text) ? results[connection]! : 'sent',
  )
  const deliveries = Object.keys(results).map(app => [app, [0, 1, 2], []] as const)
  const updates = [...LONG.updates, '3'.repeat(20_000)]
  const result = await pushRoom({ ...pushTo(...deliveries), updates }, posts)
  assert.deepEqual(
    [result.posts, result.failed, result.throttled, result.gone],
    [13, ['large', 'slow'], ['fast', 'unlucky'], ['ended']],
  )
  assert.deepEqual([result.silent, result.limited], [['slow'], ['fast']])
  for (const app of ['large', 'slow', 'fast', 'unlucky', 'ended'])
    assert.equal(texts.get(app)?.length, 2, app)
})

test('an error of one connection fails this connection alone; the same error is reported once', async () => {
  const { posts } = openPosts(connection => {
    if (connection !== 'c') throw new Error('forbidden')
    return 'sent'
  })
  const result = await pushRoom(pushTo(['a', [0], []], ['b', [0], []], ['c', [0], []]), posts)
  assert.deepEqual([result.posts, result.failed, result.errors], [1, ['a', 'b'], ['Error: forbidden']])
})

/** Returns how many of three messages a connection gets if each post takes `milliseconds`. */
async function postsWithin(t: TestContext, milliseconds: number) {
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
  const { posts } = openPosts(() => {
    t.mock.timers.tick(milliseconds)
    return 'sent'
  })
  const updates = [...LONG.updates, '3'.repeat(20_000)]
  const result = await pushRoom({ ...pushTo(['a', [0, 1, 2], []]), updates }, posts)
  t.mock.timers.reset()
  assert.deepEqual(result.limited, [])
  return [result.posts, result.throttled]
}

test('no post starts five seconds after the start of the push: the connection counts as throttled', async t => {
  assert.deepEqual(await postsWithin(t, 5_000), [1, ['a']])
  assert.deepEqual(await postsWithin(t, 4_999), [2, ['a']])
  assert.deepEqual(await postsWithin(t, 2_499), [3, []])
})

test('64 stalled connections do not delay the others', async () => {
  const ends: (() => void)[] = []
  const { posts, texts } = openPosts(connection =>
    connection.startsWith('stalled') ? new Promise(resolve => ends.push(() => resolve('refused'))) : 'sent',
  )
  const apps = Array.from({ length: 64 }, (_, index) => `stalled${index}`).concat('well', 'fine')
  const push = pushRoom(pushTo(...apps.map(app => [app, [0], []] as const)), posts)
  await until(() => texts.has('well') && texts.has('fine'), 'the posts to the other connections')
  for (const end of ends) end()
  const result = await push
  assert.deepEqual([result.posts, result.failed.length], [66, 64])
})

test('64 posts of a room are under way at once, one of each connection', async () => {
  const ends: (() => void)[] = []
  const { posts, texts } = openPosts(() => new Promise(resolve => ends.push(() => resolve('sent'))))
  const apps = Array.from({ length: 65 }, (_, index) => [`app${index}`, [0], []] as const)
  const push = pushRoom(pushTo(...apps), posts)
  await new Promise(setImmediate)
  assert.deepEqual([POSTS_IN_FLIGHT, ends.length], [64, 64])
  ends[0]!()
  await new Promise(setImmediate)
  assert.deepEqual([ends.length, texts.has('app64')], [65, true])
  for (const end of ends) end()
  assert.equal((await push).posts, 65)
})
