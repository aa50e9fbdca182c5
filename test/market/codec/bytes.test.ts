import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter, CodecError } from '../../../market/codec/bytes.ts'

const bytesOf = (...values: readonly number[]): number[] => {
  const writer = new ByteWriter()
  for (const value of values) writer.unsigned(value)
  return [...writer.view()]
}
const read = (...bytes: readonly number[]): number => new ByteReader(Uint8Array.from(bytes)).unsigned()

test('a number has seven bits a byte, lowest first, and the high bit in all bytes but the last', () => {
  assert.deepEqual(bytesOf(0), [0])
  assert.deepEqual(bytesOf(127), [127])
  assert.deepEqual(bytesOf(128), [0x80, 1])
  assert.deepEqual(bytesOf(300), [0xac, 2])
  assert.deepEqual(bytesOf(2 ** 31 - 1), [0xff, 0xff, 0xff, 0xff, 7])
  assert.deepEqual(bytesOf(2 ** 31), [0x80, 0x80, 0x80, 0x80, 8])
  assert.deepEqual(bytesOf(2 ** 53 - 1), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 15])
})

test('numbers and raw bytes are read as they were written, also beyond the first buffer', () => {
  const part = fc.oneof(
    fc.maxSafeNat().map(value => ({ value })),
    fc.uint8Array({ maxLength: 3_000 }).map(raw => ({ raw })),
    fc.nat({ max: 255 }).map(byte => ({ byte })),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), parts => {
      const writer = new ByteWriter()
      for (const each of parts) {
        if ('value' in each) writer.unsigned(each.value)
        else if ('byte' in each) writer.byte(each.byte)
        else writer.raw(each.raw)
      }
      const copy = writer.copy()
      assert.deepEqual(copy, Uint8Array.from(writer.view()))
      const reader = new ByteReader(copy)
      for (const each of parts) {
        if ('value' in each) assert.equal(reader.unsigned(), each.value)
        else if ('byte' in each) assert.equal(reader.byte(), each.byte)
        else for (const byte of each.raw) assert.equal(reader.byte(), byte)
      }
      assert.equal(reader.rest().length, 0)
    }),
  )
})

test('a buffer grows for single bytes, numbers and long parts', () => {
  const writer = new ByteWriter()
  for (let index = 0; index < 5_000; index++) writer.byte(index % 256)
  for (let index = 0; index < 5_000; index++) writer.unsigned(2 ** 53 - 1)
  writer.raw(new Uint8Array(200_000).fill(7))
  const bytes = writer.view()
  assert.equal(bytes.length, 5_000 + 5_000 * 8 + 200_000)
  assert.deepEqual([bytes[4_095], bytes[4_096], bytes.at(-1)], [255, 0, 7])
})

test('a number that is cut off, too long or above 2^53 − 1 is refused with its offset', () => {
  const refused = (bytes: readonly number[], message: string): void =>
    assert.throws(
      () => read(...bytes),
      (error: Error) => error instanceof CodecError && error.message === message,
    )
  refused([0x80], 'expected a byte at offset 1, got the end')
  const ones = Array.from({ length: 7 }, () => 0xff)
  assert.equal(read(...ones, 15), 2 ** 53 - 1)
  refused([...ones, 16], `expected a number below 2^53 before offset 8, got ${16 * 2 ** 49 + 2 ** 49 - 1}`)
  refused([...ones, 0xff, 0], 'expected a number of at most 8 bytes before offset 8, got a longer one')
})
