/** A new environment of broadcast goes on where the environment before ended: no app misses a trade or an event. */
import assert from 'node:assert/strict'
import { after, beforeEach, type TestContext, test } from 'node:test'
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import type { TailRecord } from '../../../functions/broadcast/read-tail.ts'
import { changePace } from '../../../functions/message/change-pace.ts'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { EventOf } from '../../../market/market-event.ts'
import { type AppEvent, SLOWEST_PACE_MS } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import { nowMillis, priceToYen } from '../../../market/units.ts'
import type { View } from '../../../market/view.ts'
import { RECONNECT_ID } from '../../../tables/boards/board-items.ts'
import { readBoards } from '../../../tables/boards/boards-table.ts'
import { roomOf } from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { until } from '../../until.ts'
import { eventsOf, openStage, ROOM_COUNT, stopClock, updatesOf } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'
import { ModelApp, type TrueTrade } from './model-app.ts'

const { gateway, boards, connections, environment, connect, clear, close } = await openStage()
beforeEach(clear)
after(close)

/** Time between two rounds (ms). */
const ROUND_MS = 200
/** Connections are older than what a new environment repeats (ms), so they have the boards of their issues. */
const LONG_AGO_MS = 60_000

/** A stream with a line, and apps with the boards that they have received. */
function openStream(t: TestContext) {
  stopClock(t)
  const feed = createFeed()
  const records: TailRecord[] = []
  const latest = new Map<string, Tick>()
  const traded = new Map<string, TrueTrade[]>()
  const apps = new Map<string, { readonly app: ModelApp; readonly events: AppEvent[] }>()
  const put = (data: string): string => {
    const sequenceNumber = String(records.length)
    records.push({ sequenceNumber, data: Buffer.from(data, 'base64'), arrivedAt: nowMillis() })
    return data
  }
  return {
    /** Opens an app with issues in a view, a minute ago. */
    async open(issues: readonly string[], view: View = 'board'): Promise<string> {
      t.mock.timers.setTime(nowMillis() - LONG_AGO_MS)
      const id = await connect()
      await addIssues(connections, roomOf(id, ROOM_COUNT), id, issues, view)
      const app = new ModelApp(id, roomOf(id, ROOM_COUNT), 0, nowMillis())
      for (const issue of issues) app.setView(issue, view, nowMillis())
      t.mock.timers.setTime(nowMillis() + LONG_AGO_MS)
      apps.set(id, { app, events: [] })
      return id
    },
    /** Puts a tick of each issue. Returns the records. */
    tick: (...issues: string[]): string[] =>
      issues.map(issue => {
        const tick = feed.tick(issue, records.length + 1)
        latest.set(issue, tick)
        const trades = traded.get(issue) ?? []
        const { sequence, trade } = tick
        traded.set(issue, trade ? [...trades, { sequence, price: priceToYen(trade.price) }] : trades)
        return put(feed.ticks(tick))
      }),
    event: (event: EventOf<'news'> | EventOf<'phase'>): string[] => [put(feed.events(event))],
    /** Moves the clock to the next round. */
    pass: (ms = ROUND_MS): void => t.mock.timers.tick(ms),
    /** What a new environment reads back before its first batch. */
    tail: () => ({ records: records.slice(), batchAt: nowMillis() }),
    /** Lets the apps take what the gateway has. */
    receive(): void {
      for (const [id, { app, events }] of apps) {
        const messages = gateway.take(id)
        app.receive(updatesOf(messages).map(update => JSON.stringify(update)))
        events.push(...eventsOf(messages))
      }
    },
    newsOf: (id: string) => apps.get(id)!.events.filter(({ type }) => type === 'news'),
    phasesOf: (id: string) => apps.get(id)!.events.filter(({ type }) => type === 'phase'),
    /** Checks that every app has the true boards, and every trade since its first board once. */
    check(): void {
      for (const { app } of apps.values()) app.check(latest, traded)
    },
    latest: (issue: string): Tick => latest.get(issue)!,
  }
}

const news = (headline: string): EventOf<'news'> => ({
  type: 'news',
  time: '2026-11-20T10:00:00.000000+09:00',
  headline,
  issues: [],
})

test('posts that failed in the environment before arrive from the new one as differences with every trade', async t => {
  const stream = openStream(t)
  const issues = ['4101', '4102']
  const [throttled, refused] = [await stream.open(issues), await stream.open(issues, 'quote-trades')]
  await stream.open(issues, 'quote')
  const before = environment()
  // The first tick of an issue in the stream does not prove that it changed a quote, the second one does.
  for (let round = 0; round < 2; round++) {
    await before.play(stream.tick('4101', '4102'))
    stream.pass()
  }
  // A new environment repeats three seconds.
  stream.pass(3_000)
  await before.play(stream.tick('4101', '4102'))
  // The last posts to two of the apps do not arrive.
  gateway.throttled.set(throttled, Number.POSITIVE_INFINITY)
  gateway.doubtful.add(refused)
  for (let round = 0; round < 3; round++) {
    stream.pass()
    await before.play(stream.tick('4101', '4102', '4101'))
  }
  stream.receive()
  gateway.throttled.delete(throttled)
  gateway.doubtful.delete(refused)
  stream.pass()
  const next = environment()
  next.prepare(stream.tail())
  const { wholes, differences } = await next.play(stream.tick('4102'))
  stream.receive()
  stream.check()
  assert.deepEqual([wholes, differences, next.warnings], [0, 6, []])
})

test('a long stream costs no whole boards: apps get differences of the rounds that they may lack', async t => {
  const stream = openStream(t)
  await stream.open(['4111', '4112'])
  await stream.open(['4111'])
  const before = environment()
  for (let round = 0; round < 25; round++) {
    await before.play(stream.tick('4111', '4112'))
    stream.pass()
  }
  stream.receive()
  const next = environment()
  next.prepare(stream.tail())
  const first = await next.play(stream.tick('4111'))
  stream.pass()
  const second = await next.play(stream.tick('4112'))
  stream.receive()
  stream.check()
  assert.deepEqual([first.wholes, first.differences], [0, 3])
  assert.deepEqual([second.wholes, second.differences], [0, 1])
})

test('the first posts of an environment start before it writes the boards of the tail', async t => {
  const stream = openStream(t)
  const app = await stream.open(['4115'])
  await environment().play(stream.tick('4115'))
  stream.pass()
  stream.tick('4116')
  const client = createDynamoDB()
  const next = environment({ ...boards, client })
  /** Pushes before each request of a write: the item is read first. The wish of an operator is read beside the posts. */
  const pushes: number[] = []
  client.middlewareStack.add(
    (send, { commandName }) =>
      args => {
        const isOfBoards = !JSON.stringify(args.input).includes(RECONNECT_ID)
        if (isOfBoards && /^(Get|Put)ItemCommand$/.test(commandName ?? '')) pushes.push(next.alone.length)
        return send(args)
      },
    { step: 'initialize' },
  )
  next.prepare(stream.tail())
  await next.play(stream.tick('4115'))
  assert.equal(updatesOf(gateway.take(app)).length > 0, true)
  const issues = ['4115', '4116']
  const isWritten = async (): Promise<boolean> => {
    const stored = await readBoards(boards, issues)
    return issues.every(code =>
      stored.some(({ board, sequence }) => board.issue === code && sequence === stream.latest(code).sequence),
    )
  }
  await until(isWritten, 'the boards in the table')
  assert.deepEqual(new Set(pushes), new Set([1]))
})

test('events reach each app that lacked them: news of the tail, the phase with the status, later events once', async t => {
  const stream = openStream(t)
  const [well, throttled] = [await stream.open(['4121']), await stream.open(['4121'])]
  const before = environment()
  await before.play(stream.tick('4121'))
  stream.receive()
  gateway.throttled.set(throttled, Number.POSITIVE_INFINITY)
  const missed = news('届かない')
  const phase: EventOf<'phase'> = {
    type: 'phase',
    time: '2026-11-20T12:30:00.000000+09:00',
    phase: 'afternoon',
  }
  stream.pass()
  await before.play([...stream.event(missed), ...stream.event(phase)])
  stream.receive()
  assert.deepEqual([stream.newsOf(well), stream.newsOf(throttled)], [[missed], []])
  gateway.throttled.delete(throttled)
  stream.pass()
  const next = environment()
  next.prepare(stream.tail())
  const later = news('その後')
  await next.play(stream.event(later))
  stream.pass()
  await next.play([])
  stream.receive()
  assert.deepEqual(stream.newsOf(throttled), [missed, later])
  // Apps ignore repeated news.
  assert.deepEqual(stream.newsOf(well), [missed, missed, later])
  for (const id of [well, throttled]) assert.deepEqual(stream.phasesOf(id).at(-1), phase)
  const last = news('最後')
  stream.pass()
  await next.play([...stream.event(last), ...stream.event(later)])
  stream.receive()
  for (const id of [well, throttled]) assert.deepEqual(stream.newsOf(id).slice(-2), [later, last])
})

test('an app whose issue never rests gets the phase from a new environment at any pace', async t => {
  const stream = openStream(t)
  const paces = [2 * ROUND_MS, SLOWEST_PACE_MS]
  const ids: string[] = []
  for (const pace of paces) {
    const id = await stream.open(['4121'])
    // The stage posts in every round. With a pace, each post has updates, and there is none for the phase alone.
    await changePace(connections, roomOf(id, ROOM_COUNT), id, pace)
    gateway.throttled.set(id, Number.POSITIVE_INFINITY)
    ids.push(id)
  }
  const phase: EventOf<'phase'> = {
    type: 'phase',
    time: '2026-11-20T12:30:00.000000+09:00',
    phase: 'afternoon',
  }
  await environment().play([...stream.tick('4121'), ...stream.event(phase)])
  for (const id of ids) gateway.throttled.delete(id)
  const next = environment()
  next.prepare(stream.tail())
  for (let round = 0; round < 10; round++) {
    stream.pass(round < 5 ? ROUND_MS : SLOWEST_PACE_MS)
    await next.play(stream.tick('4121'))
  }
  stream.receive()
  for (const id of ids) assert.deepEqual(stream.phasesOf(id), [phase])
})

test('an app whose room answers after many rounds gets every trade of the tail and of these rounds', async t => {
  const stream = openStream(t)
  const ids: string[] = []
  while (new Set(ids.map(id => roomOf(id, ROOM_COUNT))).size < 2) ids.push(await stream.open(['4131']))
  const slow = ids.at(-1)!
  const before = environment()
  for (let round = 0; round < 20; round++) {
    await before.play(stream.tick('4131'))
    stream.pass()
  }
  gateway.throttled.set(slow, Number.POSITIVE_INFINITY)
  await before.play(stream.tick('4131'))
  stream.receive()
  gateway.throttled.delete(slow)
  stream.pass()
  const { source, answer } = silentRoom(roomOf(slow, ROOM_COUNT))
  const next = environment(undefined, 10, source)
  next.prepare(stream.tail())
  let wholes = 0
  for (let round = 0; round < 15; round++) {
    wholes += (await next.play(stream.tick('4131'))).wholes
    stream.pass()
  }
  stream.receive()
  answer()
  await until(
    async () => {
      wholes += (await next.play([])).wholes
      return (gateway.received.get(slow) ?? []).length > 0
    },
    'the post to the app of the slow room',
    { pollMs: 10 },
  )
  stream.receive()
  stream.check()
  assert.equal(wholes, 0)
})

test('a new environment writes the boards that the environment before has left', async t => {
  const stream = openStream(t)
  stream.tick('4141', '4142')
  stream.pass()
  const next = environment()
  next.prepare(stream.tail())
  const { boardsDue } = await next.play([])
  const stored = await readBoards(boards, ['4141', '4142'])
  assert.equal(boardsDue, 0)
  assert.deepEqual(
    stored.map(tick => boardInView(tick, 'board')).toSorted((a, b) => a.issue.localeCompare(b.issue)),
    ['4141', '4142'].map(issue => boardInView(stream.latest(issue), 'board')),
  )
})

test('without a stream before, an app whose room answers late gets every trade since the first round', async t => {
  const stream = openStream(t)
  const id = await stream.open(['4151'])
  const { source, answer } = silentRoom(roomOf(id, ROOM_COUNT))
  const { play } = environment(undefined, 10, source)
  await play(stream.tick('4151', '4151'))
  stream.pass()
  await play(stream.tick('4151'))
  answer()
  await until(
    async () => {
      await play([])
      return gateway.received.has(id)
    },
    'the post to the app',
    { pollMs: 10 },
  )
  const [update] = updatesOf(gateway.take(id))
  assert.ok(update !== undefined && 'board' in update)
  assert.deepEqual(
    update.trades?.map(([, , , sequence]) => sequence),
    [2, 3],
  )
})

/** The connections table with one room whose reads are not answered until `answer` is called. */
function silentRoom(silent: string) {
  const client = createDynamoDB({ maxAttempts: 1 })
  const { promise, resolve } = Promise.withResolvers<void>()
  client.middlewareStack.add(
    next => async args => {
      const { ExpressionAttributeValues } = args.input as QueryCommandInput
      if (ExpressionAttributeValues?.[':room'] === silent) await promise
      return next(args)
    },
    { step: 'initialize' },
  )
  return { source: { ...connections, client }, answer: () => resolve() }
}
