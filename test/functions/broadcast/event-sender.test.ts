import assert from 'node:assert/strict'
import { after, before, beforeEach, type TestContext, test } from 'node:test'
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { createEventSender } from '../../../functions/broadcast/event-sender.ts'
import { addMember, createMembers, type Member } from '../../../functions/broadcast/members.ts'
import type { SendTimes } from '../../../functions/broadcast/rooms.ts'
import type { EventOf } from '../../../market/market-event.ts'
import type { AppEvent } from '../../../market/protocol.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import { lineId, PHASE_ID } from '../../../tables/boards/board-items.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { storeEvents } from '../boards-fixture.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
beforeEach(async () => {
  for (const id of [PHASE_ID, lineId(1)])
    await tables.client.send(new DeleteCommand({ TableName: TABLES.BOARDS_TABLE, Key: { id } }))
})
after(() => tables[Symbol.asyncDispose]())

const NOW = Date.parse('2026-11-20T09:00:00+09:00')
const TIME = '2026-11-20T09:00:00.000000+09:00'
const LATER = '2026-11-20T09:00:01.000000+09:00'

const phaseAt = (time: string): EventOf<'phase'> => ({ type: 'phase', time, phase: 'morning' })
const LINE: EventOf<'line'> = { type: 'line', line: 1, state: 'live', since: TIME }
const NEWS: EventOf<'news'> = { type: 'news', time: TIME, headline: '新製品', issues: [] }
const LIST: AppEvent = { type: 'issues', line: 1, date: '2026-11-20', count: 1 }

/** An environment at a mocked time. `news` are the new events of the next round; `isDue`: the table lacks a state. */
function environment(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const client = createDynamoDB({ maxAttempts: 1 })
  const state = {
    news: [] as AppEvent[],
    isDue: false,
    isAway: false,
    reads: 0,
    answers: Promise.resolve(),
  }
  client.middlewareStack.add(
    next => async args => {
      state.reads++
      await state.answers
      if (state.isAway) throw new Error('away')
      return next(args)
    },
    { step: 'initialize' },
  )
  const members = createMembers()
  const sent: SendTimes = { updates: new Map(), status: undefined }
  const warnings: string[] = []
  const got = new Map<string, AppEvent[]>()
  const send = createEventSender({
    boards: { client, table: TABLES.BOARDS_TABLE },
    members,
    sent,
    store: { store: async () => state.news.splice(0), isStatusDue: () => state.isDue },
    plan(messages, some) {
      for (const { connection } of some)
        got.set(
          connection,
          messages.map(text => JSON.parse(text)),
        )
      return []
    },
    send: async () => [],
    warn: message => warnings.push(message),
  })
  return {
    state,
    sent,
    warnings,
    join: (app: string): Member => addMember(members, app, 'room-0'),
    /** Plays a round. Returns the events that each member gets. The table answers in time unless `isOver`. */
    async round(news: readonly AppEvent[], isOver = false): Promise<Record<string, AppEvent[]>> {
      state.news = [...news]
      got.clear()
      await send([], isOver ? Promise.resolve() : new Promise(() => {}))
      return Object.fromEntries(got)
    },
  }
}

const store = (...events: (EventOf<'phase'> | EventOf<'line'>)[]): Promise<unknown> =>
  storeEvents({ client: tables.client, table: TABLES.BOARDS_TABLE }, events)

test('new events go to every member that is awake; the others lack the status after a phase or a line state', async t => {
  const { join, round, sent, state } = environment(t)
  const [awake, resting] = [join('awake'), join('resting')]
  resting.restsUntil = addMillis(nowMillis(), 1)
  assert.deepEqual(await round([NEWS, LIST]), { awake: [NEWS, LIST] })
  assert.deepEqual([resting.lacksStatus, sent.status], [false, undefined])
  for (const status of [phaseAt(TIME), LINE]) {
    resting.lacksStatus = false
    assert.deepEqual(await round([status, NEWS]), { awake: [status, NEWS] })
    assert.deepEqual([awake.lacksStatus, resting.lacksStatus, sent.status], [false, true, NOW])
  }
  assert.equal(state.reads, 0)
})

test('a member that lacks the status gets it whole in place of the new states, with the other news', async t => {
  const { join, round } = environment(t)
  await store(phaseAt(TIME), LINE)
  const app = join('app')
  join('other')
  app.lacksStatus = true
  assert.deepEqual(await round([phaseAt(TIME), NEWS, LIST]), {
    app: [phaseAt(TIME), LINE, NEWS, LIST],
    other: [phaseAt(TIME), NEWS, LIST],
  })
  assert.deepEqual([app.lacksStatus, await round([])], [false, { app: [], other: [] }])
})

test('while a state is due the status is not read, and members that are read later may have missed it', async t => {
  const { join, round, sent, state } = environment(t)
  join('app').lacksStatus = true
  state.isDue = true
  assert.deepEqual(await round([NEWS]), { app: [NEWS] })
  assert.deepEqual([state.reads, sent.status], [0, NOW])
})

test('the status is not read for members that rest', async t => {
  const { join, round, state } = environment(t)
  const app = join('app')
  app.lacksStatus = true
  app.restsUntil = addMillis(nowMillis(), 1)
  await round([])
  assert.equal(state.reads, 0)
  t.mock.timers.tick(1)
  await round([])
  assert.deepEqual([state.reads, app.lacksStatus], [1, false])
})

test('a status that comes after its round is used by a later round, with one read', async t => {
  const { join, round, state } = environment(t)
  await store(LINE)
  const app = join('app')
  app.lacksStatus = true
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answers = promise
  assert.deepEqual(await round([NEWS], true), { app: [NEWS] })
  assert.deepEqual(await round([], true), { app: [] })
  resolve()
  assert.deepEqual([await round([]), state.reads], [{ app: [LINE] }, 1])
})

test('a status that was read before apps got a later state is dropped, and read again', async t => {
  const { join, round, state } = environment(t)
  await store(phaseAt(TIME))
  const app = join('app')
  app.lacksStatus = true
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answers = promise
  await round([], true)
  t.mock.timers.tick(1)
  await store(phaseAt(LATER))
  assert.deepEqual(await round([phaseAt(LATER)], true), { app: [phaseAt(LATER)] })
  resolve()
  assert.deepEqual(await round([]), { app: [] })
  assert.equal(app.lacksStatus, true)
  assert.deepEqual([await round([]), state.reads], [{ app: [phaseAt(LATER)] }, 2])
})

test('a failed read of the status is a warning; the news are sent, and the next round reads again', async t => {
  const { join, round, state, warnings } = environment(t)
  await store(LINE)
  const app = join('app')
  app.lacksStatus = true
  state.isAway = true
  assert.deepEqual(await round([NEWS]), { app: [NEWS] })
  assert.deepEqual([warnings, app.lacksStatus], [['the status could not be read'], true])
  state.isAway = false
  assert.deepEqual(await round([NEWS]), { app: [LINE, NEWS] })
})
