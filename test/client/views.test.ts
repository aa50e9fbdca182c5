/** The client with views, paces and the stretch of a server. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BoardEvent } from '../../client/itastream.ts'
import { F } from '../../market/board.ts'
import { CLIENT, until, useServer } from './client-harness.ts'

describe('the client', () => {
  const harness = useServer()

  it('follows a quote by its rows, and gets the whole board when another listener wants it', async () => {
    const { server } = harness
    const fields = [
      [F.last, 21_830_000],
      [F.over, 700],
    ] as const
    server.truth.step('7203', { fields })
    const client = harness.open()
    const quotes: BoardEvent[] = []
    client.subscribe('7203', event => quotes.push(event), { view: 'quote' })
    await until(() => quotes.length === 1, 'the first quote')
    assert.deepEqual(server.requests, [{ action: 'subscribe', issues: ['7203'], view: 'quote', id: 1 }])
    assert.deepEqual(quotes[0]?.board, server.truth.json('7203', 'quote'))
    assert.equal(quotes[0]?.board.over, undefined)
    server.truth.step('7203', { fields: [[F.last, 21_840_000]], traded: 300, tradePrice: 21_840_000 })
    server.sendRound()
    await until(() => quotes.length === 2, 'a difference of the quote')
    assert.deepEqual([quotes[1]?.trades, quotes[1]?.high, quotes[1]?.snapshot], [[], 2184, false])
    const boards: BoardEvent[] = []
    const off = client.subscribe('7203', event => boards.push(event))
    await until(() => client.board('7203')?.over === 700, 'the whole board')
    assert.deepEqual(client.board('7203'), server.truth.json('7203'))
    server.truth.step('7203', { fields: [[F.over, 800]], traded: 200 })
    server.sendRound()
    await until(() => client.board('7203')?.over === 800, 'a difference of the board')
    assert.deepEqual(
      [boards.at(-1)?.trades.map(({ quantity }) => quantity), quotes.at(-1)],
      [[200], boards.at(-1)],
    )
    off()
    await until(() => client.board('7203')?.view === 'quote', 'the quote again')
    assert.deepEqual(client.board('7203'), server.truth.json('7203', 'quote'))
  })

  it('gets the trades of a quote on request', async () => {
    const { server } = harness
    server.truth.step('7203', { fields: [] })
    const events: BoardEvent[] = []
    harness.open().subscribe('7203', event => events.push(event), { view: 'quote', trades: true })
    await until(() => events.length === 1, 'the first quote')
    server.truth.step('7203', { fields: [], traded: 300 })
    server.truth.step('7203', { fields: [], traded: 100, side: 'buy' })
    server.sendRound()
    await until(() => events.length === 2, 'a difference')
    assert.deepEqual(
      events[1]?.trades.map(({ quantity, side }) => [quantity, side]),
      [
        [300, 'unknown'],
        [100, 'buy'],
      ],
    )
  })

  it('connects with a pace, requests another one, and reports what is granted', async () => {
    const { server } = harness
    const client = harness.open({ pace: 1_000 })
    const paces: number[] = []
    client.on('pace', ({ pace }) => paces.push(pace))
    client.subscribe('7203', () => {})
    await until(() => paces.length === 1, 'the pace of the subscription')
    assert.deepEqual([server.paths, paces], [[`/live?pace=1000&encoding=deflate-1&${CLIENT}`], [500]])
    client.setPace(9_000)
    await until(() => paces.length === 2, 'the pace of the request')
    assert.equal(paces[1], 5_000)
    server.terminate()
    await until(() => server.paths.length === 2, 'a new connection')
    assert.equal(server.paths[1], `/live?pace=9000&encoding=deflate-1&${CLIENT}`)
  })

  it('reports the stretch of all paces when it changes', async () => {
    const { server } = harness
    const client = harness.open()
    const factors: number[] = []
    client.on('stretch', ({ factor }) => factors.push(factor))
    const phases: string[] = []
    client.on('phase', ({ time }) => phases.push(time))
    client.subscribe('7203', () => {})
    await until(() => phases.length === 1, 'the first phase')
    for (const [second, stretch] of [undefined, 1.4, 1.4, 2, undefined].entries()) {
      server.stretch = stretch
      server.sendEvent({ type: 'phase', time: `2026-11-20T11:30:0${second}.000000+09:00`, phase: 'lunch' })
    }
    await until(() => phases.length === 6, 'all phases')
    assert.deepEqual(factors, [1.4, 2, 1])
  })

  it('reports news once that the server sends twice', async () => {
    const { server } = harness
    const client = harness.open()
    const headlines: string[] = []
    client.on('news', ({ headline }) => headlines.push(headline))
    client.subscribe('7203', () => {})
    await until(() => client.state === 'connected' && server.requests.length === 1, 'a subscription')
    const news = { type: 'news', time: '2026-11-20T09:10:00.000000+09:00', issues: [] } as const
    for (const headline of ['決算', '決算', '新製品']) server.sendEvent({ ...news, headline })
    await until(() => headlines.includes('新製品'), 'the last news')
    assert.deepEqual(headlines, ['決算', '新製品'])
  })
})
