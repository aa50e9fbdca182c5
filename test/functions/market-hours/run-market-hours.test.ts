import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PLAN } from '../../../cdk/plan.ts'
import {
  lookAtMarketHours,
  runMarketHours,
  SKIPPED,
} from '../../../functions/market-hours/run-market-hours.ts'
import { at, MarketWorld } from './market-world.ts'

const TASKS = PLAN.levels.awake.tasks

test('a run moves everything to the level of the moment, and writes what it found and did', async () => {
  const world = new MarketWorld()
  const { planned, found, moves, ...rest } = await world.run('07:30')
  assert.deepEqual(rest, {
    time: '2026-11-20T07:30:00.000000+09:00',
    phase: 'warm-up',
    level: 'warm',
    reason: 'phase warm-up',
    keepsAll: false,
    maintenance: false,
    next: { time: '2026-11-20T07:50:00.000000+09:00', phase: 'warm-up', level: 'peak' },
    failures: [],
    progress: { mark: '', at: '2026-11-20T07:30:00.000000+09:00' },
  })
  assert.deepEqual(moves.slice(-2), [
    { kind: 'tasks', name: 'line 3', from: 0, to: TASKS, result: 'done' },
    { kind: 'canary', name: 'schedule', from: false, to: true, result: 'done' },
  ])
  assert.equal(found.find(({ kind, name }) => kind === 'tasks' && name === 'line 3')?.value, 0)
  assert.equal(planned.find(({ kind, name }) => kind === 'tasks' && name === 'line 3')?.value, TASKS)
  assert.deepEqual(world.state, { ...rest, planned, found, moves })
  assert.deepEqual((await world.run('07:35')).moves, [])
  assert.equal(world.isLocked, false)
})

test('a run of a day: the tasks start at 7:30, and stop after the wind-down', async () => {
  const world = new MarketWorld()
  const seen: string[] = []
  let last = ''
  for (let minute = 0; minute < 24 * 60; minute += 5) {
    const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
    if (time === '15:45') world.archived = 'close'
    if (time === '07:40') world.archived = undefined
    if (time === '16:40') world.archived = 'whole'
    await world.run(time)
    const now = `tasks ${world.valuesOf('tasks').join()} connect ${world.values.get('provisioned connect')} alarms ${world.valuesOf('alarms').join()}`
    if (now !== last) seen.push(`${time} ${now}`)
    last = now
  }
  const tasks = `${TASKS},${TASKS},${TASKS}`
  const { connect } = PLAN.levels.peak.provisioned
  const peak = (from: string, to: string): string[] => [
    `${from} tasks ${tasks} connect ${connect} alarms true`,
    `${to} tasks ${tasks} connect none alarms true`,
  ]
  assert.deepEqual(seen, [
    '00:00 tasks 0,0,0 connect none alarms false',
    `07:30 tasks ${tasks} connect none alarms false`,
    ...peak('07:50', '08:10'),
    ...peak('08:45', '09:15'),
    `15:35 tasks ${tasks} connect none alarms false`,
    '16:30 tasks 0,0,0 connect none alarms false',
  ])
})

test('a run does nothing while another run holds the lock, and everything if there is no lock to be had', async () => {
  const world = new MarketWorld()
  world.isLocked = true
  assert.equal(await runMarketHours(world.ports, at('09:00')), SKIPPED)
  assert.deepEqual(world.log, [])
  world.broken.add('lock')
  const { failures, moves } = await world.run('09:00')
  assert.deepEqual(failures, [{ what: 'lock', error: 'Error: lock is away' }])
  assert.ok(moves.length > 10)
})

test('tables that are away do not keep the market closed', async () => {
  const world = new MarketWorld()
  for (const part of [
    'lock',
    'hold',
    'state',
    'calendar',
    'archive',
    'phase of the lines',
    'progress of the lines',
  ])
    world.broken.add(part)
  const { failures, level } = await world.run('08:50')
  assert.equal(level, 'peak')
  assert.deepEqual(world.valuesOf('tasks'), [TASKS, TASKS, TASKS])
  // Reading the state, and writing it.
  assert.deepEqual(failures.map(({ what }) => what).sort(), [
    'archive',
    'calendar',
    'hold',
    'lock',
    'phase of the lines',
    'progress of the lines',
    'state',
    'state',
  ])
})

test('a resource that fails or has to wait stops no other, and the next run tries again', async () => {
  const world = new MarketWorld()
  world.broken.add('tasks line 2').add('provisioned broadcast!')
  world.limited.add('reserved connect')
  const { moves, failures } = await world.run('07:30')
  assert.deepEqual(world.valuesOf('tasks'), [TASKS, 0, TASKS])
  assert.deepEqual(failures, [
    { what: 'tasks line 2', error: 'Error: tasks line 2 is away' },
    { what: 'provisioned broadcast', error: 'Error: provisioned broadcast! is away' },
  ])
  assert.deepEqual(
    moves
      .filter(({ result }) => result !== 'done')
      .map(({ kind, name, result, reason }) => [kind, name, result, reason]),
    [
      ['reserved', 'connect', 'later', 'LimitExceededException: ten a day'],
      ['provisioned', 'broadcast', 'failed', 'Error: provisioned broadcast! is away'],
    ],
  )
  world.broken.clear()
  world.limited.clear()
  assert.deepEqual((await world.run('07:35')).failures, [])
  assert.deepEqual(world.valuesOf('tasks'), [TASKS, TASKS, TASKS])
  assert.deepEqual((await world.run('07:40')).moves, [])
})

test('a peak whose first run is lost still has five minutes to get ready', async () => {
  const { connect } = PLAN.levels.peak.provisioned
  for (const [before, lost, next, moment] of [
    ['07:45', '07:50', '07:55', '08:00'],
    ['08:40', '08:45', '08:50', '09:00'],
  ] as const) {
    const world = new MarketWorld()
    assert.equal((await world.run(before)).level === 'peak', false, before)
    assert.equal((await lookAtMarketHours(world.ports, at(lost))).level, 'peak', lost)
    await world.run(next)
    assert.equal(world.values.get('provisioned connect'), connect, next)
    assert.ok(at(moment) - at(next) >= 5 * 60_000_000, moment)
  }
})

test('an archive that cannot be read is a failure, and is not late', async () => {
  const world = new MarketWorld()
  world.archived = undefined
  assert.equal((await world.run('2026-11-21T03:00')).late, 'expected a whole archive of 2026-11-20, got none')
  world.broken.add('archive')
  const { late, failures } = await world.run('2026-11-21T03:05')
  assert.deepEqual([late, failures], [undefined, [{ what: 'archive', error: 'Error: archive is away' }]])
  world.broken.clear()
  world.newest = undefined
  assert.equal((await world.run('2026-11-21T03:10')).late, undefined)
})

test('the alarms of trading notify while ticks come after the close, and no line reports a phase', async () => {
  const world = new MarketWorld()
  for (const [index, time] of ['15:30', '15:35', '15:40'].entries()) {
    world.mark = `20261120 ${index}`
    await world.run(time)
    assert.deepEqual(world.valuesOf('alarms'), [true], time)
  }
  assert.deepEqual([(await world.run('15:45')).level, world.valuesOf('alarms')], ['warm', [true]])
  // Ten minutes after the last ticks.
  assert.deepEqual([(await world.run('15:50')).level, world.valuesOf('alarms')], ['warm', [false]])
  // Later ticks keep the tasks, and switch no alarm on: by the plan it is off.
  world.mark = '20261120 4'
  await world.run('15:55')
  assert.deepEqual(world.valuesOf('alarms'), [false])
})

test('ticks that still come keep the tasks, for ten minutes after the last ones', async () => {
  const world = new MarketWorld()
  for (const [index, time] of ['16:20', '16:25', '16:30', '16:35'].entries()) {
    world.mark = `20261120 ${index}`
    const { level } = await world.run(time)
    assert.equal(level, 'warm', time)
  }
  assert.equal((await world.run('16:40')).reason, 'ticks come')
  assert.equal((await world.run('16:45')).level, 'asleep')
  assert.deepEqual(world.valuesOf('tasks'), [0, 0, 0])
})

test('a hold that cannot be read keeps what runs, and an open hold starts the tasks on a holiday', async () => {
  const world = new MarketWorld()
  world.hold = { mode: 'open', until: at('2026-11-23T18:00'), reason: 'a special session' }
  const held = await world.run('2026-11-23T10:00')
  assert.deepEqual([held.level, world.valuesOf('tasks')], ['awake', [TASKS, TASKS, TASKS]])
  assert.deepEqual(held.hold, {
    mode: 'open',
    until: '2026-11-23T18:00:00.000000+09:00',
    reason: 'a special session',
  })
  world.broken.add('hold')
  assert.equal((await world.run('2026-11-23T10:05')).level, 'warm')
  assert.deepEqual(world.valuesOf('tasks'), [TASKS, TASKS, TASKS])
  world.broken.clear()
  await world.run('2026-11-23T18:00')
  assert.deepEqual(world.valuesOf('tasks'), [0, 0, 0])
})

test('missed, doubled and late runs change nothing about where the day ends', async () => {
  const minutes = fc.array(fc.integer({ min: 0, max: 24 * 60 - 1 }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(
      minutes,
      fc.constantFrom('08:59', '12:00', '15:29', '16:29', '23:00'),
      async (runs, time) => {
        const [hours = 0, rest = 0] = time.split(':').map(Number)
        const world = new MarketWorld()
        for (const minute of [...runs].filter(each => each <= hours * 60 + rest).sort((a, b) => a - b)) {
          const text = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
          await world.run(text)
          await world.run(text)
        }
        // The second run makes the moves that have to wait until the tasks are stopped.
        await world.run(time)
        await world.run(time)
        const plain = new MarketWorld()
        await plain.run(time)
        assert.deepEqual(world.values, plain.values)
      },
    ),
    { numRuns: 50 },
  )
})

test('tasks that run go on while the exceptions of the calendar cannot be read', async () => {
  const world = new MarketWorld()
  await world.run('15:40')
  world.archived = 'whole'
  world.broken.add('calendar')
  const { level, reason } = await world.run('18:00')
  assert.deepEqual([level, reason], ['warm', 'it is not known whether the market is open'])
  assert.deepEqual(world.valuesOf('tasks'), [TASKS, TASKS, TASKS])
  world.broken.delete('calendar')
  assert.equal((await world.run('18:05')).level, 'asleep')
  assert.deepEqual(world.valuesOf('tasks'), [0, 0, 0])
})

test('a look returns what a run would do, and changes nothing', async () => {
  const world = new MarketWorld()
  world.isLocked = true
  const { moves, level } = await lookAtMarketHours(world.ports, at('09:00'))
  assert.equal(level, 'peak')
  assert.deepEqual(moves.at(-1), {
    kind: 'alarms',
    name: 'of trading',
    from: false,
    to: true,
    result: 'planned',
  })
  assert.deepEqual([world.log, world.state, world.isLocked], [[], undefined, true])
  world.isLocked = false
  const { moves: made } = await world.run('09:00')
  assert.deepEqual(
    made,
    moves.map(move => ({ ...move, result: 'done' })),
  )
})
