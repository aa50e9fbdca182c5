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

  async function open(timing = {}) {
    const client = harness.open({ timing })
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

  it('counts from the last message of a silent connection, after the first heartbeat', async () => {
    const { client, events } = await open({ silence: 100 })
    await new Promise(resolve => setTimeout(resolve, 700))
    assert.equal(client.staleSince, undefined)
    const before = Date.now()
    harness.server.sendEvent({ type: 'time', time: LINE_SINCE })
    await until(() => client.staleSince !== undefined, 'boards that cannot be trusted')
    // The silence and the pace of 500 ms.
    assert.ok(Date.now() - before >= 590 && client.staleSince!.getTime() >= before - 10)
    const since = client.staleSince!
    harness.server.sendEvent({ type: 'time', time: LINE_SINCE })
    await until(() => client.staleSince === undefined, 'boards that can be trusted')
    assert.deepEqual(events, [{ since, reason: 'silence' }, {}])
  })

  it('does not count silence while the market is closed', async () => {
    const { client, events } = await open({ silence: 20 })
    harness.server.sendEvent({ type: 'time', time: LINE_SINCE })
    sendPhase('closed', 45)
    await new Promise(resolve => setTimeout(resolve, 700))
    assert.deepEqual([client.staleSince, events], [undefined, []])
  })

  it('counts a stale line by the clock of this machine, also if the market has another one', async () => {
    const { client } = await open()
    const minuteLater = LINE_SINCE.replace(':31:', ':32:')
    harness.server.sendEvent({ type: 'time', time: minuteLater })
    sendLine('stale', 12)
    await until(() => client.staleSince !== undefined, 'boards that cannot be trusted')
    assert.ok(Math.abs(Date.now() - 60_000 - client.staleSince!.getTime()) < 20_000)
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
