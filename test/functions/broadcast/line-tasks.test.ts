/** The state of a line whose two tasks report it, one after the other. */
import assert from 'node:assert/strict'
import { after, beforeEach, type TestContext, test } from 'node:test'
import type { EventOf, LineState } from '../../../market/market-event.ts'
import { momentToIso } from '../../../market/moment.ts'
import { addMillis, asEpochMicros, nowMillis } from '../../../market/units.ts'
import { readStatus } from '../../../tables/boards/boards-table.ts'
import { SILENT_AFTER_MS } from '../../../tables/boards/line-record.ts'
import { eventsOf, openStage } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'

const { gateway, boards, environment, connect, clear, close } = await openStage()
beforeEach(clear)
after(close)

/** Time between two reports of a task (ms). */
const REPORT_EVERY_MS = 3_000

/** Each test has its own hour, later than the hours of earlier tests: the table keeps the states of earlier tests. */
let hours = 0
function startHour(t: TestContext): void {
  const now = Date.parse('2026-11-20T09:00:00+09:00') + 3_600_000 * hours++
  t.mock.timers.enable({ apis: ['Date'], now })
}

/** @param ago ms before now at which the connections of the task came into this state. */
const lineEvent = (line: number, state: LineState, ago = 0): EventOf<'line'> => ({
  type: 'line',
  line,
  state,
  since: momentToIso(asEpochMicros((Date.now() - ago) * 1000)),
})

const storedState = async (line: number): Promise<EventOf<'line'> | undefined> =>
  (await readStatus(boards)).lines.find(event => event.line === line)

/** Two tasks of a line. The second one follows the first record of the first one. */
function twoTasks() {
  const epoch = nowMillis()
  return [createFeed(epoch), createFeed(addMillis(epoch, 1), { epoch, counter: 1 })] as const
}

test('apps notice nothing when a task takes over whose own connections were live earlier', async t => {
  startHour(t)
  const { play, warnings } = environment()
  const [old, next] = twoTasks()
  const app = await connect()
  const live = lineEvent(1, 'live')
  await play([old.events(live)])
  const other = lineEvent(1, 'live', 1_800_000)
  for (let time = 0; time <= 2 * SILENT_AFTER_MS; time += REPORT_EVERY_MS) {
    t.mock.timers.tick(REPORT_EVERY_MS)
    await play([next.events(other)])
    assert.deepEqual(await storedState(1), live)
  }
  const recovering = lineEvent(1, 'recovering')
  await play([next.events(recovering)])
  assert.deepEqual(eventsOf(gateway.take(app)), [live, recovering])
  assert.deepEqual(warnings, [])
})

test('a replaced task that reports its end does not make the line stale', async t => {
  startHour(t)
  const { play } = environment()
  const [old, next] = twoTasks()
  const app = await connect()
  const live = lineEvent(2, 'live')
  await play([old.events(live)])
  await play([next.events(live)])
  t.mock.timers.tick(100)
  const stale = lineEvent(2, 'stale')
  await play([old.events(stale)])
  // An environment that does not know the lane has the record alone.
  await environment().play([old.events(stale)])
  for (let time = 0; time <= 2 * SILENT_AFTER_MS; time += REPORT_EVERY_MS) {
    t.mock.timers.tick(REPORT_EVERY_MS)
    await play([next.events(live)])
  }
  const events = eventsOf(gateway.take(app)).filter(event => event.type === 'line' && event.line === 2)
  assert.deepEqual(events, [live])
  assert.deepEqual(await storedState(2), live)
})

test('a task whose epoch is older counts again once the newer task is silent', async t => {
  startHour(t)
  const { play } = environment()
  const [old, next] = twoTasks()
  await play([next.events(lineEvent(3, 'live'))])
  t.mock.timers.tick(SILENT_AFTER_MS + 1)
  await play([])
  assert.equal((await storedState(3))?.state, 'stale')
  t.mock.timers.tick(1)
  await environment().play([old.events(lineEvent(3, 'live'))])
  assert.equal((await storedState(3))?.state, 'live')
})
