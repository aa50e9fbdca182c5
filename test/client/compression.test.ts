import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { canInflate, compressedAddress, inflate, MAX_INFLATED_BYTES } from '../../client/compression.ts'

const compressed = (text: string): string => deflateRawSync(text).toString('base64')

test('a compressed text comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.nat(2_000), async (text, times) => {
      const long = text.repeat(times)
      assert.equal(await inflate(compressed(long)), long)
    }),
  )
})

test('a text that was deflated by hand is read', async () => {
  // Deflate with the fixed code (RFC 1951, 3.2.6): `{}`, then the end of the block.
  assert.equal(await inflate('q64FAA=='), '{}')
})

test('what is not base64, damaged, cut off or no UTF-8 is an error', async () => {
  const whole = deflateRawSync('{"type":"updates"}'.repeat(50))
  const wrong = {
    'no base64': '*',
    'no data': '',
    damaged: Buffer.from([0xff, 0xff, 0xff]).toString('base64'),
    'cut off': whole.subarray(0, -4).toString('base64'),
    'too long': Buffer.concat([whole, whole]).toString('base64'),
    'no UTF-8': deflateRawSync(Buffer.from([0xff, 0xfe])).toString('base64'),
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

test('the address of a connection gets the encoding, next to other parameters', () => {
  assert.equal(compressedAddress('wss://example.com/live'), 'wss://example.com/live?encoding=deflate')
  assert.equal(
    compressedAddress('wss://example.com/live?pace=1000'),
    'wss://example.com/live?pace=1000&encoding=deflate',
  )
})
