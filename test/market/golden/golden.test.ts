import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ASKS, BIDS } from '../../../market/board.ts'
import { decodeEnvelope, EnvelopeWriter, encodeBoards, encodeEvents } from '../../../market/codec/envelope.ts'
import { decodePack, encodePack } from '../../../market/codec/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import { readVectors, VECTOR_FILES } from './vectors.ts'

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

for (const [name, file] of Object.entries(VECTOR_FILES)) {
  const vectors = readVectors(file)
  const ticksAt = (indices: readonly number[]): Tick[] => indices.map(index => vectors.ticks[index]!)

  suite(`the golden vectors of the ${name}`, () => {
    test('have thousands of ticks, with and without trades', () => {
      assert.ok(vectors.ticks.length >= 2_000)
      assert.ok(vectors.ticks.some(({ trade }) => trade !== undefined))
      assert.ok(vectors.ticks.some(({ trade }) => trade === undefined))
    })

    test('match the envelopes of ticks, encoded and decoded', () => {
      for (const { header, ticks, bytes } of vectors.envelopes) {
        const writer = new EnvelopeWriter()
        for (const tick of ticksAt(ticks)) writer.add(tick)
        assert.equal(Buffer.from(writer.finish(header)).toString('base64'), bytes)
        assert.deepEqual(decodeEnvelope(bytesOf(bytes)), { kind: 'ticks', ...header, ticks: ticksAt(ticks) })
      }
    })

    test('match the key frames, encoded and decoded', () => {
      for (const { header, part, parts, ticks, bytes } of vectors.keyFrames) {
        const encoded = encodeBoards(header, part, parts, ticksAt(ticks))
        assert.equal(Buffer.from(encoded).toString('base64'), bytes)
        const expected = { kind: 'boards', ...header, part, parts, ticks: ticksAt(ticks) }
        assert.deepEqual(decodeEnvelope(bytesOf(bytes)), expected)
      }
    })

    test('match the decoded envelopes of events', () => {
      for (const { header, events, bytes } of vectors.events) {
        assert.deepEqual(decodeEnvelope(bytesOf(bytes)), { kind: 'events', ...header, events })
        assert.deepEqual(decodeEnvelope(encodeEvents(header, events)), { kind: 'events', ...header, events })
      }
    })

    test('match the packs, encoded and decoded', () => {
      for (const { ticks, bytes } of vectors.packs) {
        assert.equal(Buffer.from(encodePack(ticksAt(ticks))).toString('base64'), bytes)
        assert.deepEqual(decodePack(bytesOf(bytes)), ticksAt(ticks))
      }
    })
  })
}

test('the golden vectors of the opening have losses and averages, and those of trading have spreads', () => {
  const opening = readVectors(VECTOR_FILES.opening)
  assert.ok(opening.ticks.length >= 3_000)
  assert.ok(opening.ticks.some(({ trade }) => trade?.average !== undefined))
  assert.ok(opening.ticks.some(({ lost }) => lost))
  const trading = readVectors(VECTOR_FILES.trading)
  const firstOfPacks = trading.packs.map(({ ticks }) => trading.ticks[ticks[0]!]!.board.values)
  const spreads = firstOfPacks.map(values => values[ASKS]! - values[BIDS]!)
  assert.ok(spreads.filter(spread => spread > 0).length > 300)
})
