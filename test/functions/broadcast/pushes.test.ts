import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addMember, createMembers, type Member } from '../../../functions/broadcast/members.ts'
import { type Delivery, MAX_PUSH_BYTES, pushesOf } from '../../../functions/broadcast/pushes.ts'

const memberOf = (connection: string): Member => addMember(createMembers(), connection, 'room-0')

/** Returns the number of pushes. Checks that each member gets each text once and in order, and that no push is too large. */
function pushCount(deliveries: readonly Delivery[], messages: readonly string[] = []): number {
  const pushes = pushesOf(deliveries, messages)
  const got = new Map<string, string[]>()
  for (const { push, members } of pushes) {
    assert.ok(Buffer.byteLength(JSON.stringify(push)) <= MAX_PUSH_BYTES)
    assert.deepEqual(push.events, messages)
    for (const [, , events] of push.deliveries) assert.deepEqual(events, [...messages.keys()])
    assert.deepEqual(
      push.deliveries.map(([connection]) => connection),
      [...members.keys()],
    )
    for (const [connection, indices] of push.deliveries) {
      const texts = got.get(connection) ?? []
      got.set(connection, texts)
      texts.push(...indices.map(index => push.updates[index] ?? assert.fail('an index without an update')))
    }
  }
  assert.equal(got.size, deliveries.length)
  for (const { member, texts } of deliveries) {
    assert.deepEqual(got.get(member.connection), [...texts.values()].flat())
    const issues = pushes.flatMap(({ members }) => [...(members.get(member.connection)?.texts.keys() ?? [])])
    assert.deepEqual(issues, [...texts.keys()])
  }
  return pushes.length
}

const numbered = (count: number, text: (index: number) => string): Map<string, string[]> =>
  new Map(Array.from({ length: count }, (_, index) => [`issue${index}`, [text(index)]]))

test('the size of a push counts escaped quotes and letters of several bytes as they are sent', () => {
  const quotes = numbered(40, index => `${index}${'"'.repeat(100_000)}`)
  const letters = numbered(40, index => `${index}${'株'.repeat(60_000)}`)
  const apps = ['a', 'b', 'c'].map(memberOf)
  assert.ok(pushCount(apps.map(member => ({ member, texts: quotes }))) > 1)
  assert.ok(pushCount(apps.map(member => ({ member, texts: letters }))) > 1)
})

test('the size of a push counts connections and the indices of their updates', () => {
  const texts = numbered(2_000, index => `text ${index}`)
  const deliveries = Array.from({ length: 1_000 }, (_, index) => ({ member: memberOf(`app${index}`), texts }))
  assert.ok(pushCount(deliveries) > 1)
})

test('the size of a push counts long connection ids, also of members with the same text', () => {
  const texts = numbered(1, () => 'text')
  const deliveries = Array.from({ length: 7_000 }, (_, index) => ({
    member: memberOf(String(index).padStart(1_000, '0')),
    texts,
  }))
  assert.equal(pushCount(deliveries), 2)
})

test('the size of a push counts events, and every push has them', () => {
  const texts = numbered(10, index => `${index}${'x'.repeat(250_000)}`)
  const deliveries = [{ member: memberOf('a'), texts }]
  assert.equal(pushCount(deliveries), 1)
  assert.equal(pushCount(deliveries, ['"'.repeat(2_000_000)]), 2)
})

test('the texts of one member are split between two issues, never within an issue', () => {
  const texts = new Map(
    Array.from({ length: 30 }, (_, index) => [
      `issue${index}`,
      [`${index}a`, `${index}${'b'.repeat(500_000)}`],
    ]),
  )
  assert.equal(pushCount([{ member: memberOf('a'), texts }]), 3)
})

test('a push is filled: texts whose JSON takes up to the limit need one push', () => {
  const pushesFor = (count: number): number => {
    const texts = numbered(count, index => String(index).padStart(92, '0'))
    return pushCount([{ member: memberOf('a'), texts }])
  }
  // A text of 92 digits takes 95 bytes with quotes and comma, and at most 6 more for its index.
  const most = Math.floor((MAX_PUSH_BYTES - 200) / (95 + 6))
  assert.equal(pushesFor(most), 1)
  assert.equal(pushesFor(Math.ceil(MAX_PUSH_BYTES / 100)), 2)
})

test('two large issues of a member, or of two members, are in two pushes', () => {
  const [first, second] = ['a', 'b'].map(letter => new Map([[letter, [letter.repeat(4_000_000)]]]))
  assert.equal(pushCount([{ member: memberOf('app'), texts: new Map([...first!, ...second!]) }]), 2)
  const deliveries = [first!, second!].map((texts, index) => ({ member: memberOf(`app${index}`), texts }))
  assert.equal(pushCount(deliveries), 2)
})

test('the texts of one issue stay in one push, however large', () => {
  const texts = new Map([['a', ['x'.repeat(4_000_000), 'y'.repeat(4_000_000)]]])
  const [push, ...others] = pushesOf([{ member: memberOf('app'), texts }], [])
  assert.deepEqual([push?.push.updates.length, others], [2, []])
})

test('a push takes 6 MB, the most of a synchronous invocation', () => {
  assert.equal(MAX_PUSH_BYTES, 6_000_000)
})
