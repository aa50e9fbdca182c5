/** The renewal of tokens: when, and over real connections. */
import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { DEFAULT_TIMING } from '../../client/itastream.ts'
import { createTokenRenewal, renewalWait } from '../../client/token-renewal.ts'
import type { ClientMessage } from '../../market/protocol.ts'
import { TIMING, until, useServer } from './client-harness.ts'

const MINUTE = 60_000

test('a token is renewed one to three minutes before its end, one with a short life after about half of it', () => {
  const { renewal } = DEFAULT_TIMING
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 6 * MINUTE, max: 24 * 60 * MINUTE }), random, (left, chance) => {
      const rest = left - renewalWait(left, renewal, chance)
      assert.ok(rest >= MINUTE && rest <= 3 * MINUTE)
    }),
  )
  assert.deepEqual(
    [0, 0.5].map(chance => renewalWait(5 * MINUTE, renewal, chance)),
    [2 * MINUTE, 2.5 * MINUTE],
  )
  // The clock of this machine may be an hour ahead.
  assert.equal(renewalWait(-60 * MINUTE, renewal, 0.5), 15_000)
  assert.equal(renewalWait(60 * 24 * 60 * MINUTE, renewal, 0), 2 ** 31 - 1)
})

test('a token is renewed although answers repeat its end more often than the shortest wait', async t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const sent: ClientMessage[] = []
  const send = (message: ClientMessage): void => void sent.push(message)
  const renewal = createTokenRenewal({ token: async () => 'token-2', send, timing: TIMING })
  const [first, second] = [400, 900].map(end => new Date(end).toISOString())
  // The answers come every 5 ms; the shortest wait is 10 ms.
  async function repeat(end: string, until: number): Promise<void> {
    while (Date.now() < until) {
      renewal.expires(end)
      t.mock.timers.tick(5)
      await Promise.resolve()
    }
  }
  await repeat(first!, 295)
  assert.deepEqual(sent, [])
  await repeat(first!, 400)
  assert.deepEqual(sent, [{ action: 'token', token: 'token-2', id: 'token-1' }])
  renewal.renewed(second!)
  await repeat(second!, 900)
  assert.equal(sent.length, 2)
  renewal.close()
})

describe('the token of a connection', () => {
  const harness = useServer()
  const soon = (): string => new Date(Date.now() + 250).toISOString()

  it('is renewed inside the connection, again and again', async () => {
    const { server } = harness
    server.tokenExpires = soon
    const client = harness.open()
    client.subscribe('7203', () => {})
    await until(() => server.renewals.length === 3, 'three renewals')
    assert.deepEqual(server.renewals, ['token-2', 'token-3', 'token-4'])
    assert.deepEqual([server.tokens, client.state], [['token-1'], 'connected'])
  })

  it('is tried again with another token after a refusal, and without a token', async () => {
    const { server } = harness
    server.tokenExpires = soon
    server.refusesTokens = true
    let asked = 0
    const client = harness.open({
      token: async () => {
        if (++asked === 2) throw new Error('the issuer is not reachable')
        return `token-${asked}`
      },
    })
    const errors: string[] = []
    client.on('error', ({ code }) => errors.push(code))
    client.subscribe('7203', () => {})
    await until(() => server.renewals.length === 2, 'two renewals')
    server.refusesTokens = false
    await until(() => server.renewals.length === 3, 'a third renewal')
    assert.deepEqual(server.renewals, ['token-3', 'token-4', 'token-5'])
    assert.deepEqual([...new Set(errors)], ['token', 'bad-token'])
    assert.equal(server.tokens.length, 1)
  })

  it('is replaced by a new connection when the server ends the old one', async () => {
    const { server } = harness
    const client = harness.open()
    const reasons: string[] = []
    client.on('state', ({ state, reason }) => reasons.push(`${state}: ${reason}`))
    await until(() => client.state === 'connected', 'an open connection')
    server.end('token-expired')
    await until(() => server.tokens.length === 2 && client.state === 'connected', 'a new connection')
    assert.deepEqual(reasons, [
      'connected: open',
      'reconnecting: The access token has expired.',
      'connected: open',
    ])
  })

  it('is of no use after the access of the user has ended: the client closes', async () => {
    const { server } = harness
    const client = harness.open()
    const reasons: string[] = []
    const errors: string[] = []
    client.on('state', ({ state, reason }) => reasons.push(`${state}: ${reason}`))
    client.on('error', ({ code }) => errors.push(code))
    const loop = (async () => {
      for await (const _ of client.boards(['7203']));
    })()
    await until(() => server.requests.length === 1, 'a subscription')
    server.end('access-ended')
    await loop
    assert.equal(client.state, 'closed')
    assert.deepEqual(errors, ['access-ended'])
    assert.deepEqual(reasons.at(-1), 'closed: An operator has ended the access of the user.')
    assert.equal(server.tokens.length, 1)
  })
})
