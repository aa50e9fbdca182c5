import assert from 'node:assert/strict'
import { after, beforeEach, type TestContext, test } from 'node:test'
import { createLineStates } from '../../../functions/broadcast/line-states.ts'
import { systemClock } from '../../../market/clock.ts'
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

/** Between two signs of life of a task, ms. */
const PULSE = 3_000

const iso = (milliseconds: number): string => momentToIso(asEpochMicros(milliseconds * 1000))

/** Each test has an hour for itself, later than those before: a table remembers. */
let hours = 0
function start(t: TestContext): void {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-20T09:00:00+09:00') + 3_600_000 * hours++ })
}

const stateOf = (line: number, state: LineState = 'live', since = Date.now()): EventOf<'line'> => ({
  type: 'line',
  line,
  state,
  since: iso(since),
})

const stateIn = async (line: number): Promise<EventOf<'line'> | undefined> =>
  (await readStatus(boards)).lines.find(event => event.line === line)

test('a state that a task says again and again is told once, and is a sign of life', async t => {
  start(t)
  const { play, warnings } = environment()
  const feed = createFeed()
  const app = await connect()
  const live = stateOf(1)
  for (let pulse = 0; pulse < 8; pulse++) {
    await play([feed.events(live)])
    t.mock.timers.tick(PULSE)
    assert.deepEqual(await stateIn(1), live)
  }
  assert.deepEqual(eventsOf(gateway.take(app)), [live])
  assert.deepEqual(warnings, [])
})

test('a line that is no longer heard is stale from then on for everybody, while others are heard', async t => {
  start(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const others = [stateOf(1), stateOf(3)]
  const live = stateOf(2)
  await play([feed.events(...others, live)])
  t.mock.timers.tick(PULSE)
  const heard = Date.now()
  await play([feed.events(...others, live)])
  gateway.take(app)
  while (Date.now() + PULSE <= heard + SILENT_AFTER_MS) {
    t.mock.timers.tick(PULSE)
    await play([feed.events(...others)])
    assert.deepEqual(await stateIn(2), live)
  }
  assert.deepEqual(gateway.take(app), [])
  t.mock.timers.tick(PULSE)
  const stale = stateOf(2, 'stale', heard)
  assert.deepEqual(await stateIn(2), stale)
  await Promise.all([play([feed.events(...others)]), environment().play([])])
  assert.deepEqual(eventsOf(gateway.take(app)), [stale])
  t.mock.timers.tick(PULSE)
  await play([feed.events(...others)])
  assert.deepEqual(gateway.take(app), [])
  assert.deepEqual(await stateIn(2), stale)
})

test('a process that stood still and goes on is told as heard again, with the time of that', async t => {
  start(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const [one, two] = [stateOf(1), stateOf(2)]
  await play([feed.events(one, two)])
  for (let pulse = 0; pulse < 4; pulse++) {
    t.mock.timers.tick(PULSE)
    await play([feed.events(one)])
  }
  t.mock.timers.tick(PULSE)
  const again = stateOf(2)
  await play([feed.events(one, two)])
  t.mock.timers.tick(PULSE)
  await play([feed.events(one, two)])
  assert.deepEqual(await stateIn(2), again)
  const lost = { ...two, lost: 3 }
  await play([feed.events(one, lost)])
  const ofTwo = eventsOf(gateway.take(app)).filter(event => event.type === 'line' && event.line === 2)
  assert.deepEqual(ofTwo, [two, { ...two, state: 'stale' }, again, { ...again, lost: 3 }])
})

test('when no line is heard nobody tells, but who asks learns it; and it is told when one comes back', async t => {
  start(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const states = [stateOf(1), stateOf(2, 'recovering'), stateOf(3, 'stale')]
  await play([feed.events(...states)])
  const heard = Date.now()
  t.mock.timers.tick(PULSE * 5)
  assert.deepEqual((await readStatus(boards)).lines, [
    stateOf(1, 'stale', heard),
    stateOf(2, 'stale', heard),
    states[2],
  ])
  gateway.take(app)
  const again = stateOf(1)
  await play([feed.events(...states)])
  assert.deepEqual(eventsOf(gateway.take(app)), [again, { ...again, line: 2, state: 'recovering' }])
})

test('what another environment has heard is not silent', async t => {
  start(t)
  const [here, there] = [environment(), environment()]
  const [feed, other] = [createFeed(), createFeed()]
  const app = await connect()
  const [one, two] = [stateOf(1), stateOf(2)]
  await here.play([feed.events(one, two)])
  for (let pulse = 0; pulse < 8; pulse++) {
    t.mock.timers.tick(PULSE)
    await there.play([other.events(two)])
    await here.play([feed.events(one)])
  }
  assert.deepEqual(eventsOf(gateway.take(app)), [one, two])
})

test('a line that is heard in the last moment is told, because by another clock it was silent', async t => {
  start(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const states = [stateOf(1), stateOf(2), stateOf(3)]
  await play([feed.events(...states)])
  gateway.take(app)
  t.mock.timers.tick(SILENT_AFTER_MS - 1)
  await play([feed.events(states[0]!)])
  assert.deepEqual(eventsOf(gateway.take(app)), [stateOf(1)])
})

test('of many environments that find a line silent one tells it', async t => {
  start(t)
  const feed = createFeed()
  await environment().play([feed.events(stateOf(1))])
  const heard = Date.now()
  t.mock.timers.tick(SILENT_AFTER_MS + 1)
  const found = await Promise.all(
    Array.from({ length: 8 }, () => createLineStates(boards, systemClock).findSilent()),
  )
  assert.deepEqual(
    found.flat().filter(({ line }) => line === 1),
    [stateOf(1, 'stale', heard)],
  )
})

test('what a line says after a silence is never told as older than the silence', async t => {
  start(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const live = stateOf(1)
  await play([feed.events(live)])
  t.mock.timers.tick(PULSE)
  const lastByte = Date.now() - 500
  await play([feed.events(live)])
  gateway.take(app)
  t.mock.timers.tick(SILENT_AFTER_MS + 1)
  // Nobody was told, but whoever has asked knows.
  const stale = await stateIn(1)
  const recovering = stateOf(1, 'recovering', lastByte)
  await play([feed.events(recovering)])
  const [told] = eventsOf(gateway.take(app))
  assert.deepEqual(told, stateOf(1, 'recovering'))
  assert.ok(stale !== undefined && stale.since > recovering.since)
})

test('while the table is away a change is told, and what is known is not told again', async t => {
  start(t)
  const { source, state } = awayTable()
  const { play, warnings } = environment(source)
  const feed = createFeed()
  const app = await connect()
  const states = [stateOf(1), stateOf(2), stateOf(3)]
  await play([feed.events(...states)])
  t.mock.timers.tick(PULSE)
  state.isAway = true
  const recovering = stateOf(2, 'recovering')
  await play([feed.events(states[0]!, recovering)])
  assert.deepEqual(eventsOf(gateway.take(app)), [...states, recovering])
  assert.equal(warnings.filter(([message]) => message === 'an event could not be stored').length, 2)
  source.client.destroy()
})

test('a task that was replaced is heard no more, and the new one is told as it says', async t => {
  start(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  const old = stateOf(1)
  await play([feed.events(old)])
  t.mock.timers.tick(PULSE)
  const next = stateOf(1)
  await play([feed.events(next)])
  t.mock.timers.tick(PULSE)
  await play([feed.events(old)])
  const ofOne = eventsOf(gateway.take(app)).filter(event => event.type === 'line' && event.line === 1)
  assert.deepEqual(ofOne, [old, next])
  assert.deepEqual(await stateIn(1), next)
})
