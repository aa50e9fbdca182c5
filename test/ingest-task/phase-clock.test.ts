import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { PhaseClock } from '../../ingest-task/phase-clock.ts'
import { Calendar, RULES } from '../../market/calendar/calendar.ts'
import { parseExceptions } from '../../market/calendar/exceptions-text.ts'
import { type Clock, shiftedClock } from '../../market/clock.ts'
import { isoTime, momentFromIso, momentOf, timeOfDay } from '../../market/moment.ts'
import { type EpochMicros, nowMillis, toEpochMillis } from '../../market/units.ts'
import { until } from '../until.ts'

/** Market seconds in a real second: an hour takes a real second. */
const SPEED = 3_600

/** A moment of 2026-11-20, a Friday, or of another date. */
function at(time: string): EpochMicros {
  const moment = momentFromIso(`${time.includes('T') ? time : `2026-11-20T${time}`}:00+09:00`)
  assert.ok(moment)
  return moment
}

/** Runs a clock of phases from a market time on, and collects what it reports. */
function start(t: TestContext, time: string, calendar: () => Promise<Calendar> = async () => RULES) {
  const clock = shiftedClock([{ real: nowMillis(), market: toEpochMillis(at(time)), speed: SPEED }])
  const begun: string[] = []
  /** From the start of each phase to its report, market seconds. */
  const delays: number[] = []
  const unread: unknown[] = []
  const phases = new PhaseClock({
    clock,
    calendar,
    unread: error => unread.push(error),
    begun(date, { phase, time: since }) {
      begun.push(`${isoTime(date, since).slice(0, 16)} ${phase}`)
      delays.push((clock.now() - momentOf(date, since)) / 1e6)
    },
  })
  t.after(() => phases.close())
  return { begun, delays, unread, phases, clock }
}

test('each phase is reported a second after it begins, and by itself none that began before the task', async t => {
  const { begun, delays } = start(t, '11:29')
  await until(() => begun.length >= 5, 'the phases of an afternoon', { limitMs: 20_000 })
  assert.deepEqual(begun.slice(0, 5), [
    '2026-11-20T11:30 lunch',
    '2026-11-20T12:30 afternoon',
    '2026-11-20T15:25 closing',
    '2026-11-20T15:30 wind-down',
    '2026-11-20T16:30 closed',
  ])
  // A timer is never early.
  for (const delay of delays) assert.ok(delay >= 1, String(delay))
})

test('after a pause of the process only the phase that is still true is reported', async t => {
  let now = at('08:59')
  const clock: Clock = { now: () => now, speed: () => 1, realMillisecondsUntil: () => 20 }
  const begun: string[] = []
  const phases = new PhaseClock({
    clock,
    calendar: async () => RULES,
    unread: assert.fail,
    begun: (_, { phase }) => begun.push(phase),
  })
  t.after(() => phases.close())
  await sleep(60)
  assert.deepEqual(begun, [])
  now = at('12:45')
  await until(() => begun.length > 0, 'a phase')
  await sleep(60)
  assert.deepEqual(begun, ['afternoon'])
})

test('a task that begins to publish reports the phase that began before it', async t => {
  let now = at('07:30')
  const clock: Clock = { now: () => now, speed: () => 1, realMillisecondsUntil: () => 60_000 }
  const begun: string[] = []
  const phases = new PhaseClock({
    clock,
    calendar: async () => RULES,
    unread: assert.fail,
    begun: (date, { phase, time }) => begun.push(`${isoTime(date, time).slice(0, 16)} ${phase}`),
  })
  t.after(() => phases.close())
  for (const [time, reported] of [
    // The line has a second to say that a phase has begun.
    ['07:30', []],
    ['07:31', ['2026-11-20T07:30 warm-up']],
    ['12:00', ['2026-11-20T11:30 lunch']],
    ['17:00', ['2026-11-20T16:30 closed']],
    ['06:00', []],
    ['2026-11-21T10:00', []],
  ] as const) {
    now = at(time)
    await phases.repeat()
    assert.deepEqual(begun.splice(0), reported, time)
  }
  now = at('10:00')
  phases.close()
  await phases.repeat()
  assert.deepEqual(begun, [])
})

test('hours of an exception count, and the rules if the calendar cannot be read', async t => {
  const hours = { orders: '08:00', morning: '09:00-11:30', afternoon: null }
  const halfDay = { kind: 'hours', date: '2026-11-20', note: '半日立会', hours }
  const { exceptions } = parseExceptions(JSON.stringify({ version: 0, exceptions: [halfDay] }))
  const half = start(t, '11:29', async () => new Calendar(exceptions))
  await until(() => half.begun.length >= 2, 'the phases of half a day', { limitMs: 20_000 })
  assert.deepEqual(half.begun.slice(0, 2), ['2026-11-20T11:30 wind-down', '2026-11-20T12:30 closed'])
  assert.deepEqual(half.unread, [])
  const away = new Error('the table is away')
  const without = start(t, '08:59', () => Promise.reject(away))
  await until(() => without.begun.length >= 1, 'the phase of the morning')
  assert.deepEqual([without.begun[0], without.unread[0]], ['2026-11-20T09:00 morning', away])
})

test('nothing is reported on a date without trading, nor after the end of the task', async t => {
  const holiday = start(t, '2026-11-23T07:29')
  const closed = start(t, '08:59')
  closed.phases.close()
  await until(() => timeOfDay(holiday.clock.now()) > 10 * 3_600e6, "ten o'clock")
  assert.deepEqual([holiday.begun, closed.begun], [[], []])
})
