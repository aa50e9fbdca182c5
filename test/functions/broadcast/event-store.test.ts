import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { createEventStore } from '../../../functions/broadcast/event-store.ts'
import { systemClock } from '../../../market/clock.ts'
import type { EventOf, MarketEvent, Phase } from '../../../market/market-event.ts'
import { isoTime } from '../../../market/moment.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { readStatus } from '../../../tables/boards/boards-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { storeEvents } from '../boards-fixture.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const SECOND = 1_000_000

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('news of one batch do not compete for their item: each is written at its first attempt', async () => {
  const client = createDynamoDB()
  let reads = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        if (commandName === GetItemCommand.name) reads++
        return next(args)
      },
    { step: 'initialize' },
  )
  const news = Array.from({ length: 20 }, (_, index): MarketEvent => {
    const time = isoTime(TRADING_DATE, MORNING + index * SECOND)
    return { type: 'news', time, headline: `見出し${index}`, issues: [] }
  })
  const sent = await storeEvents({ client, table: TABLES.BOARDS_TABLE }, news)
  assert.deepEqual(sent, news)
  assert.equal(reads, news.length)
  const status = await readStatus({ client, table: TABLES.BOARDS_TABLE })
  assert.deepEqual(status.news, news.toReversed())
})

const arrived = (event: MarketEvent) => ({ event, epoch: asEpochMillis(1) })

/** A store whose table is away while `state.isAway`, and silent until `state.answers` resolves. */
function openStore() {
  const client = createDynamoDB({ maxAttempts: 1 })
  const state = { isAway: false, answers: Promise.resolve(), beforePut: async () => {} }
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        await state.answers
        if (commandName === 'PutItemCommand') await state.beforePut()
        if (state.isAway) throw new Error('away')
        return next(args)
      },
    { step: 'initialize' },
  )
  const warnings: string[] = []
  const store = createEventStore({ client, table: TABLES.BOARDS_TABLE }, systemClock, message =>
    warnings.push(message),
  )
  const never = new Promise<void>(() => {})
  return {
    state,
    warnings,
    isStatusDue: store.isStatusDue,
    store: (...events: MarketEvent[]) => store.store(events.map(arrived), never),
    /** Does not wait for the table. */
    storeAtOnce: (...events: MarketEvent[]) => store.store(events.map(arrived), Promise.resolve()),
  }
}

/** An ISO time some seconds after nine; later tests use later hours, because the table keeps what it has. */
const at = (hour: number, second: number): string =>
  isoTime(TRADING_DATE, MORNING + (hour * 3_600 + second) * SECOND)
const newsAt = (hour: number, second: number, headline = ''): EventOf<'news'> => ({
  type: 'news',
  time: at(hour, second),
  headline,
  issues: [],
})
const phaseAt = (hour: number, second: number, phase: Phase = 'morning'): EventOf<'phase'> => ({
  type: 'phase',
  time: at(hour, second),
  phase,
})
const lineAt = (hour: number, second: number, line = 1): EventOf<'line'> => ({
  type: 'line',
  line,
  state: 'live',
  since: at(hour, second),
})
const storedNews = async () => (await readStatus({ client: tables.client, table: TABLES.BOARDS_TABLE })).news

test('news are new if their time or their headline is; the table keeps the latest twenty, the latest first', async () => {
  const { store } = openStore()
  const first = newsAt(1, 2, 'a')
  assert.deepEqual(await store(first), [first])
  assert.deepEqual(await store(first), [])
  const others = [newsAt(1, 2, 'b'), newsAt(1, 3, 'a')]
  assert.deepEqual(await store(...others), others)
  const early = newsAt(1, 1)
  assert.deepEqual(await store(early), [early])
  // Of news with the same time the later arrival comes first.
  assert.deepEqual((await storedNews()).slice(0, 4), [others[1], others[0], first, early])
  const more = Array.from({ length: 16 }, (_, second) => newsAt(1, 10 + second))
  assert.deepEqual(await store(...more), more)
  assert.deepEqual(await storedNews(), [...more.toReversed(), others[1], others[0], first, early])
  const tooEarly = newsAt(1, 0)
  assert.deepEqual(await store(tooEarly), [])
  const latest = newsAt(1, 30)
  assert.deepEqual(await store(latest), [latest])
  assert.deepEqual((await storedNews()).slice(-3), [others[1], others[0], first])
  assert.equal((await storedNews()).length, 20)
})

test('a phase is new if it is later than that of the table, or another one of the same time', async () => {
  const { store } = openStore()
  assert.deepEqual(await store(phaseAt(2, 1)), [phaseAt(2, 1)])
  for (const old of [phaseAt(2, 1), phaseAt(2, 0), phaseAt(2, 0, 'lunch')])
    assert.deepEqual(await store(old), [])
  assert.deepEqual(await store(phaseAt(2, 1, 'lunch')), [phaseAt(2, 1, 'lunch')])
  assert.deepEqual(await store(phaseAt(2, 2)), [phaseAt(2, 2)])
})

test('new events keep their order, whichever the table takes first', async () => {
  const { store } = openStore()
  const events = [newsAt(3, 1), lineAt(3, 2), phaseAt(3, 1), newsAt(3, 3), lineAt(3, 1, 2)]
  assert.deepEqual(await store(...events), events)
})

test('without the table each event is sent once, warned of once, and stays due until the table takes it', async () => {
  const { store, state, warnings, isStatusDue } = openStore()
  state.isAway = true
  const [phase, news] = [phaseAt(4, 1), newsAt(4, 1)]
  assert.equal(isStatusDue(), false)
  assert.deepEqual(await store(news), [news])
  assert.equal(isStatusDue(), false)
  assert.deepEqual(await store(phase, news), [phase])
  assert.deepEqual(await store(), [])
  assert.equal(isStatusDue(), true)
  assert.equal(warnings.filter(message => message === 'an event could not be stored').length, 2)
  state.isAway = false
  assert.deepEqual(await store(), [])
  assert.equal(isStatusDue(), false)
  const { phase: stored, news: list } = await readStatus({
    client: tables.client,
    table: TABLES.BOARDS_TABLE,
  })
  assert.deepEqual([stored, list[0]], [phase, news])
})

test('events are sent without the answer of the table when the time is over, and not when it has answered', async () => {
  const { store, storeAtOnce, state } = openStore()
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answers = promise
  assert.deepEqual(await storeAtOnce(phaseAt(5, 1), newsAt(5, 1)), [phaseAt(5, 1), newsAt(5, 1)])
  assert.deepEqual(await storeAtOnce(phaseAt(5, 1)), [])
  resolve()
  assert.deepEqual(await store(newsAt(5, 2)), [newsAt(5, 2)])
  assert.deepEqual(await store(), [])
})

test('news and a phase that come twice are sent once, also if the table is silent the second time', async () => {
  const { store, storeAtOnce, state } = openStore()
  const events = [newsAt(9, 1), phaseAt(9, 1)]
  assert.deepEqual(await store(...events), events)
  state.answers = new Promise(() => {})
  assert.deepEqual(await storeAtOnce(...events), [])
})

test('an event that apps got before the table took it is remembered for a hundred events', async () => {
  for (const [others, isForgotten] of [
    [99, false],
    [100, true],
  ] as const) {
    const { store, state } = openStore()
    state.isAway = true
    const news = newsAt(6, others)
    assert.deepEqual(await store(news), [news])
    for (let second = 0; second < others; second++)
      assert.deepEqual(await store(lineAt(6, second)), [lineAt(6, second)])
    state.isAway = false
    assert.equal(
      (await store()).some(({ type }) => type === 'news'),
      isForgotten,
    )
  }
})

test('news are given up two seconds after their start, if others are stored before them again and again', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { store, state, warnings } = openStore()
  const other = openStore()
  let second = 0
  let attempts = 0
  state.beforePut = async () => {
    attempts++
    t.mock.timers.tick(700)
    await other.store(newsAt(7, ++second))
  }
  const late = newsAt(7, 50)
  assert.deepEqual(await store(late), [late])
  assert.equal(attempts, 3)
  assert.deepEqual(warnings, ['an event could not be stored'])
})

test('throttled news are not repeated within a round', async () => {
  const { store, state, warnings } = openStore()
  let puts = 0
  state.beforePut = async () => {
    puts++
    throw Object.assign(new Error('too fast'), { name: 'ThrottlingException' })
  }
  const news = newsAt(8, 1)
  assert.deepEqual(await store(news), [news])
  assert.deepEqual([puts, warnings], [1, ['an event could not be stored']])
})

test('the states of silent lines are looked for at every call, and a table that is away is reported', async () => {
  const { state, store, warnings } = openStore()
  state.isAway = true
  assert.deepEqual(await store(), [])
  assert.deepEqual(warnings, ['the states of the lines could not be read'])
})
