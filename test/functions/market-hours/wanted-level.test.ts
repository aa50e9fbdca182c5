import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PLAN } from '../../../cdk/plan.ts'
import { bordersOf, nextBorder } from '../../../functions/market-hours/trading-day.ts'
import { type LevelInput, type Signals, wantedLevel } from '../../../functions/market-hours/wanted-level.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { momentFromIso, momentToIso } from '../../../market/moment.ts'
import { asTradingDate, type EpochMicros } from '../../../market/units.ts'

/** A moment of Friday, 2026-11-20, or of another date: `09:00`, `2026-11-22T20:00`. */
const at = (time: string): EpochMicros => {
  const moment = momentFromIso(`${time.includes('T') ? time : `2026-11-20T${time}`}:00+09:00`)
  assert.ok(moment)
  return moment
}
const QUIET: Signals = {
  linePhase: undefined,
  lastTicks: undefined,
  newest: asTradingDate(20261120),
  archived: 'whole',
}
const choose = (time: string, input: Partial<LevelInput> = {}) =>
  wantedLevel({
    now: at(time),
    plan: PLAN,
    calendar: RULES,
    hold: undefined,
    signals: QUIET,
    hasTasks: true,
    ...input,
  })
const levelAt = (time: string, input?: Partial<LevelInput>) => choose(time, input).level

test('a trading date goes through the levels of the plan', () => {
  const levels = [
    ['00:00', 'asleep'],
    ['07:29', 'asleep'],
    ['07:30', 'warm'],
    ['07:49', 'warm'],
    ['07:50', 'peak'],
    ['08:09', 'peak'],
    ['08:10', 'awake'],
    ['08:44', 'awake'],
    ['08:45', 'peak'],
    ['09:14', 'peak'],
    ['09:15', 'awake'],
    ['11:30', 'awake'],
    ['12:30', 'awake'],
    ['15:34', 'awake'],
    ['15:35', 'warm'],
    ['16:29', 'warm'],
    ['16:30', 'asleep'],
    ['23:59', 'asleep'],
  ] as const
  for (const [time, level] of levels) assert.equal(levelAt(time, { hasTasks: false }), level, time)
})

test('before 2024-11-05 the close is half an hour earlier; on a holiday nothing happens', () => {
  const times = (date: number) =>
    bordersOf(PLAN, RULES, asTradingDate(date)).map(time => momentToIso(time).slice(11, 16))
  const morning = ['07:30', '07:50', '08:00', '08:10', '08:45', '09:00', '09:15', '11:30']
  assert.deepEqual(times(20241101), [...morning, '12:30', '15:00', '15:05', '16:00'])
  assert.deepEqual(times(20241105), [...morning, '12:30', '15:25', '15:30', '15:35', '16:30'])
  assert.equal(levelAt('2026-11-23T09:00', { hasTasks: false }), 'asleep')
})

test('the next border is the next change of phase or level, also over a weekend with a holiday', () => {
  const next = (time: string) => {
    const { time: moment, ...rest } = nextBorder(PLAN, RULES, at(time))
    return { time: momentToIso(moment).slice(0, 16), ...rest }
  }
  assert.deepEqual(next('08:00'), { time: '2026-11-20T08:10', phase: 'order-acceptance', level: 'awake' })
  assert.deepEqual(next('08:45'), { time: '2026-11-20T09:00', phase: 'morning', level: 'peak' })
  assert.deepEqual(next('15:20'), { time: '2026-11-20T15:25', phase: 'closing', level: 'awake' })
  assert.deepEqual(next('16:30'), { time: '2026-11-24T07:30', phase: 'warm-up', level: 'warm' })
  assert.deepEqual(next('03:00'), { time: '2026-11-20T07:30', phase: 'warm-up', level: 'warm' })
})

test('a hold beats the calendar until it ends, and an open hold does not end a peak', () => {
  const hold = { mode: 'open', until: at('18:00'), reason: 'a test of the line' } as const
  const held = choose('17:59', { hold })
  assert.equal(held.level, 'awake')
  assert.equal(held.reason, 'hold open until 2026-11-20T18:00:00.000000+09:00: a test of the line')
  assert.equal(levelAt('18:00', { hold }), 'asleep')
  assert.equal(levelAt('09:00', { hold }), 'peak')
  const closed = { ...hold, mode: 'closed' } as const
  assert.equal(levelAt('09:00', { hold: closed }), 'asleep')
  // A hold stops no task of a market that is open, or of which nothing is known.
  assert.equal(levelAt('09:00', { hold: closed, signals: { ...QUIET, linePhase: 'morning' } }), 'awake')
  assert.deepEqual(
    [choose('09:00', { hold: closed }), choose('09:00', { hold: closed, signals: undefined })].map(
      ({ level, keepsAll }) => [level, keepsAll],
    ),
    [
      ['asleep', false],
      ['warm', true],
    ],
  )
})

test('a late close, a halt and a special session beat the calendar', () => {
  for (const linePhase of ['order-acceptance', 'morning', 'lunch', 'afternoon', 'closing'] as const) {
    const { level, reason, keepsAll } = choose('17:00', { signals: { ...QUIET, linePhase } })
    assert.deepEqual([level, reason, keepsAll], ['awake', `a line reports the phase ${linePhase}`, true])
  }
  for (const linePhase of ['closed', 'warm-up', 'wind-down'] as const)
    assert.equal(levelAt('17:00', { signals: { ...QUIET, linePhase } }), 'asleep')
  const ticks = { ...QUIET, lastTicks: at('17:00') }
  assert.deepEqual(
    [choose('17:09', { signals: ticks }).keepsAll, levelAt('17:09', { signals: ticks })],
    [true, 'warm'],
  )
  assert.deepEqual(
    [choose('17:10', { signals: ticks }).keepsAll, levelAt('17:10', { signals: ticks })],
    [false, 'asleep'],
  )
})

test('nothing becomes less while nobody knows whether the market is open', () => {
  const { level, keepsAll } = choose('17:00', { signals: undefined })
  assert.deepEqual([level, keepsAll], ['warm', true])
  // Without tasks there is nothing to keep.
  const asleep = choose('17:00', { signals: undefined, hasTasks: false })
  assert.deepEqual([asleep.level, asleep.keepsAll], ['archiving', false])
})

test('the tasks wait for the first archive of the day, and the shards for the final one, until a latest time', () => {
  const none = { ...QUIET, archived: undefined }
  const close = { ...QUIET, archived: 'close' } as const
  assert.equal(levelAt('17:29', { signals: none }), 'warm')
  assert.equal(levelAt('17:30', { signals: none }), 'archiving')
  assert.equal(levelAt('16:31', { signals: none, hasTasks: false }), 'archiving')
  assert.equal(levelAt('16:31', { signals: close }), 'archiving')
  assert.equal(levelAt('20:29', { signals: close }), 'archiving')
  assert.equal(levelAt('20:30', { signals: close }), 'asleep')
  assert.equal(choose('17:29', { signals: none }).late, undefined)
  assert.equal(choose('17:30', { signals: none }).late, 'expected a whole archive of 2026-11-20, got none')
  assert.equal(choose('20:29', { signals: close }).late, undefined)
  assert.equal(
    choose('20:30', { signals: close }).late,
    'expected a whole archive of 2026-11-20, got stage close',
  )
  assert.equal(choose('2026-11-23T09:00', { signals: close }).late?.includes('2026-11-20'), true)
  assert.equal(choose('20:30').late, undefined)
})

test('an archive that cannot be read keeps the tasks as one that is not begun, and is not late', () => {
  const unread = { ...QUIET, archived: 'unknown' } as const
  const { level, reason, late } = choose('17:29', { signals: unread })
  assert.deepEqual([level, reason, late], ['warm', 'the archive of 2026-11-20 is not known', undefined])
  const evening = choose('17:30', { signals: unread })
  assert.deepEqual([evening.level, evening.late], ['archiving', undefined])
  assert.equal(choose('20:30', { signals: unread }).late, undefined)
  assert.equal(choose('2026-11-24T03:00', { signals: unread }).late, undefined)
})

test('the archive of a date of which no line has published anything is not late', () => {
  const lateFor = (newest: number | undefined, archived: 'final' | undefined) => {
    const date = newest === undefined ? undefined : asTradingDate(newest)
    return choose('2026-11-22T12:00', { signals: { ...QUIET, newest: date, archived }, hasTasks: false }).late
  }
  for (const archived of [undefined, 'final'] as const) {
    // A new stack, and a stack that last had ticks the day before.
    assert.equal(lateFor(undefined, archived), undefined)
    assert.equal(lateFor(20261119, archived), undefined)
  }
  assert.equal(lateFor(20261120, undefined), 'expected a whole archive of 2026-11-20, got none')
  assert.equal(lateFor(20261120, 'final'), 'expected a whole archive of 2026-11-20, got stage final')
  // Ticks of a test on Saturday do not hide that Friday is not archived.
  assert.equal(lateFor(20261121, undefined), 'expected a whole archive of 2026-11-20, got none')
})

test('the maintenance window is on Sunday night, and never while tasks run or a hold holds', () => {
  const idle = { hasTasks: false }
  for (const [time, is] of [
    ['2026-11-22T19:59', false],
    ['2026-11-22T20:00', true],
    ['2026-11-22T23:59', true],
    ['2026-11-23T00:00', false],
    ['2026-11-21T21:00', false],
  ] as const)
    assert.equal(choose(time, idle).maintenance, is, time)
  assert.equal(choose('2026-11-22T21:00').maintenance, false)
  const hold = { mode: 'open', until: at('2026-11-22T22:00'), reason: '' } as const
  assert.equal(choose('2026-11-22T21:00', { ...idle, hold }).maintenance, false)
})

test('tasks run from the warm-up to the close on every trading date, whatever the signals are', () => {
  const minute = fc
    .integer({ min: 0, max: 365 * 24 * 60 })
    .map(minutes => (at('2026-01-01T00:00') + minutes * 60e6) as EpochMicros)
  const signals: fc.Arbitrary<Signals | undefined> = fc.option(
    fc.record({
      linePhase: fc.constantFrom(undefined, 'morning' as const, 'closed' as const),
      lastTicks: fc.option(minute, { nil: undefined }),
      newest: fc.constantFrom(undefined, asTradingDate(20260105)),
      archived: fc.constantFrom(undefined, 'close' as const, 'final' as const, 'whole' as const),
    }),
    { nil: undefined },
  )
  fc.assert(
    fc.property(minute, signals, fc.boolean(), (now, signs, hasTasks) => {
      const { phase, level } = wantedLevel({
        now,
        plan: PLAN,
        calendar: RULES,
        hold: undefined,
        signals: signs,
        hasTasks,
      })
      if (phase !== 'closed') assert.ok(PLAN.levels[level].tasks > 0)
      if (phase === 'closed' && !hasTasks) assert.equal(PLAN.levels[level].tasks, 0)
    }),
  )
})
