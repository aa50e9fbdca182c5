import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { decodePack, encodePack, PackError } from '../../../market/codec/pack.ts'
import { arbitraryTicks } from './arbitrary-ticks.ts'

suite('a pack', () => {
  test('returns every tick of its issue unchanged', () => {
    fc.assert(
      fc.property(arbitraryTicks({ minLength: 1, issues: 1 }), ticks => {
        assert.deepEqual(decodePack(encodePack(ticks)), ticks)
      }),
    )
  })

  test('refuses ticks of two issues and ticks out of order', () => {
    fc.assert(
      fc.property(arbitraryTicks({ minLength: 2, issues: 1 }), ticks => {
        assert.throws(() => encodePack(ticks.toReversed()), RangeError)
        const otherIssue = { ...ticks[1]!, board: { ...ticks[1]!.board, issue: '9999' } }
        assert.throws(() => encodePack([ticks[0]!, otherIssue]), /got issue 9999/)
      }),
    )
  })

  test('is refused if it is cut short', () => {
    fc.assert(
      fc.property(arbitraryTicks({ minLength: 1, issues: 1 }), fc.nat(), (ticks, at) => {
        const bytes = encodePack(ticks)
        assert.throws(() => decodePack(bytes.subarray(0, at % bytes.length)), PackError)
      }),
    )
  })

  test('is refused if any bit is flipped', () => {
    fc.assert(
      fc.property(arbitraryTicks({ minLength: 1, issues: 1 }), fc.nat(), (ticks, at) => {
        const bytes = encodePack(ticks)
        const bit = at % (8 * bytes.length)
        bytes[bit >> 3]! ^= 1 << (bit & 7)
        assert.throws(() => decodePack(bytes), PackError)
      }),
    )
  })
})
