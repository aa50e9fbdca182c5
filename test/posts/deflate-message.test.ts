import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { deflated } from '../../posts/deflate-message.ts'

test('a message is its JSON, or a shorter base64 that inflates to its JSON', () => {
  const repeated = fc.tuple(fc.json(), fc.nat(50)).map(([json, times]) => json.repeat(times))
  const headline = fc.string({ unit: 'grapheme', maxLength: 600 })
  const message = fc.record({ type: fc.constant('updates'), updates: fc.array(repeated), headline })
  fc.assert(
    fc.property(message, content => {
      const json = JSON.stringify(content)
      const text = deflated(json)
      if (text.startsWith('{')) return assert.equal(text, json)
      assert.match(text, /^[A-Za-z0-9+/]+={0,2}$/)
      assert.equal(inflateRawSync(Buffer.from(text, 'base64')).toString(), json)
      assert.ok(text.length < Buffer.byteLength(json))
    }),
  )
})

test('a message that compression would make longer stays JSON', () => {
  const json = '{"type":"updates","updates":[]}'
  assert.equal(deflated(json), json)
  // Deflate repeats at most 258 bytes with a length and a distance (RFC 1951, 3.2.5).
  const repeated = `{"type":"updates","updates":[${'[],'.repeat(1_000)}[]]}`
  assert.ok(deflated(repeated).length < repeated.length / 20)
})
