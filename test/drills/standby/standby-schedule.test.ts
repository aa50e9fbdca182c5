import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Act,
  concernsHolder,
  isBounded,
  nameOf,
  ROUND,
  type Step,
  scheduleOf,
} from './standby-schedule.ts'

const act = (...steps: Step[]): Act => ({ delay: 0, steps })

test('a round of schedules has every fault, also two at once', () => {
  const acts = Array.from({ length: ROUND }, (_, index) => scheduleOf(index + 1).acts).flat()
  const names = new Set(acts.flatMap(({ steps }) => steps.map(step => nameOf(act(step)))))
  for (const name of [
    'holder: kill',
    'standby: zone',
    'holder: freeze',
    'holder: line hang',
    'standby: lease refuse',
    'holder: stream reset',
    'table lost answers',
    'deployment',
    'bad image: mute',
    'both die',
    'both die, next without line',
    'holder: everything hang',
  ])
    assert.ok(names.has(name), name)
  assert.ok(acts.some(each => nameOf(each) === 'two at once'))
})

test('equal seeds give equal schedules', () => {
  assert.deepEqual(scheduleOf(7), scheduleOf(7))
  assert.notDeepEqual(scheduleOf(7).acts, scheduleOf(8).acts)
})

test('the limit of two seconds holds unless both tasks die, or the table fails together with the holder', () => {
  const table: Step = { kind: 'table', how: 'away', ms: 1000 }
  assert.ok(isBounded(act({ kind: 'kill', role: 'holder' })))
  assert.ok(isBounded(act(table)))
  assert.ok(isBounded(act(table, { kind: 'kill', role: 'standby' })))
  assert.ok(isBounded(act({ kind: 'bad image', image: 'deaf' }, { kind: 'kill', role: 'holder' })))
  assert.ok(!isBounded(act({ kind: 'both die', isNextCut: false })))
  assert.ok(isBounded(act({ kind: 'cut', role: 'holder', from: 'everything', how: 'hang', ms: 1000 })))
  assert.ok(!isBounded(act(table, { kind: 'kill', role: 'holder' })))
  assert.ok(!isBounded(act({ kind: 'deployment' }, table)))
})

test('a deployment replaces the holder', () => {
  assert.ok(concernsHolder(act({ kind: 'deployment' })))
  assert.ok(!concernsHolder(act({ kind: 'freeze', role: 'standby', ms: 300 })))
})
