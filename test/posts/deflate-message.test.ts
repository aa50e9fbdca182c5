import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { DICTIONARY } from '../../market/deflate-dictionary.ts'
import { deflated } from '../../posts/deflate-message.ts'
import { asText, randomText, readCompressed } from '../compressed-text.ts'

test('a message is its JSON, or a shorter text without quotes that inflates to its JSON', () => {
  const repeated = fc.tuple(fc.json(), fc.nat(50)).map(([json, times]) => json.repeat(times))
  const headline = fc.string({ unit: 'grapheme', maxLength: 600 })
  const message = fc.record({ type: fc.constant('updates'), updates: fc.array(repeated), headline })
  fc.assert(
    fc.property(message, content => {
      const json = JSON.stringify(content)
      const text = deflated(json)
      if (text.startsWith('{"')) return assert.equal(text, json)
      assert.match(text, /^[$-~]+$/)
      assert.equal(readCompressed(text), json)
      assert.ok(text.length < Buffer.byteLength(json))
    }),
  )
})

test('a message that compression would make longer stays JSON', () => {
  for (const json of ['{"n":[1,5]}', `{"type":"updates","updates":[${randomText(400)}]}`])
    assert.equal(deflated(json), json)
  // Deflate repeats at most 258 bytes with a length and a distance (RFC 1951, 3.2.5).
  const repeated = `{"type":"updates","updates":[${'[],'.repeat(1_000)}[]]}`
  assert.ok(deflated(repeated).length < repeated.length / 20)
})

test('from 8,192 characters on, a message is compressed without short matches', () => {
  const dictionary = Buffer.from(DICTIONARY)
  // Levels as in a post: the prices repeat four digits, the quantities two.
  const levels = Array.from(
    { length: 800 },
    (_, n) => `[${n % 10},${2_800 + (n % 7)},${1 + ((n * 7_919) % 97)}00]`,
  ).join()
  const options = { level: 6, dictionary }
  const short = levels.slice(0, 8_191)
  const long = levels.slice(0, 8_192)
  const filtered = (text: string): Buffer =>
    deflateRawSync(text, { ...options, strategy: constants.Z_FILTERED })
  assert.equal(deflated(short), asText(deflateRawSync(short, options)))
  assert.equal(deflated(long), asText(filtered(long)))
  assert.notEqual(deflateRawSync(short, options).length, filtered(short).length)
})
