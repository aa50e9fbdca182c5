/** What an app gets across reconnects, over real connections: every trade once, or the mark `lost`. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { momentFromIso } from '../../market/moment.ts'
import { until, useServer } from './client-harness.ts'
import { createTruth } from './client-truth.ts'
import { collect, sequencesAfter, step } from './collected-trades.ts'
import { type HistoryServer, startHistoryServer } from './history-server.ts'
import type { Fault } from './test-connection.ts'

const ISSUES = ['7203', '6758', '130A']

describe('an app whose connections are cut', () => {
  const harness = useServer()
  let history: HistoryServer
  before(async () => {
    history = await startHistoryServer(createTruth())
  })
  after(() => history.close())
  beforeEach(() => {
    history.truth = harness.server.truth
    history.storedUntil = undefined
    history.pageSize = 1_000
    history.refuses = undefined
    history.requests.length = 0
    history.tokens.length = 0
  })

  it('gets every trade once and in order, and the true boards, after any cuts, lost and late messages', async () => {
    const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'lost', 'doubled', 'late')
    const move = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          issue: fc.constantFrom(...ISSUES),
          traded: fc.constantFrom(undefined, 100, 200),
        }),
      },
      { weight: 3, arbitrary: fc.constant('round' as const) },
      { weight: 1, arbitrary: fc.constant('cut' as const) },
      { weight: 2, arbitrary: fc.constant('pause' as const) },
    )
    const server = harness.server
    await fc.assert(
      fc.asyncProperty(
        fc.array(move, { maxLength: 40 }),
        fc.infiniteStream(fault),
        fc.constantFrom(1, 2, 200),
        async (moves, faults, missedSize) => {
          server.truth = createTruth()
          server.missedSize = missedSize
          server.fault = () => 'none'
          // The third issue has no board yet.
          for (const issue of ISSUES.slice(0, 2)) step(server.truth, issue, 1, 100)
          const client = harness.open()
          const collected = ISSUES.map(collect)
          for (const [index, issue] of ISSUES.entries()) client.subscribe(issue, collected[index]!.listener)
          await until(() => collected[1]!.events.length > 0, 'the first boards')
          step(server.truth, '6758', 2)
          server.sendRound()
          await until(() => collected[1]!.events.length > 1, 'the first update')
          server.fault = () => faults.next().value
          for (const one of moves) {
            if (one === 'cut') server.terminate()
            else if (one === 'round') server.sendRound()
            else if (one === 'pause') await wait(1)
            else step(server.truth, one.issue, 3, one.traded)
          }
          server.fault = () => 'none'
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
            const start = issue === '130A' ? 0 : first()
            assert.deepEqual(trades(), sequencesAfter(server.truth, issue, start))
            assert.equal(isLost(), false)
            assert.deepEqual(client.board(issue), server.truth.json(issue))
          }
          client.close()
        },
      ),
      { numRuns: 40 },
    )
  })

  /** Opens a client with trades, cuts it, and makes trades that it misses. The server knows those after `journal`. */
  async function missTrades(options: Parameters<typeof harness.open>[0], known: number) {
    const { server } = harness
    step(server.truth, '7203', 1, 100)
    const client = harness.open(options)
    const seen = collect()
    client.subscribe('7203', seen.listener)
    await until(() => seen.events.length === 1, 'the first board')
    step(server.truth, '7203', 2, 100)
    server.sendRound()
    await until(() => seen.events.length === 2, 'the first update')
    for (let index = 0; index < 6; index++) step(server.truth, '7203', 3 + index, 100)
    server.journal = server.truth.tick('7203')!.sequence - known
    server.terminate()
    await until(() => server.requests.length === 2, 'the second subscription')
    server.sendRound()
    return { client, seen, server }
  }

  it('reads from the history what the server does not know any more, while boards go on', async () => {
    history.storedUntil = momentFromIso('2026-11-20T09:31:00.030000+09:00')!
    history.pageSize = 2
    const { seen, server } = await missTrades({ history: history.address }, 2)
    await until(() => history.requests.length >= 3, 'requests for what is not stored yet')
    assert.deepEqual(seen.trades(), [2])
    step(server.truth, '7203', 9, 100)
    server.sendRound()
    const last = server.truth.tick('7203')!.sequence
    await until(() => seen.events.at(-1)?.board.sequence === last, 'the latest board')
    assert.deepEqual(seen.trades(), [2])
    history.storedUntil = undefined
    await until(() => seen.trades().at(-1) === last, 'the trades of the history')
    assert.deepEqual(seen.trades(), sequencesAfter(server.truth, '7203', 1))
    assert.equal(seen.isLost(), false)
    assert.match(
      history.requests[0]!,
      /^\/v1\/realtime\/trades\/7203\?limit=5000&from=2026-11-20T09:31:00.020000\+09:00$/,
    )
    assert.match(history.tokens[0]!, /^Bearer token-/)
  })

  it('reports trades as lost that neither the server nor the history has', async () => {
    history.refuses = 403
    const { seen, server } = await missTrades({ history: history.address }, 2)
    const last = server.truth.tick('7203')!.sequence
    await until(() => seen.trades().at(-1) === last, 'the later trades')
    assert.deepEqual(seen.trades(), [2, 7, 8])
    assert.deepEqual(
      seen.events.filter(({ lost }) => lost).map(({ trades }) => trades.map(({ sequence }) => sequence)),
      [[7, 8]],
    )
    assert.equal(history.requests.length, 5)
  })

  it('reports trades as lost at the limit of time', async () => {
    history.storedUntil = momentFromIso('2026-11-20T09:31:00.030000+09:00')!
    const timing = { history: { pause: 2, limit: 50 } }
    const { seen, server } = await missTrades({ history: history.address, timing }, 2)
    await until(() => seen.trades().at(-1) === server.truth.tick('7203')!.sequence, 'the later trades')
    assert.equal(seen.isLost(), true)
  })

  it('reports trades as lost without an address of the history', async () => {
    const { seen, server } = await missTrades({}, 2)
    await until(() => seen.trades().at(-1) === server.truth.tick('7203')!.sequence, 'the later trades')
    assert.deepEqual([seen.trades(), seen.isLost()], [[2, 7, 8], true])
  })

  it('asks a server twice that does not answer, then reads the history', async () => {
    const { server } = harness
    const timing = { answerTimeout: 40 }
    step(server.truth, '7203', 1, 100)
    const client = harness.open({ history: history.address, timing })
    const seen = collect()
    client.subscribe('7203', seen.listener)
    await until(() => seen.events.length === 1, 'the first board')
    step(server.truth, '7203', 2, 100)
    step(server.truth, '7203', 3)
    server.sendRound()
    await until(() => seen.events.length === 2, 'the first update')
    server.journal = undefined
    server.terminate()
    step(server.truth, '7203', 4, 100)
    await until(() => {
      server.sendRound()
      return seen.trades().at(-1) === 4
    }, 'the missed trade')
    assert.equal(seen.isLost(), false)
    const asked = server.requests.filter(request => 'since' in request)
    assert.deepEqual(
      asked.map(({ action }) => action),
      ['subscribe', 'snapshot'],
    )
  })
})
