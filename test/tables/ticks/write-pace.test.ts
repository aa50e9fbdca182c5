import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPace, REQUEST_UNITS } from '../../../tables/ticks/write-pace.ts'

const UNITS_PER_SECOND = 166

/** Requests: the units of each, and the milliseconds after the request before. */
const requests = fc.array(
  fc.record({ units: fc.integer({ min: 1, max: REQUEST_UNITS }), later: fc.nat({ max: 400 }) }),
  { minLength: 1, maxLength: 100 },
)

/** Returns when each request is sent, if it waits as long as the pace says. */
function sendAll(all: readonly { readonly units: number; readonly later: number }[], from = 0) {
  let clock = from
  const pace = createPace(UNITS_PER_SECOND, () => clock)
  return all.map(({ units, later }) => {
    clock += later
    return { units, at: clock + pace.book(units) }
  })
}

test('no second sees more than the allowed units for any requests, also if one pace follows another', () => {
  fc.assert(
    fc.property(requests, requests, (first, second) => {
      const before = sendAll(first)
      const all = [...before, ...sendAll(second, before.at(-1)!.at)]
      for (const { at } of all) {
        const inSecond = all.filter(other => other.at >= at && other.at < at + 1000)
        assert.ok(inSecond.reduce((sum, { units }) => sum + units, 0) <= UNITS_PER_SECOND)
      }
    }),
  )
})

test('requests that are booked at the same time are sent one after the other at the full pace', () => {
  const sent = sendAll(Array.from({ length: 40 }, () => ({ units: 25, later: 0 })))
  assert.deepEqual(
    sent.map(({ at }) => at),
    sent.map(({ at }) => at).toSorted((a, b) => a - b),
  )
  const perSecond = (40 * 25 * 1000) / sent.at(-1)!.at
  assert.equal(Math.round(perSecond), UNITS_PER_SECOND - REQUEST_UNITS)
})

test('a request waits until its units are saved, and idle time saves nothing for later', () => {
  let clock = 1_000
  const pace = createPace(125, () => clock)
  assert.equal(pace.book(25), 250)
  assert.equal(pace.book(10), 350)
  clock += 100
  assert.equal(pace.book(10), 350)
  clock += 60_000
  assert.equal(pace.book(1), 10)
  assert.equal(REQUEST_UNITS, 25)
})
