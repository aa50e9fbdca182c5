import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { connect } from '../../client/connect.ts'
import { createPaceRequest } from '../../client/pace-request.ts'
import type { ClientMessage } from '../../market/protocol.ts'

/** The pace of an app. Time passes only by `pass`. */
function open(t: TestContext, pace?: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const sent: ClientMessage[] = []
  const granted: number[] = []
  const request = createPaceRequest({
    pace,
    send: message => void sent.push(message),
    answerTimeout: 1_000,
    onGranted: one => void granted.push(one),
  })
  return {
    request,
    granted,
    take: () => sent.splice(0),
    pass: (milliseconds: number) => t.mock.timers.tick(milliseconds),
  }
}

test('the pace of a connection is part of its address, and needs no request', t => {
  const { request, take } = open(t, 1_000)
  assert.deepEqual(request.parameters(), { pace: '1000' })
  request.connected()
  assert.deepEqual(take(), [])
})

test('without a pace the address has no parameter', t => {
  const { request, take } = open(t)
  assert.deepEqual(request.parameters(), {})
  request.connected()
  assert.deepEqual(take(), [])
})

test('another pace is requested until an answer comes, and is part of the next address', t => {
  const { request, take, pass } = open(t, 1_000)
  request.parameters()
  request.connected()
  request.set(2_000)
  assert.deepEqual(take(), [{ action: 'pace', pace: 2_000, id: 'pace-1' }])
  pass(999)
  assert.deepEqual(take(), [])
  pass(1)
  assert.deepEqual(take(), [{ action: 'pace', pace: 2_000, id: 'pace-2' }])
  request.answered('pace-1')
  request.answered(undefined)
  pass(1_000)
  assert.deepEqual(take(), [{ action: 'pace', pace: 2_000, id: 'pace-3' }])
  request.answered('pace-3')
  pass(5_000)
  assert.deepEqual(take(), [])
  request.disconnected()
  assert.deepEqual(request.parameters(), { pace: '2000' })
  request.connected()
  assert.deepEqual(take(), [])
})

test('a pace that was set while the connection was being opened is requested when it is open', t => {
  const { request, take } = open(t)
  request.parameters()
  request.set(700)
  assert.deepEqual(take(), [])
  request.connected()
  assert.deepEqual(take(), [{ action: 'pace', pace: 700, id: 'pace-1' }])
})

test('nothing is requested after the end of the connection', t => {
  const { request, take, pass } = open(t)
  request.connected()
  request.set(700)
  take()
  request.disconnected()
  pass(5_000)
  assert.deepEqual(take(), [])
})

test('a granted pace is reported when it changes', t => {
  const { request, granted } = open(t)
  for (const pace of [500, 500, 1_000, 500]) request.granted(pace)
  assert.deepEqual(granted, [500, 1_000, 500])
})

test('a pace that is no whole number of milliseconds is refused', t => {
  const { request } = open(t)
  for (const pace of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => request.set(pace), {
      name: 'RangeError',
      message: `pace: expected a whole number of milliseconds above 0, got ${pace}`,
    })
  const options = { pace: 0, send: () => {}, answerTimeout: 1, onGranted: () => {} }
  assert.throws(() => createPaceRequest(options), RangeError)
})

test('connect refuses an impossible pace before it starts anything', async () => {
  let tokens = 0
  const token = async () => `token-${++tokens}`
  for (const pace of [0, -1, 0.5, Number.NaN])
    assert.throws(() => connect({ url: 'ws://localhost:1/live', token, pace }), {
      name: 'RangeError',
      message: `pace: expected a whole number of milliseconds above 0, got ${pace}`,
    })
  // An error after this turn would fail the test.
  await turn()
  assert.equal(tokens, 0)
})
