import assert from 'node:assert/strict'
import { after, beforeEach, type TestContext, test } from 'node:test'
import { createLineStates } from '../../../functions/broadcast/line-states.ts'
import type { EventOf, LineState } from '../../../market/market-event.ts'
import { momentToIso } from '../../../market/moment.ts'
import { asEpochMicros } from '../../../market/units.ts'
import { readStatus } from '../../../tables/boards/boards-table.ts'
import { SILENT_AFTER_MS } from '../../../tables/boards/line-record.ts'
import { eventsOf, openStage } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'

const { gateway, boards, awayTable, environment, connect, clear, close } = await openStage()
beforeEach(clear)
after(close)

/** Time between two reports of a task (ms). */
const REPORT_EVERY_MS = 3_000

const iso = (milliseconds: number): string => momentToIso(asEpochMicros(milliseconds * 1000))

/** Each test has its own hour, later than the hours of earlier tests: the table keeps the states of earlier tests. */
let hours = 0
function startHour(t: TestContext): void {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-20T09:00:00+09:00') + 3_600_000 * hours++ })
}

const lineEvent = (line: number, state: LineState = 'live', since = Date.now()): EventOf<'line'> => ({
  type: 'line',
  line,
  state,
  since: iso(since),
})

/** Returns the stale state of a line whose report came when its state began: the next state has a later time. */
const staleAfter = (line: number, since: number): EventOf<'line'> => ({
  type: 'line',
  line,
  state: 'stale',
  since: momentToIso(asEpochMicros(since * 1000 + 1)),
})

const storedState = async (line: number): Promise<EventOf<'line'> | undefined> =>
  (await readStatus(boards)).lines.find(event => event.line === line)

test('a state that a task repeats is sent to apps once, and keeps the line from becoming stale', async t => {
  startHour(t)
  const { play, warnings } = environment()
  const feed = createFeed()
  const app = await connect()
  const live = lineEvent(1)
  for (let count = 0; count < 8; count++) {
    await play([feed.events(live)])
    t.mock.timers.tick(REPORT_EVERY_MS)
    assert.deepEqual(await storedState(1), live)
  }
  assert.deepEqual(eventsOf(gateway.take(app)), [live])
  assert.deepEqual(warnings, [])
})

test('a line without reports becomes stale for every app, while the other lines keep their state', async t => {
  startHour(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const others = [lineEvent(1), lineEvent(3)]
  const live = lineEvent(2)
  await play([feed.events(...others, live)])
  t.mock.timers.tick(REPORT_EVERY_MS)
  const reportedAt = Date.now()
  await play([feed.events(...others, live)])
  gateway.take(app)
  while (Date.now() + REPORT_EVERY_MS <= reportedAt + SILENT_AFTER_MS) {
    t.mock.timers.tick(REPORT_EVERY_MS)
    await play([feed.events(...others)])
    assert.deepEqual(await storedState(2), live)
  }
  assert.deepEqual(gateway.take(app), [])
  t.mock.timers.tick(REPORT_EVERY_MS)
  const stale = lineEvent(2, 'stale', reportedAt)
  assert.deepEqual(await storedState(2), stale)
  await Promise.all([play([feed.events(...others)]), environment().play([])])
  assert.deepEqual(eventsOf(gateway.take(app)), [stale])
  t.mock.timers.tick(REPORT_EVERY_MS)
  await play([feed.events(...others)])
  assert.deepEqual(gateway.take(app), [])
  assert.deepEqual(await storedState(2), stale)
})

test('a process that continues after a pause is reported to apps with the time of its return', async t => {
  startHour(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const [one, two] = [lineEvent(1), lineEvent(2)]
  await play([feed.events(one, two)])
  for (let count = 0; count < 4; count++) {
    t.mock.timers.tick(REPORT_EVERY_MS)
    await play([feed.events(one)])
  }
  t.mock.timers.tick(REPORT_EVERY_MS)
  const again = lineEvent(2)
  await play([feed.events(one, two)])
  t.mock.timers.tick(REPORT_EVERY_MS)
  await play([feed.events(one, two)])
  assert.deepEqual(await storedState(2), again)
  const lost = { ...two, lost: 3 }
  await play([feed.events(one, lost)])
  const ofTwo = eventsOf(gateway.take(app)).filter(event => event.type === 'line' && event.line === 2)
  assert.deepEqual(ofTwo, [two, staleAfter(2, Date.parse(two.since)), again, { ...again, lost: 3 }])
})

test('without any reports a reader still gets stale lines, and apps are sent the line that returns', async t => {
  startHour(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const states = [lineEvent(1), lineEvent(2, 'recovering'), lineEvent(3, 'stale')]
  await play([feed.events(...states)])
  const reportedAt = Date.now()
  t.mock.timers.tick(REPORT_EVERY_MS * 5)
  assert.deepEqual((await readStatus(boards)).lines, [
    staleAfter(1, reportedAt),
    staleAfter(2, reportedAt),
    states[2],
  ])
  gateway.take(app)
  const again = lineEvent(1)
  await play([feed.events(...states)])
  assert.deepEqual(eventsOf(gateway.take(app)), [again, { ...again, line: 2, state: 'recovering' }])
})

test('a line that reports to another environment is not silent', async t => {
  startHour(t)
  const [here, there] = [environment(), environment()]
  const [feed, other] = [createFeed(), createFeed()]
  const app = await connect()
  const [one, two] = [lineEvent(1), lineEvent(2)]
  await here.play([feed.events(one, two)])
  for (let count = 0; count < 8; count++) {
    t.mock.timers.tick(REPORT_EVERY_MS)
    await there.play([other.events(two)])
    await here.play([feed.events(one)])
  }
  assert.deepEqual(eventsOf(gateway.take(app)), [one, two])
})

test('a report just before the silence limit is sent to apps, because the line was stale by another clock', async t => {
  startHour(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const states = [lineEvent(1), lineEvent(2), lineEvent(3)]
  await play([feed.events(...states)])
  gateway.take(app)
  t.mock.timers.tick(SILENT_AFTER_MS - 1)
  await play([feed.events(states[0]!)])
  assert.deepEqual(eventsOf(gateway.take(app)), [lineEvent(1)])
})

test('only one of many environments reports a silent line', async t => {
  startHour(t)
  const feed = createFeed()
  await environment().play([feed.events(lineEvent(1))])
  const reportedAt = Date.now()
  t.mock.timers.tick(SILENT_AFTER_MS + 1)
  const found = await Promise.all(Array.from({ length: 8 }, () => createLineStates(boards).findSilent()))
  assert.deepEqual(
    found.flat().filter(({ line }) => line === 1),
    [staleAfter(1, reportedAt)],
  )
})

test('a report after a silence is never sent with a time before the silence', async t => {
  startHour(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const live = lineEvent(1)
  await play([feed.events(live)])
  t.mock.timers.tick(REPORT_EVERY_MS)
  const lastByte = Date.now() - 500
  await play([feed.events(live)])
  gateway.take(app)
  t.mock.timers.tick(SILENT_AFTER_MS + 1)
  // Apps got no event, but a reader of the status got the stale line.
  const stale = await storedState(1)
  const recovering = lineEvent(1, 'recovering', lastByte)
  await play([feed.events(recovering)])
  const [event] = eventsOf(gateway.take(app))
  assert.deepEqual(event, lineEvent(1, 'recovering'))
  assert.ok(stale !== undefined && stale.since > recovering.since)
})

test('without the table a change is sent to apps, and a repetition is not', async t => {
  startHour(t)
  const { source, state } = awayTable()
  const { play, warnings } = environment(source)
  const feed = createFeed()
  const app = await connect()
  const states = [lineEvent(1), lineEvent(2), lineEvent(3)]
  await play([feed.events(...states)])
  t.mock.timers.tick(REPORT_EVERY_MS)
  state.isAway = true
  const recovering = lineEvent(2, 'recovering')
  await play([feed.events(states[0]!, recovering)])
  assert.deepEqual(eventsOf(gateway.take(app)), [...states, recovering])
  assert.equal(warnings.filter(([message]) => message === 'an event could not be stored').length, 2)
})

test('reports of a replaced task are ignored, and reports of the new task are sent', async t => {
  startHour(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const old = lineEvent(1)
  await play([feed.events(old)])
  t.mock.timers.tick(REPORT_EVERY_MS)
  const next = lineEvent(1)
  await play([feed.events(next)])
  t.mock.timers.tick(REPORT_EVERY_MS)
  await play([feed.events(old)])
  const ofOne = eventsOf(gateway.take(app)).filter(event => event.type === 'line' && event.line === 1)
  assert.deepEqual(ofOne, [old, next])
  assert.deepEqual(await storedState(1), next)
})

test('a table that was away for a minute makes no line stale, and gets the newest report with the time it came', async t => {
  startHour(t)
  const { source, state } = awayTable()
  const { play } = environment(source)
  const feed = createFeed()
  const app = await connect()
  const states = [lineEvent(1), lineEvent(2), lineEvent(3)]
  await play([feed.events(...states)])
  gateway.take(app)
  state.isAway = true
  for (let count = 0; count < 20; count++) {
    t.mock.timers.tick(REPORT_EVERY_MS)
    await play([feed.events(...states)])
  }
  const reportedAt = Date.now()
  assert.deepEqual(eventsOf(gateway.take(app)), [])
  state.isAway = false
  t.mock.timers.tick(1_000)
  await play([])
  // A reader of the table may have found the lines stale meanwhile, so apps are sent them once.
  const again = states.map(event => ({ ...event, since: iso(reportedAt) }))
  assert.deepEqual(eventsOf(gateway.take(app)), again)
  t.mock.timers.tick(SILENT_AFTER_MS - 1_000)
  assert.deepEqual((await readStatus(boards)).lines, again)
  t.mock.timers.tick(1)
  assert.deepEqual(
    (await readStatus(boards)).lines,
    states.map(({ line }) => staleAfter(line, reportedAt)),
  )
})

test('a batch with several reports of a line stores and sends the newest', async t => {
  startHour(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const first = lineEvent(1)
  t.mock.timers.tick(500)
  const second = lineEvent(1, 'recovering')
  await play([feed.events(first), feed.events(second, first), feed.events(second)])
  assert.deepEqual(
    eventsOf(gateway.take(app)).filter(event => event.type === 'line' && event.line === 1),
    [second],
  )
  assert.deepEqual(await storedState(1), second)
})

test('a stale line whose write got no answer is sent to apps by the next look', async t => {
  startHour(t)
  const { source, state } = awayTable()
  const { play } = environment(source)
  const feed = createFeed()
  const app = await connect()
  const states = [lineEvent(1), lineEvent(2), lineEvent(3)]
  await play([feed.events(...states)])
  const reportedAt = Date.now()
  gateway.take(app)
  t.mock.timers.tick(SILENT_AFTER_MS + 1)
  state.losesAnswers = true
  await play([])
  assert.deepEqual(eventsOf(gateway.take(app)), [])
  state.losesAnswers = false
  for (let count = 0; count < 4; count++) {
    t.mock.timers.tick(1_001)
    await play([])
  }
  assert.deepEqual(
    eventsOf(gateway.take(app)).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    [1, 2, 3].map(line => staleAfter(line, reportedAt)),
  )
})

test('every state has a later time than the state before, even if the market clock stands still', async t => {
  startHour(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  // The task orders its states itself. A new task of the line starts from the same time.
  for (const state of ['stale', 'recovering', 'live', 'stale', 'recovering', 'live'] as const)
    await play([feed.events(lineEvent(1, state))])
  const sent = eventsOf(gateway.take(app)).flatMap(event => (event.type === 'line' ? [event] : []))
  assert.deepEqual(
    sent.map(({ state }) => state),
    ['stale', 'recovering', 'live', 'stale', 'recovering', 'live'],
  )
  const times = sent.map(({ since }) => since)
  assert.deepEqual(times, [...new Set(times)].sort())
})
