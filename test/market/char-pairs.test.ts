import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromCharPairs, toCharPairs } from '../../market/char-pairs.ts'

const textOf = (bytes: readonly number[]): string =>
  String.fromCharCode(...toCharPairs(Uint8Array.from(bytes)))

test('bytes have the text that was counted by hand', () => {
  const known: [bytes: number[], text: string][] = [
    [[], ''],
    // 0 in a pair: `$` is the digit 0.
    [[0], '$$'],
    // 255 = 73 + 91 × 2.
    [[255], 'm&'],
    // 0xd5ab are 16 bits: the low 13 are 5,547 = 87 + 91 × 60, the high 3 are 6.
    [[0xab, 0xd5], '{`*'],
    // 13 bytes are eight pairs of 13 ones: 8,191 = 1 + 91 × 90.
    [Array.from({ length: 13 }, () => 255), '%~'.repeat(8)],
    // 40 bits are three pairs and a bit: the last byte is 1 << 7.
    [[0, 0, 0, 0, 0x80], '$$$$$$%'],
    // 24 bits are a pair and 11 bits: 1,024 = 23 + 91 × 11.
    [[0, 0, 0x80], '$$;/'],
  ]
  for (const [bytes, text] of known) {
    assert.equal(textOf(bytes), text)
    assert.deepEqual([...fromCharPairs(text)], bytes)
  }
})

test('any bytes come back, from as few characters as hold their bits, and no quote', () => {
  const capacity = (characters: number): number => 13 * Math.floor(characters / 2) + 6 * (characters % 2)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), bytes => {
      const text = textOf([...bytes])
      assert.match(text, /^[$-~]*$/)
      assert.ok(capacity(text.length) >= 8 * bytes.length)
      assert.ok(text === '' || capacity(text.length - 1) < 8 * bytes.length)
      assert.deepEqual(fromCharPairs(text), bytes)
    }),
  )
})

test('another character, and a value that is too high, are errors with their place', () => {
  const wrong: [text: string, message: string][] = [
    ['$$ $', 'expected characters from "$" to "~", got " " at 2'],
    ['$"', 'expected characters from "$" to "~", got "\\"" at 1'],
    ['$$$\u007f', 'expected characters from "$" to "~", got "\u007f" at 3'],
    ['板', 'expected characters from "$" to "~", got "板" at 0'],
    // 2 + 91 × 90 is 2¹³.
    ['$$&~', 'expected a pair of at most 8191, got 8192 at 2'],
    ['~~', 'expected a pair of at most 8191, got 8280 at 0'],
    // `d` is the digit 64.
    ['$$d', 'expected a last character of at most 63, got 64 at 2'],
  ]
  for (const [text, message] of wrong)
    assert.throws(() => fromCharPairs(text), { name: 'RangeError', message })
})
