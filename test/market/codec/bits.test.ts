import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { BitReader, BitWriter } from '../../../market/codec/bits.ts'
import { CodecError } from '../../../market/codec/bytes.ts'

/** The largest count of any order. */
const MOST = 2 ** 53 - 2 ** 15

const number = fc.oneof(fc.nat(300), fc.nat(), fc.integer({ min: 0, max: MOST }), fc.constantFrom(0, MOST))
const step = fc.record({ order: fc.integer({ min: 0, max: 15 }), value: number, negative: fc.boolean() })

suite('numbers as bits', () => {
  test('are read back in the order of writing: counts, signed numbers, flags and plain bits', () => {
    fc.assert(
      fc.property(fc.array(step), steps => {
        const writer = new BitWriter()
        for (const { order, value, negative } of steps) {
          writer.reserve(64)
          writer.count(order, value)
          writer.signed(order, negative ? -value : value)
          writer.flag(negative)
          writer.bits(order, value % 2 ** order)
        }
        const reader = new BitReader(writer.view())
        for (const { order, value, negative } of steps) {
          assert.equal(reader.count(order), value)
          assert.equal(reader.signed(order), negative && value > 0 ? -value : value)
          assert.equal(reader.flag(), negative)
          assert.equal(reader.bits(order), value % 2 ** order)
        }
        reader.finish()
      }),
    )
  })

  test('take order + 1 bits below 2 to the power of the order, and 2 bits more for each doubling', () => {
    const bytesOf = (order: number, value: number): number => {
      const writer = new BitWriter()
      for (let times = 0; times < 8; times++) writer.count(order, value)
      return writer.length
    }
    assert.deepEqual(
      [0, 7, 8, 23, 24, 55].map(value => bytesOf(3, value)),
      [4, 4, 6, 6, 8, 8],
    )
  })

  test('are never read past the end of the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 15 }), (bytes, order) => {
        const reader = new BitReader(bytes)
        assert.throws(() => {
          for (;;) assert.ok(Number.isSafeInteger(reader.count(order)))
        }, CodecError)
      }),
    )
  })

  test('a count of more than 53 bits is refused as soon as it is seen', () => {
    const ones = (bits: number): BitReader => {
      const writer = new BitWriter()
      writer.reserve(64)
      for (let left = bits; left > 0; left -= 8) writer.bits(Math.min(left, 8), 2 ** Math.min(left, 8) - 1)
      writer.bits(8, 0)
      return new BitReader(writer.view())
    }
    assert.throws(() => ones(400).count(0), {
      name: 'CodecError',
      message: 'expected a count of at most 53 bits, got 72',
    })
    assert.throws(() => ones(54).count(0), {
      name: 'CodecError',
      message: 'expected a count of at most 53 bits, got 54',
    })
  })
})
