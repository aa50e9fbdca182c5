import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createConnectionEnder, END_AGAIN_MS } from '../../../functions/broadcast/connection-ender.ts'
import { addMember, createMembers, type Member } from '../../../functions/broadcast/members.ts'
import { addMillis, asEpochMillis, asEpochSeconds } from '../../../market/units.ts'
import type { PostResult } from '../../../posts/posts.ts'
import { createPosts } from '../../../posts/posts.ts'
import { startGateway } from '../posts-gateway.ts'
import { AWS_ENVIRONMENT } from '../tables.ts'

Object.assign(process.env, AWS_ENVIRONMENT)
const gateway = await startGateway()
after(() => gateway[Symbol.asyncDispose]())

/** The end of tokens. Broadcast ends a connection eight seconds later: five of leeway, three until a renewal is known. */
const END = asEpochSeconds(1_800_000_000)
const later = (milliseconds: number) => addMillis(asEpochMillis(END * 1000), milliseconds)

function open(environments = 1, posts = createPosts(gateway.endpoint)) {
  const members = createMembers()
  const marked: string[] = []
  const warnings: unknown[] = []
  const ender = createConnectionEnder({
    members,
    marker: { add: (room, connection) => void marked.push(`${room} ${connection}`) },
    posts,
    environments,
    warn: (_, error) => void warnings.push(error),
  })
  return {
    members,
    marked,
    warnings,
    join(name: string, facts: Partial<Pick<Member, 'ends' | 'tokenExpires'>>): Member {
      const start = { pace: 500, since: 0, encoding: 'json', eventsSince: 0 } as const
      return Object.assign(addMember(members, name, 'room-0', start), facts)
    },
    async round(milliseconds: number): Promise<void> {
      ender.start(later(milliseconds))
      await ender.settled()
    },
  }
}

test('a connection is ended eight seconds after its token: no posts, the reason, and a close', async () => {
  const { join, round, marked } = open()
  const expires = join('expires', { tokenExpires: END })
  const lives = join('lives', { tokenExpires: asEpochSeconds(END + 60) })
  const older = join('older', {})
  await round(7_999)
  assert.deepEqual([expires.isEnding, gateway.take('expires')], [false, []])
  await round(8_999)
  assert.deepEqual([expires.isEnding, lives.isEnding, older.isEnding], [true, false, false])
  assert.deepEqual(gateway.take('expires'), [
    { type: 'end', code: 'token-expired', number: 4002, message: 'The access token has expired.' },
  ])
  assert.deepEqual([...gateway.closed], ['expires'])
  assert.deepEqual(marked, [])
})

test('a connection whose user was cut off is ended at once', async () => {
  const { join, round } = open()
  join('cut', { tokenExpires: END, ends: 'access-ended' })
  await round(-60_000)
  assert.deepEqual(
    gateway.take('cut').map(message => message.type === 'end' && message.code),
    ['access-ended'],
  )
  assert.ok(gateway.closed.has('cut'))
})

test('a connection waits for the end of its last post, and is ended again if it is still there', async () => {
  const { join, round, marked } = open()
  const member = join('busy', { tokenExpires: END })
  member.inFlight = true
  await round(9_000)
  assert.deepEqual([member.isEnding, gateway.closed.has('busy')], [true, false])
  member.inFlight = false
  await round(10_000)
  assert.equal(gateway.take('busy').length, 1)
  assert.ok(gateway.closed.has('busy'))
  await round(10_000 + END_AGAIN_MS - 1)
  assert.deepEqual(marked, [])
  // $disconnect has not marked it, so it is looked up.
  await round(11_000 + END_AGAIN_MS)
  assert.deepEqual(marked, ['room-0 busy'])
})

test('a connection whose renewed token becomes known late goes on', async () => {
  const refusing = {
    post: async (): Promise<PostResult> => 'throttled',
    close: async (): Promise<PostResult> => 'throttled',
  }
  const { join, round } = open(1, { ...createPosts(gateway.endpoint), ...refusing })
  const member = join('renewed', { tokenExpires: END })
  await round(9_000)
  assert.equal(member.isEnding, true)
  member.tokenExpires = asEpochSeconds(END + 60)
  await round(10_000)
  assert.equal(member.isEnding, false)
})

test('two hundred connections are ended in a second, by all environments together', async () => {
  for (const [environments, most] of [
    [1, 200],
    [2, 100],
  ] as const) {
    const { join, round } = open(environments)
    for (let index = 0; index < 500; index++) join(`${environments}-${index}`, { tokenExpires: END })
    const closed = (): number =>
      [...gateway.closed].filter(connection => connection.startsWith(`${environments}-`)).length
    await round(9_000)
    const first = closed()
    for (let milliseconds = 9_100; milliseconds <= 10_000; milliseconds += 100) await round(milliseconds)
    const perSecond = closed() - first
    assert.ok(perSecond <= most && perSecond >= most - 20, `${perSecond} a second`)
  }
})

test('a gateway that forbids closes is a warning, and does not stop the others', async () => {
  const fails = async (): Promise<PostResult> => {
    throw new Error('got 403')
  }
  const { join, round, warnings } = open(1, { ...createPosts(gateway.endpoint), close: fails })
  join('first', { tokenExpires: END })
  join('second', { tokenExpires: END })
  await round(9_000)
  assert.equal(warnings.length, 2)
})
