import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asTradingDate } from '../../../market/units.ts'
import { packItem, packKey, packOf, packTime } from '../../../tables/ticks/ticks-item.ts'

test('keys of packs order as text by time, then sequence', () => {
  assert.equal(packKey('130A', asTradingDate(20261120)), '130A#20261120')
  const place = fc.record({
    time: fc.nat({ max: 86_399_999_999 }),
    sequence: fc.nat({ max: 999_999_999 }),
  })
  fc.assert(
    fc.property(place, place, (a, b) => {
      const byNumber = a.time - b.time || a.sequence - b.sequence
      const [textA, textB] = [packTime(a), packTime(b)]
      assert.equal(Math.sign(byNumber), textA < textB ? -1 : textA > textB ? 1 : 0)
    }),
  )
})

test('an item gives its pack back, and one without a pack is refused', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  const item = packItem('7203', asTradingDate(20261120), { time: 0, sequence: 1 }, bytes, 1_795_618_800)
  assert.equal(packOf(item), bytes)
  assert.throws(() => packOf({ key: item.key! }), TypeError)
})
