import assert from 'node:assert/strict'
import { after, afterEach, before, suite, test } from 'node:test'
import type { MarketEvent } from '../../market/market-event.ts'
import { momentOf } from '../../market/moment.ts'
import { nowMillis } from '../../market/units.ts'
import { addConnection, roomOf } from '../../tables/connections/connections-table.ts'
import { storeEvents } from './boards-fixture.ts'
import { eventsOf, openStage, ROOM_COUNT } from './broadcast/broadcast-stage.ts'
import { createFeed } from './broadcast/feed.ts'
import { getRequest, lambdaContext, socketEvent } from './invoke.ts'
import { listedIssue } from './market-info/listed-issue.ts'
import { MORNING, TRADING_DATE } from './stored-market.ts'

/** A setting, and whether everybody and registered users get base prices and news. */
const SETTINGS: readonly (readonly [publish: string, everybody: string, registered: string])[] = [
  ['none', '', ''],
  ['base-prices:registered,news:registered', '', 'base-prices news'],
  ['base-prices:everybody,news:registered', 'base-prices', 'base-prices news'],
  ['news:everybody', 'news', 'news'],
  ['base-prices:everybody,news:everybody', 'base-prices news', 'base-prices news'],
]
const NEWS: MarketEvent = {
  type: 'news',
  time: '2026-11-20T09:00:00.000000+09:00',
  headline: '見出し',
  issues: ['7203'],
}

let stage: Awaited<ReturnType<typeof openStage>>
before(async () => {
  stage = await openStage()
  process.env.MARKET_CLOCK = `${Date.now()}:${momentOf(TRADING_DATE, MORNING) / 1000}:0.001`
  const issues = [listedIssue('7203', 'トヨタ自動車')]
  const list = { type: 'issues', line: 1, tradingDate: TRADING_DATE, part: 0, parts: 1, issues } as const
  await storeEvents(stage.boards, [list, NEWS])
})
afterEach(() => stage.clear())
after(() => stage.close())

/** Imports a module again, so that it reads the settings anew. */
async function importWith<Module>(publish: string, path: string): Promise<Module> {
  Object.assign(process.env, {
    PUBLISH: publish,
    ROOM_COUNT: String(ROOM_COUNT),
    WEBSOCKET_ENDPOINT: stage.gateway.endpoint,
  })
  return (await import(`${path}?${publish}`)) as Module
}

for (const [publish, everybody, registered] of SETTINGS)
  suite(`with the setting ${publish}`, () => {
    type MarketInfo = typeof import('../../functions/market-info/market-info-handler.ts')
    type RealtimePrices = typeof import('../../functions/realtime-prices/realtime-prices-handler.ts')
    const readers = [
      [
        '',
        everybody,
        () => importWith<MarketInfo>(publish, '../../functions/market-info/market-info-handler.ts'),
      ],
      [
        '/realtime',
        registered,
        () =>
          importWith<RealtimePrices>(publish, '../../functions/realtime-prices/realtime-prices-handler.ts'),
      ],
    ] as const
    for (const [prefix, allowed, load] of readers)
      test(`REST below /v1${prefix} has: ${allowed}`, async () => {
        const { handler } = await load()
        const get = async (path: string): Promise<Record<string, unknown>> => {
          const { statusCode, body } = await handler(getRequest(`/v1${prefix}${path}`), lambdaContext)
          assert.equal(statusCode, 200)
          return JSON.parse(body ?? '')
        }
        const { basePrice: _, ...listed } = listedIssue('7203', 'トヨタ自動車')
        const closed = { ...listed, date: '2026-11-20', tick: { table: 'topix500', computed: true } }
        const open = {
          ...closed,
          basePrice: 2183.5,
          limits: { upper: 2683.5, lower: 1683.5, computed: true },
          tick: { table: 'topix500', size: 0.5, computed: true },
        }
        assert.deepEqual(await get('/issues'), { issues: [allowed.includes('base-prices') ? open : closed] })
        const { time: _time, ...status } = await get('/status')
        const news = allowed.includes('news') ? { news: [NEWS] } : {}
        assert.deepEqual(status, { phase: 'morning', lines: [], ...news })
      })

    test(`a connection gets: ${registered}`, async () => {
      const app = `app-${publish}`
      await addConnection(stage.connections, roomOf(app, ROOM_COUNT), app)
      type Message = typeof import('../../functions/message/message-handler.ts')
      const { handler } = await importWith<Message>(publish, '../../functions/message/message-handler.ts')
      const body = JSON.stringify({ action: 'subscribe', issues: ['7203'] })
      await handler(socketEvent('MESSAGE', app, { body }), lambdaContext)
      const [answer] = stage.gateway.take(app)
      assert.ok(answer?.type === 'subscribed')
      const prices = registered.includes('base-prices') ? { 7203: 2183.5 } : undefined
      assert.deepEqual(answer.basePrices, prices)
    })
  })

for (const [index, [publish, , registered]] of SETTINGS.entries()) {
  const mayHaveNews = registered.includes('news')
  test(`with the setting ${publish} the events of an app have ${mayHaveNews ? 'the' : 'no'} news`, async () => {
    const { play, prepare } = stage.environment(undefined, undefined, undefined, mayHaveNews)
    const feed = createFeed()
    const app = await stage.connect('7203')
    const phase = {
      type: 'phase',
      time: `2026-11-20T09:00:0${index}.000000+09:00`,
      phase: 'morning',
    } as const
    const newsOf = (headline: string): MarketEvent => ({ ...NEWS, headline: `${headline}: ${publish}` })
    const arrivedAt = nowMillis()
    const data = Buffer.from(feed.events(newsOf('before the first batch')), 'base64')
    prepare({ records: [{ data, arrivedAt, sequenceNumber: '1' }], batchAt: arrivedAt })
    await play([feed.events(phase, newsOf('in the batch'))])
    const types = eventsOf(stage.gateway.take(app)).map(({ type }) => type)
    assert.ok(types.includes('phase'))
    assert.equal(types.filter(type => type === 'news').length, mayHaveNews ? 2 : 0)
  })
}
