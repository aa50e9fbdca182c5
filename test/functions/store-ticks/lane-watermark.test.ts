import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextWatermark, type Watermark } from '../../../functions/store-ticks/lane-watermark.ts'
import { OPEN_END } from '../../../functions/store-ticks/missing-envelopes.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import { momentOf, momentToIso } from '../../../market/moment.ts'
import { addMicros, addMillis, asEpochMicros, asEpochMillis, toEpochMillis } from '../../../market/units.ts'
import { SETTLE_MS } from '../../../tables/ticks/watermarks.ts'
import { TRADING_DATE } from '../stored-market.ts'

const SEVEN = momentOf(TRADING_DATE, 7 * 3_600_000_000)
const FIRST_EPOCH = toEpochMillis(SEVEN)
const NOW = asEpochMillis(1_800_000_000_000)
const until = (second: number) => addMicros(SEVEN, second * 1_000_000)

interface Options {
  readonly epoch?: number
  readonly follows?: Envelope['follows']
  /** Seconds after seven up to which the lane is complete. */
  readonly complete?: number
}

function envelope(counter: number, { epoch = 0, follows, complete }: Options = {}): Envelope {
  return {
    kind: 'events',
    line: 1,
    lane: 0,
    epoch: addMillis(FIRST_EPOCH, epoch),
    counter,
    tradingDate: TRADING_DATE,
    position: 1,
    reached: 1,
    ...(follows === undefined ? {} : { follows }),
    events: complete === undefined ? [] : [{ type: 'complete', until: momentToIso(until(complete)) }],
  }
}

function after(...batches: readonly (readonly Envelope[])[]): Watermark | undefined {
  let watermark: Watermark | undefined
  for (const batch of batches) watermark = nextWatermark(watermark, batch, NOW)
  return watermark
}

test('a lane without ticks moves by what its task reports, and never back', () => {
  assert.equal(after([envelope(1)])?.until, 0)
  assert.equal(after([envelope(1), envelope(2, { complete: 3 }), envelope(3)])?.until, until(3))
  assert.equal(after([envelope(1, { complete: 9 }), envelope(2, { complete: 6 })])?.until, until(9))
  const redelivered = after(
    [envelope(1, { complete: 3 }), envelope(2, { complete: 6 })],
    [envelope(1, { complete: 3 })],
  )
  assert.deepEqual([redelivered?.until, redelivered?.counter], [until(6), 2])
})

test('envelopes that were given up are missing until they are delivered again', () => {
  const epoch = String(FIRST_EPOCH)
  const gap = after([envelope(1)], [envelope(5, { complete: 3 })])
  assert.deepEqual([gap?.missing, gap?.until], [`${epoch}:2-4`, until(3)])
  assert.equal(after([envelope(1)], [envelope(5)], [envelope(3)])?.missing, `${epoch}:2-2,${epoch}:4-4`)
  assert.equal(after([envelope(1)], [envelope(5)], [envelope(2), envelope(3), envelope(4)])?.missing, '')
  assert.equal(after([envelope(3)])?.missing, `${epoch}:1-2`, 'the first of the day')
})

test('a new task continues its lane: only envelopes that were published before it can be missing', () => {
  const last = { epoch: FIRST_EPOCH, counter: 2 }
  const old = [envelope(1), envelope(2, { complete: 4 })]
  const next = { epoch: 1_000, complete: 8 }
  assert.equal(after(old, [envelope(1, { ...next, follows: last })])?.missing, '')
  assert.equal(
    after(old, [envelope(1, { ...next, follows: { ...last, counter: 4 } })])?.missing,
    `${FIRST_EPOCH}:3-4`,
  )
  assert.equal(
    after(old, [envelope(1, next)])?.missing,
    '',
    'a task that starts with a snapshot follows none',
  )
  assert.equal(
    after(old, [envelope(3, next)])?.missing,
    `${FIRST_EPOCH}:3-${OPEN_END},${FIRST_EPOCH + 1_000}:1-2`,
    'nothing shows what the new task followed',
  )
  const late = after(old, [envelope(1, next)], [envelope(3, { complete: 99 })])
  assert.deepEqual(
    [late?.until, late?.epoch],
    [until(8), FIRST_EPOCH + 1_000],
    'a late report of the old task',
  )
})

test('the watermark of a task that started on an earlier date does not count the envelopes of that date', () => {
  assert.equal(after([envelope(900, { epoch: -86_400_000 })])?.missing, '')
})

test('more than fifty ranges of missing envelopes are joined at the end, so that none is forgotten', () => {
  const epoch = String(FIRST_EPOCH)
  const everySecond = (count: number) =>
    after(...Array.from({ length: count + 1 }, (_, index) => [envelope(2 * index + 1)]))?.missing.split(',')
  const fifty = everySecond(50)
  assert.deepEqual([fifty?.length, fifty?.at(-1)], [50, `${epoch}:100-100`])
  const joined = everySecond(53)
  assert.deepEqual(joined?.slice(48), [`${epoch}:98-98`, `${epoch}:100-106`])
  assert.equal(joined?.length, 50)
})

test('envelopes of a task that started on the date are missing, those of the day before are not counted', () => {
  const midnight = toEpochMillis(momentOf(TRADING_DATE, 0)) - FIRST_EPOCH
  const missing = (epoch: number) => after([envelope(3, { epoch })])?.missing
  assert.equal(missing(midnight - 1), '')
  assert.equal(missing(midnight), `${FIRST_EPOCH + midnight}:1-2`)
  assert.equal(missing(midnight + 86_399_999), `${FIRST_EPOCH + midnight + 86_399_999}:1-2`)
  assert.equal(missing(midnight + 86_400_000), '')
})

test('each change of a watermark has a later time, so that a concurrent change is noticed', () => {
  const first = nextWatermark(undefined, [envelope(1)], NOW)
  assert.equal(first.written, NOW)
  assert.equal(nextWatermark(first, [envelope(2)], NOW).written, NOW + 1)
  assert.equal(nextWatermark(first, [envelope(2)], addMillis(NOW, -5)).written, NOW + 1)
  assert.equal(nextWatermark(first, [envelope(2)], addMillis(NOW, 7)).written, NOW + 7)
})

test('a watermark counts for readers only when eventually consistent reads show what was written before it', () => {
  const first = nextWatermark(undefined, [envelope(1, { complete: 1 })], NOW)
  assert.equal(first.settled, 0)
  const soon = nextWatermark(first, [envelope(2, { complete: 2 })], addMillis(NOW, SETTLE_MS - 1))
  assert.equal(soon.settled, 0)
  const later = nextWatermark(soon, [envelope(3, { complete: 3 })], addMillis(soon.written, SETTLE_MS))
  assert.equal(later.settled, until(2))
})

test('whatever is given up and delivered again, what is missing and how far the lane goes are exact', () => {
  const script = fc.record({
    given: fc.array(fc.boolean(), { minLength: 3, maxLength: 40 }),
    again: fc.array(fc.record({ from: fc.nat(), length: fc.integer({ min: 1, max: 9 }) }), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(script, ({ given, again }) => {
      const all = given.map((_, index) => envelope(index + 1, { complete: index }))
      const stored = new Set<number>()
      let watermark: Watermark | undefined
      const deliver = (batch: readonly Envelope[]): void => {
        if (batch.length === 0) return
        watermark = nextWatermark(watermark, batch, NOW)
        for (const { counter } of batch) stored.add(counter)
      }
      for (const [index, isGiven] of given.entries()) if (isGiven) deliver([all[index]!])
      for (const { from, length } of again) {
        const highest = Math.max(0, ...stored)
        if (highest > 0) deliver(all.slice(from % highest, Math.min(highest, (from % highest) + length)))
      }
      const highest = Math.max(0, ...stored)
      const missing = all.slice(0, highest).filter(({ counter }) => !stored.has(counter))
      const listed = (watermark?.missing ?? '').split(',').flatMap(range => {
        const [first = 1, last = 0] = range.split(':')[1]?.split('-').map(Number) ?? []
        return Array.from({ length: last - first + 1 }, (_, index) => first + index)
      })
      assert.deepEqual(
        listed.sort((a, b) => a - b),
        missing.map(({ counter }) => counter),
      )
      assert.equal(watermark?.until ?? asEpochMicros(0), highest === 0 ? 0 : until(highest - 1))
    }),
  )
})
