import assert from 'node:assert/strict'
import { after, before, beforeEach, type TestContext, test } from 'node:test'
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import type { SendTimes } from '../../../functions/broadcast/rooms.ts'
import { createStatusSource } from '../../../functions/broadcast/status-source.ts'
import type { EventOf } from '../../../market/market-event.ts'
import type { AppEvent } from '../../../market/protocol.ts'
import { lineId } from '../../../tables/boards/board-items.ts'
import { PHASE_ID } from '../../../tables/boards/boards-keys.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { until } from '../../until.ts'
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
const NEVER = new Promise<void>(() => {})

/** An environment at a mocked time. `isDue`: the table lacks a state. */
function environment(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const client = createDynamoDB({ maxAttempts: 1 })
  const state = { isDue: false, isAway: false, reads: 0, answered: 0, answers: Promise.resolve() }
  client.middlewareStack.add(
    next => async args => {
      state.reads++
      await state.answers
      if (state.isAway) throw new Error('away')
      const answer = await next(args)
      state.answered++
      return answer
    },
    { step: 'initialize' },
  )
  const events = createEventLog()
  const sent: SendTimes = { updates: new Map(), status: undefined }
  const warnings: string[] = []
  let news: AppEvent[] = []
  const source = createStatusSource({
    boards: { client, table: TABLES.BOARDS_TABLE },
    store: { store: async () => news, isStatusDue: () => state.isDue },
    events,
    sent,
    warn: message => warnings.push(message),
  })
  return {
    state,
    sent,
    events,
    warnings,
    /** Takes events of which `some` are new. */
    take(...some: AppEvent[]): Promise<void> {
      news = some
      return source.take([], NEVER)
    },
    /** The table answers in time unless `isOver`. */
    async status(isOver = false): Promise<AppEvent[] | undefined> {
      const texts = await source.status(isOver ? Promise.resolve() : NEVER)
      return texts?.map(text => JSON.parse(text) as AppEvent)
    },
  }
}

const store = (...events: (EventOf<'phase'> | EventOf<'line'>)[]): Promise<unknown> =>
  storeEvents({ client: tables.client, table: TABLES.BOARDS_TABLE }, events)

test('new events go to the log of events; a phase or a line state sets the time of the status', async t => {
  const { take, sent, events, state } = environment(t)
  await take(NEWS, LIST)
  assert.deepEqual(
    [events.since(0), sent.status],
    [[NEWS, LIST].map(event => JSON.stringify(event)), undefined],
  )
  for (const status of [phaseAt(TIME), LINE]) {
    sent.status = undefined
    await take(status)
    assert.equal(sent.status, NOW)
  }
  assert.deepEqual([events.last, state.reads], [4, 0])
})

test('the status is the phase and the lines of the table', async t => {
  const { status } = environment(t)
  await store(phaseAt(TIME), LINE)
  assert.deepEqual(await status(), [phaseAt(TIME), LINE])
})

test('while the table lacks a state it is not read, and members that are read later may have missed it', async t => {
  const { take, status, sent, state } = environment(t)
  state.isDue = true
  await take(NEWS)
  assert.deepEqual([await status(), state.reads, sent.status], [undefined, 0, NOW])
})

test('a status that comes after its round is used by a later round, with one read', async t => {
  const { status, state } = environment(t)
  await store(LINE)
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answers = promise
  assert.equal(await status(true), undefined)
  assert.equal(await status(true), undefined)
  resolve()
  assert.deepEqual([await status(), state.reads], [[LINE], 1])
})

test('a status that came between two rounds is used, also by a round without time for the table', async t => {
  const { status, state } = environment(t)
  await store(LINE)
  await status(true)
  await until(() => state.answered === 1, 'an answer of the table')
  assert.deepEqual([await status(true), state.reads], [[LINE], 1])
})

test('a status that was read long ago is read again: another environment may have sent a later state', async t => {
  const { status, state } = environment(t)
  await store(phaseAt(TIME))
  await status(true)
  await until(() => state.answered === 1, 'an answer of the table')
  t.mock.timers.tick(10_000)
  await store(phaseAt(LATER))
  assert.deepEqual([await status(), state.reads], [[phaseAt(LATER)], 2])
})

test('a status that was read before apps got a later state is dropped, and read again', async t => {
  const { take, status, state } = environment(t)
  await store(phaseAt(TIME))
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answers = promise
  await status(true)
  t.mock.timers.tick(1)
  await store(phaseAt(LATER))
  await take(phaseAt(LATER))
  resolve()
  assert.equal(await status(), undefined)
  // A read that starts in the same millisecond as the later state may not have it.
  assert.equal(await status(), undefined)
  t.mock.timers.tick(1)
  assert.deepEqual([await status(), state.reads], [[phaseAt(LATER)], 3])
})

test('a failed read of the status is a warning, and the next round reads again', async t => {
  const { status, state, warnings } = environment(t)
  await store(LINE)
  state.isAway = true
  assert.equal(await status(), undefined)
  assert.deepEqual(warnings, ['the status could not be read'])
  state.isAway = false
  assert.deepEqual(await status(), [LINE])
})
