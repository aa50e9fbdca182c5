import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { EventOf, MarketEvent } from '../../../market/market-event.ts'
import type { AppEvent } from '../../../market/protocol.ts'
import { readStatus } from '../../../tables/boards/boards-table.ts'
import { createMaster } from '../../../tables/boards/master-list.ts'
import { until } from '../../until.ts'
import { TRADING_DATE } from '../stored-market.ts'
import { eventsOf, openStage, readMembers, stopClock } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'

const { gateway, boards, awayTable, environment, connect, clear, close } = await openStage()
beforeEach(clear)
after(close)

test('every app gets each event once, however many lines report it, and the boards table has it', async () => {
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const phase: EventOf<'phase'> = {
    type: 'phase',
    time: '2026-11-20T09:00:00.000000+09:00',
    phase: 'morning',
  }
  const earlier: MarketEvent = {
    type: 'phase',
    time: '2026-11-20T08:00:00.000000+09:00',
    phase: 'order-acceptance',
  }
  const state: EventOf<'line'> = {
    type: 'line',
    line: 2,
    state: 'live',
    since: '2026-11-20T08:00:01.000000+09:00',
  }
  const news: EventOf<'news'> = {
    type: 'news',
    time: '2026-11-20T09:00:02.000000+09:00',
    headline: '新製品',
    issues: ['7203'],
  }
  const master: MarketEvent = {
    type: 'issues',
    line: 1,
    tradingDate: TRADING_DATE,
    part: 0,
    parts: 1,
    issues: [
      { code: '7203', name: 'トヨタ', section: 'プライム', unit: 100, basePrice: 10_000, topix500: true },
    ],
  }
  await play([feed.events(master, phase, state), feed.events(phase, earlier, news)])
  await environment().play([feed.events(phase, news, state)])
  const events = eventsOf(gateway.take(app))
  const list: AppEvent = { type: 'issues', line: 1, date: '2026-11-20', count: 1 }
  assert.deepEqual(events, [list, phase, state, news])
  assert.deepEqual(await readStatus(boards), { phase, lines: [state], news: [news] })
  assert.deepEqual(await createMaster(boards).read(), master.issues)
})

const phaseAt = (time: string): EventOf<'phase'> => ({
  type: 'phase',
  time: `2026-11-20T${time}.000000+09:00`,
  phase: 'lunch',
})

test('an app that rests during a phase change, or fails to take it, gets all events when it returns', async () => {
  const { play } = environment()
  const feed = createFeed()
  const [stalled, well] = await Promise.all([connect('4503'), connect()])
  const state: MarketEvent = {
    type: 'line',
    line: 3,
    state: 'live',
    since: '2026-11-20T11:00:00.000000+09:00',
  }
  gateway.stalled.add(stalled)
  await play([feed.events(state, phaseAt('11:30:00'))])
  gateway.stalled.delete(stalled)
  const resting = phaseAt('11:31:00')
  await play([feed.events(resting)])
  assert.deepEqual(eventsOf(gateway.take(stalled)), [])
  let received: AppEvent[] = []
  await until(
    async () => {
      await play([])
      received = eventsOf(gateway.take(stalled))
      return received.length > 0
    },
    'the events for the app that rested',
    { pollMs: 100 },
  )
  assert.deepEqual(received, [state, phaseAt('11:30:00'), resting])
  assert.deepEqual(eventsOf(gateway.take(well)), [state, phaseAt('11:30:00'), resting])
  await play([])
  assert.deepEqual(gateway.take(stalled), [])
})

test('an app that connects around a phase change gets phase and lines after the next read of its room', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  await play([])
  const app = await connect()
  const phase = phaseAt('11:32:00')
  await play([feed.events(phase)])
  assert.deepEqual(gateway.take(app), [])
  await readMembers(t, play)
  await play([])
  const { lines } = await readStatus(boards)
  assert.deepEqual(eventsOf(gateway.take(app)), [phase, ...lines])
})

test('a part of the issue master that the table did not take is stored in the next round', async () => {
  const { source, state } = awayTable()
  const { play } = environment(source)
  const feed = createFeed()
  const app = await connect()
  const partOf = (part: number, code: string): MarketEvent => ({
    type: 'issues',
    line: 3,
    tradingDate: TRADING_DATE,
    part,
    parts: 2,
    issues: [{ code, name: '', section: '', unit: 100, basePrice: 10_000, topix500: false }],
  })
  state.isAway = true
  await play([feed.events(partOf(0, '9001'))])
  state.isAway = false
  await play([feed.events(partOf(1, '9002'))])
  const list: AppEvent = { type: 'issues', line: 3, date: '2026-11-20', count: 2 }
  assert.deepEqual(
    eventsOf(gateway.take(app)).filter(({ type }) => type === 'issues'),
    [list],
  )
})

test('news that is too long for a message reaches every app shortened, and no app rests', async () => {
  const { play } = environment()
  const feed = createFeed()
  const app = await connect('6981')
  const news: EventOf<'news'> = {
    type: 'news',
    time: '2026-11-20T13:00:00.000000+09:00',
    headline: '株'.repeat(100_000),
    issues: Array.from({ length: 50_000 }, (_, index) => String(1000 + index)),
  }
  await play([feed.events(news)])
  const messages = gateway.take(app)
  const [event] = eventsOf(messages).filter(({ type }) => type === 'news')
  assert.ok(event?.type === 'news')
  assert.equal(event.headline, `${'株'.repeat(499)}…`)
  assert.deepEqual(event.issues, news.issues.slice(0, 500))
  for (const message of messages) assert.ok(Buffer.byteLength(JSON.stringify(message)) < 10_000)
  assert.deepEqual((await readStatus(boards)).news[0], event)
  await play([feed.ticks(feed.tick('6981', 1))])
  assert.equal(gateway.take(app).length, 1)
})
