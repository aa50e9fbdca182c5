import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { canInflate, inflate, MAX_INFLATED_BYTES } from '../../client/compression.ts'
import { DICTIONARY } from '../../market/deflate-dictionary.ts'
import { deflated } from '../../posts/deflate-message.ts'
import { asText, compressed } from '../compressed-text.ts'

test('a compressed text comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.nat(2_000), async (text, times) => {
      const long = text.repeat(times)
      assert.equal(await inflate(compressed(long)), long)
    }),
  )
})

test('what the server compresses comes back, with any part of the dictionary', async () => {
  const part = fc
    .tuple(fc.nat(DICTIONARY.length), fc.nat(200))
    .map(([at, size]) => DICTIONARY.slice(at, at + size))
  const message = fc.array(fc.oneof(part, fc.string({ unit: 'grapheme' }), fc.nat().map(String)), {
    maxLength: 300,
  })
  await fc.assert(
    fc.asyncProperty(message, async parts => {
      const json = JSON.stringify({ type: 'updates', updates: parts })
      const text = deflated(json)
      assert.equal(text.startsWith('{"') ? text : await inflate(text), json)
    }),
  )
})

test('a text that was deflated by hand is read', async () => {
  // Deflate with the fixed code (RFC 1951, 3.2.6): `{}`, then the end of the block. The bytes ab ae 05 00 are the pairs
  // 3,755 = 24 + 91 × 41 and 45 = 45 + 91 × 0, and a last 0.
  assert.equal(await inflate('<MQ$$'), '{}')
})

test('other characters, damaged or cut off data and data that is no UTF-8 are errors', async () => {
  const whole = deflateRawSync('{"type":"updates"}'.repeat(50))
  const before = 'known to the other dictionary alone'
  const wrong = {
    'other characters': '板',
    'no data': '',
    damaged: asText(Uint8Array.of(0xff, 0xff, 0xff)),
    'cut off': asText(whole.subarray(0, -4)),
    'too long': asText(Buffer.concat([whole, whole])),
    'a text before the dictionary': asText(
      deflateRawSync(before, { dictionary: Buffer.from(before + DICTIONARY) }),
    ),
    'no UTF-8': compressed(Uint8Array.of(0xff, 0xfe)),
  }
  for (const [what, text] of Object.entries(wrong)) await assert.rejects(inflate(text), Error, what)
})

test('a message inflates to one MiB at most', async () => {
  assert.equal(MAX_INFLATED_BYTES, 1_048_576)
  assert.equal((await inflate(compressed('x'.repeat(1_048_576)))).length, 1_048_576)
  await assert.rejects(inflate(compressed('x'.repeat(1_048_577))), {
    name: 'RangeError',
    message: 'expected a message of at most 1048576 bytes, got more',
  })
})

test('this runtime can decompress, and one without deflate-raw cannot', t => {
  assert.equal(canInflate(), true)
  const { DecompressionStream } = globalThis
  t.after(() => Object.assign(globalThis, { DecompressionStream }))
  Object.assign(globalThis, { DecompressionStream: undefined })
  assert.equal(canInflate(), false)
})
