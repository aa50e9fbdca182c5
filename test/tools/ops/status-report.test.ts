import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { asEpochMillis } from '../../../market/units.ts'
import type { Lease } from '../../../tables/control/lease-item.ts'
import type { MarketState } from '../../../tables/control/market-state.ts'
import type { Standby } from '../../../tables/control/standby-item.ts'
import { type LineTasks, lineTasks } from '../../../tools/ops/line-tasks.ts'
import { problemsOf, statusReport } from '../../../tools/ops/status-report.ts'
import { statusText } from '../../../tools/ops/status-text.ts'

const at = (clock: string): string => `2026-11-20T${clock}:00.000000+09:00`

const AWAKE: MarketState = {
  time: at('09:07'),
  phase: 'morning',
  level: 'awake',
  reason: 'calendar',
  keepsAll: true,
  maintenance: false,
  next: { time: at('11:30'), phase: 'lunch', level: 'awake' },
  planned: [
    { kind: 'tasks', name: 'line 1', value: 2 },
    { kind: 'tasks', name: 'line 2', value: 2 },
    { kind: 'provisioned', name: 'connect', value: 'none' },
    { kind: 'alarms', name: 'trading', value: true },
  ],
  found: [
    { kind: 'tasks', name: 'line 1', value: 2, running: 2 },
    { kind: 'tasks', name: 'line 2', value: 2, running: 2 },
    { kind: 'provisioned', name: 'connect', value: 'none' },
    { kind: 'alarms', name: 'trading', value: true },
  ],
  moves: [],
  failures: [],
}
const LAST: MarketState = { ...AWAKE, time: at('09:05') }
const HOLDER = { task: 'aaaaaaaa-1111', alive: true }
const STANDBY = { task: 'bbbbbbbb-2222', alive: true, ready: true }
const LINES: LineTasks[] = [
  { line: 1, holder: HOLDER, standby: STANDBY },
  { line: 2, holder: HOLDER, standby: STANDBY },
]

suite('the problems of a status', () => {
  test('are none if everything is as planned', () => {
    assert.deepEqual(problemsOf({ look: AWAKE, last: LAST, lines: LINES }), [])
  })

  test('are not differences that the next run is to settle', () => {
    const moves = [
      { kind: 'provisioned', name: 'connect', from: 40, to: 'none', result: 'later', reason: 'look' },
    ] as const
    const look: MarketState = { ...AWAKE, moves }
    assert.deepEqual(problemsOf({ look, last: LAST, lines: LINES }), [])
    const last: MarketState = { ...LAST, moves: [{ ...moves[0], reason: 'another change' }] }
    assert.deepEqual(problemsOf({ look, last, lines: LINES }), [
      'provisioned connect is still 40, not none: another change',
    ])
    // A run that wanted another value has not tried this move.
    const other: MarketState = { ...LAST, moves: [{ ...moves[0], to: 50 }] }
    assert.deepEqual(problemsOf({ look, last: other, lines: LINES }), [])
  })

  test('are runs that failed, are late, or are missing', () => {
    const failures = [{ what: 'shards ticks', error: 'LimitExceededException' }]
    assert.deepEqual(problemsOf({ look: AWAKE, last: { ...LAST, failures }, lines: LINES }), [
      'the last run: shards ticks: LimitExceededException',
    ])
    assert.deepEqual(problemsOf({ look: { ...AWAKE, failures }, last: LAST, lines: LINES }), [
      'shards ticks: LimitExceededException',
    ])
    assert.deepEqual(problemsOf({ look: AWAKE, last: undefined, lines: LINES }), [
      'market-hours has not run yet',
    ])
    assert.deepEqual(problemsOf({ look: { ...AWAKE, late: 'not archived' }, last: LAST, lines: LINES }), [
      'not archived',
    ])
    const onTime = { ...LAST, time: at('08:56') }
    assert.deepEqual(problemsOf({ look: AWAKE, last: onTime, lines: LINES }), [])
    const overdue = { ...LAST, time: at('08:55') }
    assert.deepEqual(problemsOf({ look: AWAKE, last: overdue, lines: LINES }), [
      `the last run of market-hours was at ${at('08:55')}; it should run every five minutes`,
    ])
  })

  test('are lines without a task that publishes, and lines without a standby', () => {
    const lines: LineTasks[] = [
      { line: 1, holder: { ...HOLDER, alive: false }, standby: STANDBY },
      { line: 2, holder: HOLDER, standby: { ...STANDBY, ready: false } },
    ]
    assert.deepEqual(problemsOf({ look: AWAKE, last: LAST, lines }), [
      'line 1: no task publishes',
      'line 2: no standby is ready; if the task aaaaaaaa fails, the line waits',
    ])
  })

  test('are not tasks that the last run has just started', () => {
    const found = LAST.found.map(value => (value.kind === 'tasks' ? { ...value, running: 0 } : value))
    const lines: LineTasks[] = [{ line: 1 }, { line: 2 }]
    assert.deepEqual(problemsOf({ look: AWAKE, last: { ...LAST, found }, lines }), [])
  })

  test('are not missing standbys of a stage with a task a line', () => {
    const one = (state: MarketState): MarketState => ({
      ...state,
      planned: state.planned.map(value => (value.kind === 'tasks' ? { ...value, value: 1 } : value)),
      found: state.found.map(value => (value.kind === 'tasks' ? { ...value, value: 1, running: 1 } : value)),
    })
    const lines: LineTasks[] = [
      { line: 1, holder: HOLDER },
      { line: 2, holder: HOLDER },
    ]
    assert.deepEqual(problemsOf({ look: one(AWAKE), last: one(LAST), lines }), [])
  })
})

suite('the tasks of a line', () => {
  const lease = (task: string, beat: number, released = false): Lease => ({
    task,
    epoch: asEpochMillis(1),
    beat,
    released,
    works: true,
    published: undefined,
  })
  const standby = (task: string, beat: number, ready = true): Standby => ({ task, beat, ready, position: 0 })

  test('are alive if their beat moves', () => {
    const before = { lease: lease('a', 7), standby: standby('b', 3) }
    assert.deepEqual(lineTasks(2, before, { lease: lease('a', 11), standby: standby('b', 5) }), {
      line: 2,
      holder: { task: 'a', alive: true },
      standby: { task: 'b', alive: true, ready: true },
    })
    assert.deepEqual(lineTasks(2, before, before), {
      line: 2,
      holder: { task: 'a', alive: false },
      standby: { task: 'b', alive: false, ready: true },
    })
  })

  test('include a task that has just taken the lease', () => {
    const before = { lease: lease('a', 7), standby: standby('b', 3) }
    const after = { lease: { ...lease('b', 7), epoch: asEpochMillis(2) }, standby: standby('b', 3) }
    assert.deepEqual(lineTasks(1, before, after), { line: 1, holder: { task: 'b', alive: true } })
  })

  test('do not include a task that released the lease', () => {
    const items = { lease: lease('a', 7, true), standby: undefined }
    assert.deepEqual(lineTasks(1, items, items), { line: 1 })
    const none = { lease: undefined, standby: undefined }
    assert.deepEqual(lineTasks(1, none, none), { line: 1 })
  })
})

test('the text of a status has a line a resource, and marks what will change', () => {
  const look: MarketState = {
    ...AWAKE,
    hold: { mode: 'open', until: at('17:00'), reason: 'late close' },
    found: [
      { kind: 'tasks', name: 'line 1', value: 2, running: 1 },
      { kind: 'provisioned', name: 'connect', value: 40, busy: true },
      { kind: 'alarms', name: 'trading', value: false },
    ],
    moves: [{ kind: 'alarms', name: 'trading', from: false, to: true, result: 'later' }],
  }
  const report = statusReport({ look, last: { ...LAST, moves: look.moves }, lines: LINES })
  assert.equal(
    statusText('stack Itastream', report),
    `itastream, stack Itastream

  market time   2026-11-20 09:07:00 in Tokyo, morning
  level         awake (calendar)
  hold          open until 2026-11-20 17:00: late close
  next change   2026-11-20 11:30: lunch, awake
  last run      2026-11-20 09:05:00

  resource              plan   now
  tasks line 1             2     2   1 running, aaaaaaaa publishes, bbbbbbbb ready
  tasks line 2             2     ?   could not be read, aaaaaaaa publishes, bbbbbbbb ready
  provisioned connect   none    40   changing
≠ alarms trading          on   off

Problems:
  - alarms trading is still off, not on
`,
  )
})

test('a hold that has ended is not shown', () => {
  const hold = { mode: 'open', until: at('09:07'), reason: '' } as const
  assert.equal(statusReport({ look: { ...AWAKE, hold }, last: LAST, lines: LINES }).hold, undefined)
})
