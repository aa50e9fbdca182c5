import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCounts, startServer } from '../../bench/post-bench.ts'
import { postSides } from '../../bench/post-sides.ts'

const SENT = { own: 20, sdk: 20, bare: 20 }

test('the server counts the posts of each side, and accepts the signatures of both', async () => {
  await using server = await startServer()
  const sides = postSides(`127.0.0.1:${server.port}`)
  for (const send of Object.values(sides))
    for (let index = 0; index < 20; index++) await send({ connection: `a${index}=`, text: '{"板":1}' })
  const counts = await server.counts()
  assert.deepEqual(counts, {
    counts: {
      own: { posts: 20, checked: 1 },
      sdk: { posts: 20, checked: 1 },
      bare: { posts: 20, checked: 0 },
    },
    faults: [],
  })
  checkCounts(counts, SENT)
  assert.throws(() => checkCounts(counts, { ...SENT, own: 21 }), /^Error: own: expected 21 posts, got 20$/)
})

test('the server reports a post with a wrong signature', async () => {
  await using server = await startServer()
  const { own } = postSides(`127.0.0.1:${server.port}`)
  process.env.AWS_SECRET_ACCESS_KEY = 'another'
  for (let index = 0; index < 20; index++) await own({ connection: 'app', text: '{}' })
  const counts = await server.counts()
  assert.equal(counts.faults.length, 1)
  assert.match(counts.faults[0]!, /^\/own\/@connections\/app: expected AWS4-HMAC-SHA256 Credential=bench\//)
  assert.throws(() => checkCounts(counts, { ...SENT, sdk: 0, bare: 0 }), /1 wrong signatures/)
})
