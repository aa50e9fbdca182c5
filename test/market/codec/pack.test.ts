import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { emptyBoard } from '../../../market/board.ts'
import { decodePack, encodePack, PackError, packTicks } from '../../../market/codec/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'
import { arbitraryTicks, TRADING_DATE } from './arbitrary-ticks.ts'

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

  test('refuses ticks of another line or date, a repeated sequence, and no tick', () => {
    const tick: Tick = { tradingDate: TRADING_DATE, line: 1, sequence: 7, time: 0, board: emptyBoard('7203') }
    const refused = (second: Partial<Tick>, got: string) =>
      assert.throws(() => encodePack([tick, { ...tick, sequence: 8, ...second }]), {
        name: 'RangeError',
        message: `expected ticks of issue 7203 on 20261120, line 1, after sequence 7; got ${got}`,
      })
    refused({ line: 2 }, 'issue 7203 on 20261120, line 2, sequence 8')
    refused({ tradingDate: asTradingDate(20261119) }, 'issue 7203 on 20261119, line 1, sequence 8')
    refused({ sequence: 7 }, 'issue 7203 on 20261120, line 1, sequence 7')
    refused({ sequence: 6 }, 'issue 7203 on 20261120, line 1, sequence 6')
    assert.throws(() => encodePack([]), { message: 'pack: expected at least one tick, got none' })
    const first = { ...tick, sequence: 0 }
    assert.deepEqual(decodePack(encodePack([first, { ...tick, sequence: 1 }])), [
      first,
      { ...tick, sequence: 1 },
    ])
  })

  test('is read tick by tick, and says what is wrong with its bytes', () => {
    const bytes = encodePack([
      { tradingDate: TRADING_DATE, line: 1, sequence: 7, time: 0, board: emptyBoard('7203') },
    ])
    assert.equal(packTicks(bytes).next().value?.sequence, 7)
    assert.throws(() => decodePack(bytes.subarray(0, 4)), {
      name: 'PackError',
      message: 'expected a pack, got 4 invalid bytes: expected at least 5 bytes for the pack, got 4',
    })
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
