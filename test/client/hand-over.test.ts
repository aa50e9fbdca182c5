/** Connections that are replaced before they end: no trade is missing, none comes twice, and the app sees no change of state. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import type { ConnectionState } from '../../client/itastream.ts'
import { until, useServer } from './client-harness.ts'
import { createTruth } from './client-truth.ts'
import { collect, sequencesAfter, step } from './collected-trades.ts'

const ISSUES = ['7203', '6758']
const NEVER = { from: 60_000, to: 60_000 }

describe('a connection that is replaced', () => {
  const harness = useServer()

  /** Opens a client with the first boards of {@link ISSUES}. */
  async function open(timing: { handOver: { from: number; to: number }; handOverTimeout?: number }) {
    const { server } = harness
    for (const issue of ISSUES) step(server.truth, issue, 1, 100)
    const client = harness.open({ timing })
    const states: ConnectionState[] = []
    client.on('state', ({ state }) => states.push(state))
    const collected = ISSUES.map(collect)
    for (const [index, issue] of ISSUES.entries()) client.subscribe(issue, collected[index]!.listener)
    await until(() => collected.every(({ events }) => events.length > 0), 'the first boards')
    return { client, states, collected, server }
  }

  it('gives every trade once and the true boards, whatever happens at the same time', async () => {
    const move = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          issue: fc.constantFrom(...ISSUES),
          traded: fc.constantFrom(undefined, 100, 200),
        }),
      },
      { weight: 4, arbitrary: fc.constantFrom('round' as const, 'pause' as const) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'cut oldest' as const,
          'cut all' as const,
          'refuse' as const,
          'accept' as const,
        ),
      },
    )
    const { server } = harness
    let connections = 0
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 60 }), fc.constantFrom(1, 5, 20), async (moves, age) => {
        server.reset(createTruth())
        const { client, states, collected } = await open({
          handOver: { from: age, to: 2 * age },
          handOverTimeout: 10,
        })
        let isCut = false
        for (const one of moves) {
          if (one === 'round') server.sendRound()
          else if (one === 'pause') await wait(2)
          else if (one === 'cut oldest' || one === 'cut all') {
            isCut = true
            if (one === 'cut all') server.terminate()
            else server.terminateOldest()
          } else if (one === 'refuse') server.refuse = true
          else if (one === 'accept') server.refuse = false
          else step(server.truth, one.issue, 3, one.traded)
        }
        server.refuse = false
        for (const issue of ISSUES) step(server.truth, issue, 4, 100)
        await until(() => {
          server.sendRound()
          return ISSUES.every((issue, index) => {
            const last = server.truth.tick(issue)?.sequence
            return client.board(issue)?.sequence === last && collected[index]!.trades().at(-1) === last
          })
        }, 'the last boards and trades')
        for (const [index, issue] of ISSUES.entries()) {
          const { trades, first, isLost } = collected[index]!
          assert.deepEqual(trades(), sequencesAfter(server.truth, issue, first()))
          assert.equal(isLost(), false)
          assert.deepEqual(client.board(issue), server.truth.json(issue))
        }
        if (!isCut) assert.deepEqual(states, ['connected'])
        connections += server.tokens.length
        client.close()
        await until(() => server.connections === 0, 'no connection')
      }),
      { numRuns: 40 },
    )
    assert.ok(connections > 50, `expected hand-overs, got ${connections} connections of 40 clients`)
  })

  it('is closed after the next one has the first update of each issue', async () => {
    const { client, states, server } = await open({ handOver: NEVER, handOverTimeout: 60_000 })
    server.sendEvent({ type: 'reconnect', within: 20 })
    await until(() => server.connections === 2, 'two connections')
    await until(() => server.requests.length === 2, 'the subscription of the next connection')
    assert.deepEqual(server.requests[1], {
      action: 'subscribe',
      issues: ISSUES,
      since: { date: '2026-11-20', sequences: { '7203': 1, '6758': 2 } },
      id: 2,
    })
    await wait(30)
    assert.equal(server.connections, 2)
    server.sendRound()
    await until(() => server.connections === 1, 'one connection')
    assert.deepEqual([states, client.state, client.staleSince], [['connected'], 'connected', undefined])
  })

  it('is closed at the limit if the next one gets no updates', async () => {
    const { states, server } = await open({ handOver: NEVER, handOverTimeout: 20 })
    server.sendEvent({ type: 'reconnect', within: 20 })
    await until(() => server.tokens.length === 2 && server.connections === 1, 'the next connection alone')
    assert.deepEqual(states, ['connected'])
  })

  it('stays while the next one is open without an answer, which is tried again', async () => {
    const { client, states, server, collected } = await open({ handOver: NEVER, handOverTimeout: 20 })
    // The main connection has its answer, and asks for nothing more.
    server.fault = ({ type }) => (type === 'subscribed' ? 'lost' : 'none')
    server.sendEvent({ type: 'reconnect', within: 20 })
    await until(() => server.tokens.length >= 4, 'three attempts')
    step(server.truth, '7203', 3, 100)
    server.sendRound()
    await until(() => collected[0]!.trades().length === 1, 'a trade over the old connection')
    assert.equal(client.staleSince, undefined)
    server.fault = () => 'none'
    step(server.truth, '7203', 4, 100)
    await until(() => {
      server.sendRound()
      return client.board('7203')?.sequence === server.truth.tick('7203')!.sequence
    }, 'the latest board')
    assert.deepEqual([states, client.state], [['connected'], 'connected'])
  })

  it('stays while the next one cannot be opened', async () => {
    const { client, states, server, collected } = await open({ handOver: { from: 20, to: 20 } })
    server.refuse = true
    // The WebSocket of Node repeats a request after a 401 once, with the same token.
    await until(() => new Set(server.tokens).size >= 4, 'three attempts')
    step(server.truth, '7203', 3, 100)
    server.sendRound()
    await until(() => collected[0]!.trades().length === 1, 'a trade over the old connection')
    server.refuse = false
    await until(() => server.connections === 2, 'two connections')
    assert.deepEqual([states, client.state], [['connected'], 'connected'])
  })

  it('gives its place to the next one if it fails during the hand-over', async () => {
    const { client, states, server } = await open({ handOver: NEVER, handOverTimeout: 60_000 })
    server.sendEvent({ type: 'reconnect', within: 20 })
    await until(() => server.connections === 2 && server.requests.length >= 2, 'two connections')
    server.terminateOldest()
    await until(() => server.connections === 1, 'one connection')
    step(server.truth, '7203', 3, 100)
    server.sendRound()
    const last = server.truth.tick('7203')!.sequence
    await until(() => client.board('7203')?.sequence === last, 'the latest board')
    assert.deepEqual([states, server.tokens.length], [['connected'], 2])
  })

  it('is replaced within the time that the server asks for', async () => {
    const { states, server } = await open({ handOver: NEVER })
    server.sendEvent({ type: 'reconnect', within: 40 })
    await until(() => server.connections === 2 && server.requests.length >= 2, 'two connections')
    server.sendRound()
    await until(() => server.connections === 1, 'one connection')
    assert.deepEqual(states, ['connected'])
  })
})
