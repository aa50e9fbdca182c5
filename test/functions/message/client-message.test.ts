import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageError, readMessage } from '../../../functions/message/client-message.ts'
import type { MessageId } from '../../../market/protocol.ts'

const codes = (count: number): string[] => Array.from({ length: count }, (_, index) => String(1000 + index))

/** Returns code, text and id of the error for a message. */
function errorOf(message: unknown): readonly [code: string, text: string, id: MessageId | undefined] {
  try {
    readMessage(typeof message === 'string' ? message : JSON.stringify(message))
  } catch (error) {
    assert.ok(error instanceof MessageError)
    return [error.code, error.message, error.id]
  }
  return assert.fail('expected an error')
}

test('each action is read with its issues and its id', () => {
  for (const action of ['subscribe', 'unsubscribe', 'snapshot'] as const) {
    const message = { action, issues: ['7203', '130A'] }
    assert.deepEqual(readMessage(JSON.stringify(message)), message)
    assert.deepEqual(readMessage(JSON.stringify({ ...message, id: 'a' })), { ...message, id: 'a' })
  }
  assert.deepEqual(readMessage('{"action":"ping","id":0,"more":1}'), { action: 'ping', id: 0 })
  assert.deepEqual(Object.keys(readMessage('{"action":"ping"}')), ['action'])
})

test('a subscription has a view, and trades only with the view quote', () => {
  const subscribe = { action: 'subscribe', issues: ['7203'] }
  const read = (more: object) => readMessage(JSON.stringify({ ...subscribe, ...more }))
  for (const more of [
    { view: 'board' },
    { view: 'quote' },
    { view: 'quote', trades: true },
    { view: 'quote', trades: false },
  ])
    assert.deepEqual(read(more), { ...subscribe, ...more })
  for (const wrong of [{ trades: true }, { trades: false, view: 'board' }]) {
    const expected = ['bad-message', 'trades: expected only with "view":"quote"', 3]
    assert.deepEqual(errorOf({ ...subscribe, ...wrong, id: 3 }), expected)
  }
  assert.match(
    errorOf({ ...subscribe, view: 'quote-trades' })[1],
    /^view: .*"board" \| "quote".*"quote-trades"/,
  )
  assert.match(errorOf({ ...subscribe, view: 'quote', trades: 1 })[1], /^trades: /)
})

test('since has sequences of issues of the message, which come with trades', () => {
  const since = { date: '2026-11-20', sequences: { 7203: 48133 } }
  const read = (more: object) => readMessage(JSON.stringify({ issues: ['7203', '130A'], since, ...more }))
  const subscribe = { action: 'subscribe', issues: ['7203', '130A'] }
  for (const more of [{}, { view: 'board' }, { view: 'quote', trades: true }])
    assert.deepEqual(read({ ...subscribe, ...more }), { ...subscribe, since, ...more })
  const snapshot = { action: 'snapshot', issues: ['7203', '130A'] }
  assert.deepEqual(read(snapshot), { ...snapshot, since })
  const lowerCase = { date: '2026-11-20', sequences: { '130a': 0 } }
  assert.deepEqual(read({ ...snapshot, since: lowerCase }), {
    ...snapshot,
    since: { date: '2026-11-20', sequences: { '130A': 0 } },
  })
  assert.deepEqual(read({ ...subscribe, action: 'unsubscribe' }), { ...subscribe, action: 'unsubscribe' })
  const problemOf = (more: object) => errorOf({ ...subscribe, since, ...more })[1]
  assert.equal(problemOf({ view: 'quote' }), 'since: expected only for a subscription with trades')
  const stranger = 'since: expected sequences of issues of the message, got one of 6758'
  assert.equal(problemOf({ since: { ...since, sequences: { 6758: 1 } } }), stranger)
  assert.equal(problemOf({ action: 'snapshot', since: { ...since, sequences: { 6758: 1 } } }), stranger)
  assert.equal(
    problemOf({ since: { ...since, date: '2026-02-30' } }),
    'since.date: expected a date YYYY-MM-DD',
  )
  for (const sequences of [{ 7203: -1 }, { 7203: 1.5 }, { 7203: '1' }, { x: 1 }, [], 'x', undefined])
    assert.match(problemOf({ since: { date: '2026-11-20', sequences } }), /^since\.sequences/)
  const many = Object.fromEntries(codes(1001).map(code => [code, 1]))
  assert.equal(
    problemOf({ since: { date: '2026-11-20', sequences: many } }),
    'since.sequences: expected at most 1000 sequences',
  )
})

test('a pace is a whole number of milliseconds', () => {
  for (const pace of [1_000, 0, -5, 1e9]) {
    const message = { action: 'pace', pace, id: 1 }
    assert.deepEqual(readMessage(JSON.stringify(message)), message)
  }
  for (const pace of [0.5, '1000', null, undefined])
    assert.match(errorOf({ action: 'pace', pace })[1], /^pace: /)
})

test('issue codes are read in any case and width, each once', () => {
  const text = JSON.stringify({ action: 'subscribe', issues: ['130a', ' 130A ', '7203'] })
  assert.deepEqual(readMessage(text), { action: 'subscribe', issues: ['130A', '7203'] })
})

test('a message has 1 to 200 issues for boards, and up to 1,000 for others', () => {
  const subscribe = (issues: unknown) => ({ action: 'subscribe', issues, id: 1 })
  const read = readMessage(JSON.stringify(subscribe(codes(200))))
  assert.deepEqual(read, subscribe(codes(200)))
  const most = 'issues: expected at most 200 issues, got 201'
  assert.deepEqual(errorOf(subscribe(codes(201))), ['bad-message', most, 1])
  assert.deepEqual(errorOf({ ...subscribe(codes(201)), view: 'board' }), ['bad-message', most, 1])
  for (const others of [{ view: 'quote' }, { action: 'unsubscribe' }, { action: 'snapshot' }]) {
    const message = { ...subscribe(codes(1_000)), ...others }
    assert.deepEqual(readMessage(JSON.stringify(message)), message)
    const [, text] = errorOf({ ...message, issues: codes(1_001) })
    assert.equal(text, 'issues: expected at most 1000 issues, got 1001')
  }
  assert.deepEqual(errorOf(subscribe([])), [
    'bad-message',
    'issues: expected at least one issue, got none',
    1,
  ])
  assert.deepEqual(errorOf(subscribe('7203')), ['bad-message', 'issues: expected a list of issue codes', 1])
})

test('an id is a number or a text of at most 100 characters; the error of a message has its id if it is one', () => {
  const id = 'x'.repeat(100)
  assert.deepEqual(readMessage(JSON.stringify({ action: 'ping', id })), { action: 'ping', id })
  for (const wrong of [`${id}x`, true, null, {}]) {
    const [code, text, ofError] = errorOf({ action: 'ping', id: wrong })
    assert.deepEqual([code, ofError], ['bad-message', undefined])
    assert.match(text, /^id: /)
  }
  assert.deepEqual(errorOf('{"action":"ping","id":1e999}')[2], undefined)
  assert.deepEqual(errorOf({ action: 'jump', id: 7 })[2], 7)
})

test('text that is not JSON is an error without an id, and so is a missing text', () => {
  for (const text of ['', '{', 'ping']) {
    const [code, message, id] = errorOf(text)
    assert.deepEqual([code, id], ['not-json', undefined])
    assert.match(message, /^expected a JSON object, got text that is not JSON: SyntaxError/)
  }
  assert.throws(() => readMessage(undefined), { code: 'not-json' })
})

test('a problem of 200 characters is whole; a longer one is cut there', () => {
  /** A problem that repeats an unknown action. */
  const problemOf = (length: number): string => errorOf({ action: 'x'.repeat(length) })[1]
  const frame = problemOf(1).length - 1
  assert.equal(problemOf(200 - frame), problemOf(1).replace(/"x"$/, `"${'x'.repeat(200 - frame)}"`))
  assert.equal(problemOf(201 - frame), `${problemOf(200 - frame).slice(0, -1)}x…`)
})
