import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDueEvents, type StoredEvent } from '../../../functions/broadcast/due-events.ts'
import type { Arrival } from '../../../functions/broadcast/line-states.ts'
import type { EventOf } from '../../../market/market-event.ts'
import { asEpochMillis } from '../../../market/units.ts'

/** 9:00 and some seconds. */
const at = (second: number): string => `2026-11-20T09:00:0${second}.000000+09:00`
const arrivalAt = (second: number, epoch = 1): Arrival => ({
  at: asEpochMillis(second),
  time: at(second),
  epoch: asEpochMillis(epoch),
})

const phaseAt = (second: number): EventOf<'phase'> => ({ type: 'phase', time: at(second), phase: 'morning' })
const lineAt = (second: number, line = 1): EventOf<'line'> => ({
  type: 'line',
  line,
  state: 'live',
  since: at(second),
})
const newsAt = (second: number, headline = ''): EventOf<'news'> => ({
  type: 'news',
  time: at(second),
  headline,
  issues: [],
})

/** Due events, filled with `events` as they came in the seconds 1, 2, 3 … */
function filled(...events: StoredEvent[]) {
  const due = createDueEvents(2)
  for (const [index, event] of events.entries()) due.add(event, arrivalAt(1 + index))
  return { ...due, events: () => due.all().map(({ event }) => event) }
}

test('each line and the phase have one due state: the newest, in the place of the first', () => {
  const { events } = filled(phaseAt(1), lineAt(1), lineAt(1, 2), phaseAt(2), lineAt(3), lineAt(2), phaseAt(1))
  assert.deepEqual(events(), [phaseAt(2), lineAt(3), lineAt(1, 2)])
})

test('the state of a line from a newer task replaces that of an older task, whatever its time', () => {
  const due = createDueEvents(2)
  due.add(lineAt(2), arrivalAt(1))
  due.add(lineAt(1), arrivalAt(2, 2))
  due.add(lineAt(3), arrivalAt(3, 1))
  assert.deepEqual(
    due.all().map(({ event }) => event),
    [lineAt(1)],
  )
})

test('a state with the time of the due state replaces it, and a repeated state has the latest arrival', () => {
  const recovering: EventOf<'line'> = { ...lineAt(1), state: 'recovering' }
  const { all } = filled(lineAt(1), recovering, recovering)
  assert.deepEqual(all(), [{ event: recovering, arrival: arrivalAt(3), hasFailed: false }])
})

test('a repeated event keeps the mark of its failed write; another event has none', () => {
  const due = filled(lineAt(1))
  due.all()[0]!.hasFailed = true
  due.add(lineAt(1), arrivalAt(2))
  assert.equal(due.all()[0]?.hasFailed, true)
  due.add(lineAt(2), arrivalAt(3))
  assert.equal(due.all()[0]?.hasFailed, false)
  due.add(lineAt(2), arrivalAt(4))
  assert.equal(due.all()[0]?.hasFailed, false)
})

test('news are due each, up to the limit: the oldest is dropped, and no other event', () => {
  const { events } = filled(newsAt(1, 'a'), phaseAt(1), newsAt(1, 'b'), newsAt(1, 'b'))
  assert.deepEqual(events(), [newsAt(1, 'a'), phaseAt(1), newsAt(1, 'b')])
  const { events: more } = filled(newsAt(1, 'a'), phaseAt(1), newsAt(1, 'b'), newsAt(2, 'b'))
  assert.deepEqual(more(), [phaseAt(1), newsAt(1, 'b'), newsAt(2, 'b')])
})

test('an event is removed unless a newer event has replaced it', () => {
  const { all, add, remove, events } = filled(lineAt(1), phaseAt(1))
  const [line, phase] = all()
  add(lineAt(2), arrivalAt(3))
  remove(line!)
  remove(phase!)
  assert.deepEqual(events(), [lineAt(2)])
})

test('phases and lines are due as status; news are not', () => {
  assert.equal(filled().hasStatus(), false)
  assert.equal(filled(newsAt(1)).hasStatus(), false)
  assert.equal(filled(newsAt(1), phaseAt(1)).hasStatus(), true)
  assert.equal(filled(lineAt(1), newsAt(1)).hasStatus(), true)
})
