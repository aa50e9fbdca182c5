import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BoardEvent } from '../../client/itastream.ts'
import { until, useServer } from './client-harness.ts'
import { STEP_FIELDS } from './client-truth.ts'

describe('the connection', () => {
  const harness = useServer()

  it('uses a new token for every connection and reconnects while the server refuses it', async () => {
    harness.server.refuse = true
    const tested = harness.open()
    const states: string[] = []
    tested.on('state', event => states.push(event.state))
    // The WebSocket of Node repeats a request after a 401 once, with the same token.
    await until(() => new Set(harness.server.tokens).size >= 3, 'three different tokens')
    assert.equal(tested.state, 'reconnecting')
    harness.server.refuse = false
    await until(() => tested.state === 'connected', 'an open connection')
    assert.deepEqual([...new Set(harness.server.tokens)].slice(0, 3), ['token-1', 'token-2', 'token-3'])
    tested.close()
    assert.deepEqual(states, ['reconnecting', 'connected', 'closed'])
  })

  it('reconnects when there is no token', async () => {
    let asked = 0
    const reasons: string[] = []
    const errors: object[] = []
    const tested = harness.open({
      token: async () => {
        if (++asked === 1) throw new Error('the issuer is not reachable')
        return 'late-token'
      },
    })
    tested.on('state', event => reasons.push(event.reason))
    tested.on('error', error => errors.push(error))
    await until(() => tested.state === 'connected', 'an open connection')
    assert.deepEqual(reasons, ['no token: the issuer is not reachable', 'open'])
    assert.deepEqual(errors, [{ code: 'token', message: 'the issuer is not reachable' }])
  })

  it('does not blame the token when the runtime has no WebSocket', async t => {
    t.mock.property(globalThis, 'WebSocket', undefined as unknown as typeof WebSocket)
    const tested = harness.open()
    const reasons: string[] = []
    const errors: object[] = []
    tested.on('state', event => reasons.push(event.reason))
    tested.on('error', error => errors.push(error))
    await until(() => tested.state === 'reconnecting', 'a failed attempt')
    assert.deepEqual(reasons, ['cannot connect: WebSocket is not a constructor'])
    assert.deepEqual(errors, [])
  })

  it('subscribes again on a new connection and gets the missed changes as a snapshot', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 5]] })
    const events: BoardEvent[] = []
    harness.open().subscribe('7203', event => events.push(event))
    await until(() => events.length === 1, 'the first board')
    harness.server.terminate()
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 6]] })
    await until(() => events.length === 2, 'the board of the new connection')
    assert.deepEqual(events[1]?.board, harness.server.truth.json('7203'))
    assert.equal(events[1]?.snapshot, true)
  })

  it('opens a new connection when the server does not know the old one', async () => {
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    const tested = harness.open()
    tested.subscribe('7203', () => {})
    await until(() => tested.board('7203') !== undefined, 'a board of 7203')
    harness.server.sendText('{"type":"error","code":"not-connected","message":"the connection is not there"}')
    await until(
      () => harness.server.tokens.length === 2 && harness.server.requests.length === 2,
      'a second connection and its subscription',
    )
    await until(() => tested.state === 'connected', 'an open connection')
  })

  it('stays connected longer than connecting may take', async () => {
    const connectTimeout = 1_000
    const tested = harness.open({ timing: { connectTimeout } })
    await until(() => tested.state === 'connected', 'an open connection')
    const states: string[] = []
    tested.on('state', event => states.push(event.state))
    await sleep(connectTimeout + 100)
    assert.deepEqual(states, [])
  })

  it('opens a new connection when the old one does not answer a ping', async () => {
    const tested = harness.open({ timing: { pingInterval: 5, pongTimeout: 30 } })
    await until(
      () => harness.server.requests.filter(request => request.action === 'ping').length >= 3,
      'three pings',
    )
    assert.equal(harness.server.tokens.length, 1)
    harness.server.deaf = true
    const reasons: string[] = []
    tested.on('state', event => reasons.push(event.reason))
    await until(() => harness.server.tokens.length >= 2, 'a second connection')
    assert.equal(reasons[0], 'no answer to a ping')
  })
})
