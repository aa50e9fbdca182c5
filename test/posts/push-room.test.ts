import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { PostResult, Posts } from '../../posts/posts.ts'
import { POSTS_IN_FLIGHT, type Push, pushRoom } from '../../posts/push.ts'

/** Posts that are answered by `answer`, and the texts that each connection got or refused. */
function openPosts(answer: (connection: string, text: string) => PostResult | Promise<PostResult>) {
  const texts = new Map<string, string[]>()
  const open = new Set<string>()
  const posts: Pick<Posts, 'post' | 'exists'> = {
    async post(connection, text) {
      texts.set(connection, [...(texts.get(connection) ?? []), text])
      return answer(connection, text)
    },
    exists: async connection => open.has(connection),
  }
  return { posts, texts, open }
}

const pushTo = (...deliveries: Push['deliveries']): Push => ({
  room: 'room-0',
  updates: ['{"n":0}', '{"n":1}'],
  messages: ['"first"', '"second"'],
  deliveries,
})

test('each connection gets the messages in order, and then its updates', async () => {
  const { posts, texts } = openPosts(() => 'sent')
  const result = await pushRoom(pushTo(['a', [1]], ['b', []], ['c', [0, 1]]), posts)
  const updates = (...list: string[]): string => `{"type":"updates","updates":[${list.join()}]}`
  assert.deepEqual(
    texts,
    new Map([
      ['a', ['"first"', '"second"', updates('{"n":1}')]],
      ['b', ['"first"', '"second"']],
      ['c', ['"first"', '"second"', updates('{"n":0}', '{"n":1}')]],
    ]),
  )
  const { postMilliseconds, slowestPost, ...rest } = result
  assert.deepEqual(rest, { posts: 8, gone: [], failed: [], throttled: [], errors: [] })
  assert.ok(slowestPost <= postMilliseconds && postMilliseconds <= 8 * slowestPost)
})

test('the slowest post of one post is the sum of all', async () => {
  const { posts } = openPosts(() => new Promise(resolve => setTimeout(resolve, 5, 'sent')))
  const { postMilliseconds, slowestPost } = await pushRoom({ ...pushTo(['a', [0]]), messages: [] }, posts)
  assert.equal(postMilliseconds, slowestPost)
  assert.ok(slowestPost > 0)
})

test('a connection gets nothing after a post that was not sent, and the result names the connection', async () => {
  const results: Readonly<Record<string, PostResult>> = {
    slow: 'refused',
    fast: 'throttled',
    ended: 'gone',
    open: 'gone',
    well: 'sent',
  }
  const { posts, texts, open } = openPosts((connection, text) =>
    text === '"second"' ? results[connection]! : 'sent',
  )
  open.add('open')
  const result = await pushRoom(pushTo(...Object.keys(results).map(app => [app, [0]] as const)), posts)
  assert.deepEqual(
    [result.posts, result.failed, result.throttled, result.gone],
    [11, ['slow', 'open'], ['fast'], ['ended']],
  )
  for (const app of ['slow', 'fast', 'ended', 'open']) assert.equal(texts.get(app)?.length, 2, app)
})

test('an error of one connection fails this connection alone; the same error is reported once', async () => {
  const { posts } = openPosts(connection => {
    if (connection !== 'c') throw new Error('forbidden')
    return 'sent'
  })
  const result = await pushRoom(pushTo(['a', []], ['b', []], ['c', []]), posts)
  assert.deepEqual([result.posts, result.failed, result.errors], [2, ['a', 'b'], ['Error: forbidden']])
})

/** Returns how many of three messages a connection gets if each post takes `milliseconds`. */
async function postsWithin(t: TestContext, milliseconds: number) {
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
  const { posts } = openPosts(() => {
    t.mock.timers.tick(milliseconds)
    return 'sent'
  })
  const result = await pushRoom({ ...pushTo(['a', []]), messages: ['1', '2', '3'] }, posts)
  t.mock.timers.reset()
  return [result.posts, result.throttled]
}

test('no post starts five seconds after the start of the push: the connection counts as throttled', async t => {
  assert.deepEqual(await postsWithin(t, 5_000), [1, ['a']])
  assert.deepEqual(await postsWithin(t, 4_999), [2, ['a']])
  assert.deepEqual(await postsWithin(t, 2_499), [3, []])
})

test('64 posts of a room are under way at once, one of each connection', async () => {
  const ends: (() => void)[] = []
  const { posts, texts } = openPosts(() => new Promise(resolve => ends.push(() => resolve('sent'))))
  const apps = Array.from({ length: 65 }, (_, index) => [`app${index}`, []] as const)
  const push = pushRoom({ ...pushTo(...apps), messages: ['1'] }, posts)
  await new Promise(setImmediate)
  assert.deepEqual([POSTS_IN_FLIGHT, ends.length], [64, 64])
  ends[0]!()
  await new Promise(setImmediate)
  assert.deepEqual([ends.length, texts.has('app64')], [65, true])
  for (const end of ends) end()
  assert.equal((await push).posts, 65)
})

test('two updates share a post of 32 KB, and need two posts with one byte more', async () => {
  const frame = '{"type":"updates","updates":[,]}'.length
  const postsFor = async (bytes: number): Promise<number> => {
    const { posts } = openPosts(() => 'sent')
    const half = Math.floor((bytes - frame) / 2)
    const updates = [half, bytes - frame - half].map(length => '1'.repeat(length))
    const push: Push = { room: 'room-0', updates, messages: [], deliveries: [['a', [0, 1]]] }
    return (await pushRoom(push, posts)).posts
  }
  assert.equal(await postsFor(32_768), 1)
  assert.equal(await postsFor(32_769), 2)
})
