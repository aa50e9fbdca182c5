/** Since when boards cannot be trusted, over real connections. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ClientEvents } from '../../client/itastream.ts'
import type { LineState, Phase } from '../../market/market-event.ts'
import { until, useServer } from './client-harness.ts'
import { STEP_FIELDS } from './client-truth.ts'

const LINE_SINCE = '2026-11-20T09:31:12.000000+09:00'

describe('staleSince', () => {
  const harness = useServer()

  async function open() {
    const client = harness.open()
    const events: ClientEvents['stale'][] = []
    client.on('stale', event => events.push(event))
    const created = client.staleSince
    assert.ok(created !== undefined)
    harness.server.truth.step('7203', { fields: [[STEP_FIELDS[0]!, 1]] })
    client.subscribe('7203', () => {})
    await until(() => client.staleSince === undefined, 'boards that can be trusted')
    assert.deepEqual(events.splice(0), [{}])
    return { client, events, created }
  }

  const sendLine = (state: LineState, second: number, line = 1): void =>
    harness.server.sendEvent({ type: 'line', line, state, since: LINE_SINCE.replace(':12.', `:${second}.`) })
  const sendPhase = (phase: Phase, minute: number): void =>
    harness.server.sendEvent({ type: 'phase', phase, time: `2026-11-20T15:${minute}:00.000000+09:00` })

  it('counts from the last message of a lost connection until the next one has answered', async () => {
    const { client, events, created } = await open()
    const before = Date.now()
    harness.server.refuse = true
    harness.server.terminate()
    await until(() => client.staleSince !== undefined, 'boards that cannot be trusted')
    const since = client.staleSince!
    assert.ok(since >= created && since.getTime() <= before)
    harness.server.refuse = false
    await until(() => client.staleSince === undefined, 'boards that can be trusted')
    assert.deepEqual(events, [{ since, reason: 'connection' }, {}])
  })

  it('counts from `since` of a stale line that has a board of the app', async () => {
    const { client, events } = await open()
    sendLine('stale', 10, 2)
    sendLine('stale', 12)
    await until(() => client.staleSince !== undefined, 'boards that cannot be trusted')
    assert.deepEqual(client.staleSince, new Date(LINE_SINCE))
    sendLine('recovering', 20)
    await until(() => client.staleSince === undefined, 'boards that can be trusted')
    assert.deepEqual(events, [{ since: new Date(LINE_SINCE), reason: 'line' }, {}])
  })

  it('does not count a stale line while the market is closed', async () => {
    const { client, events } = await open()
    sendPhase('closed', 45)
    sendLine('stale', 12)
    sendPhase('warm-up', 46)
    await until(() => client.staleSince !== undefined, 'boards that cannot be trusted')
    assert.deepEqual(events, [{ since: new Date(LINE_SINCE), reason: 'line' }])
  })

  it('counts no connection after close', async () => {
    const { client } = await open()
    client.close()
    assert.ok(client.staleSince !== undefined)
  })

  it('needs no subscription', async () => {
    const client = harness.open()
    await until(() => client.staleSince === undefined, 'boards that can be trusted')
    assert.equal(client.state, 'connected')
  })
})
