import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { nothing } from 'lit'
import type { LineTasksJson, SystemJson } from '../../../../client/page/system-state.ts'
import { dayStrip } from '../../../../client/page/view/day-strip.ts'
import { momentFromIso } from '../../../../market/moment.ts'
import { viewText } from './view-text.ts'

const at = (clock: string): string => `2026-11-20T${clock}:00.000000+09:00`
const PHASES: SystemJson['phases'] = [
  { phase: 'warm-up', from: at('07:30') },
  { phase: 'order-acceptance', from: at('08:00') },
  { phase: 'morning', from: at('09:00') },
  { phase: 'closed', from: at('11:30') },
]
const WELL: LineTasksJson = { line: 1, running: 2, desired: 2, publishes: true, standby: true }

suite('the strip of a local system', () => {
  const stripAt = (clock: string, part: Partial<SystemJson> = {}): string => {
    const system = { phases: PHASES, lines: [WELL], ...part }
    return viewText(dayStrip({ system, now: momentFromIso(at(clock))! }))
  }

  test('has the phases of the day, and marks the current one', () => {
    const phases = [...stripAt('08:59').matchAll(/<li class=(\S*) data-phase=(\S+) title=([^>]*?)\s*>/g)]
    assert.deepEqual(
      phases.map(([, mark, phase]) => [phase, mark]),
      [
        ['warm-up', ''],
        ['order-acceptance', 'current'],
        ['morning', ''],
      ],
    )
    assert.match(stripAt('08:59'), /<time>07:30<.*09:00 前場 Morning.*<time>11:30</)
  })

  test('marks the moment only within the day', () => {
    for (const [clock, isMarked] of [
      ['07:29', false],
      ['07:30', true],
      ['11:29', true],
      ['11:30', false],
    ] as const) {
      assert.equal(/class="now"/.test(stripAt(clock)), isMarked, clock)
    }
  })

  test('says that the exchange is closed on other dates', () => {
    assert.match(stripAt('10:00', { phases: [] }), /休場日/)
  })

  test('has a sign for each task, and a text for people who do not see it', () => {
    const signs = (lines: LineTasksJson[]): string[] =>
      [...stripAt('10:00', { lines }).matchAll(/<i class=(\w+) aria-hidden/g)].map(([, kind]) => kind!)
    assert.deepEqual(signs([WELL]), ['publishes', 'standby'])
    assert.deepEqual(signs([{ ...WELL, standby: false }]), ['publishes', 'starts'])
    assert.deepEqual(signs([{ ...WELL, publishes: false }]), ['standby', 'starts'])
    assert.deepEqual(signs([{ ...WELL, publishes: false, standby: false, running: 0 }]), ['starts', 'starts'])
    assert.match(stripAt('10:00'), /Line 1: tasks 2, one publishes, one is ready/)
    const starting = { ...WELL, running: 1, standby: false }
    assert.match(stripAt('10:00', { lines: [starting] }), /Line 1: tasks 1 of 2, one publishes</)
  })

  test('shows lines that are asleep', () => {
    const asleep = { line: 3, running: 0, desired: 0, publishes: false, standby: false }
    assert.match(stripAt('18:00', { lines: [asleep] }), /Line 3: tasks 0, asleep.*休止/)
  })

  test('is not there elsewhere', () => {
    assert.equal(dayStrip({ now: momentFromIso(at('10:00'))! }), nothing)
  })
})
