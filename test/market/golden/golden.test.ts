import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeEnvelope, EnvelopeWriter, encodeBoards, encodeEvents } from '../../../market/codec/envelope.ts'
import { decodePack, encodePack } from '../../../market/codec/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import { readVectors } from './vectors.ts'

const vectors = readVectors()

function pick(indices: readonly number[]): Tick[] {
  return indices.map(index => vectors.ticks[index]!)
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

suite('golden vectors', () => {
  test('hold some thousand ticks, with and without trades and losses', () => {
    assert.ok(vectors.ticks.length >= 3_000)
    assert.ok(vectors.ticks.some(({ trade }) => trade?.average !== undefined))
    assert.ok(vectors.ticks.some(({ trade }) => trade === undefined))
    assert.ok(vectors.ticks.some(({ lost }) => lost))
  })

  test('an envelope of ticks has the golden bytes, both ways', () => {
    for (const { header, ticks, bytes } of vectors.envelopes) {
      const writer = new EnvelopeWriter()
      for (const tick of pick(ticks)) writer.add(tick)
      assert.equal(Buffer.from(writer.finish(header)).toString('base64'), bytes)
      assert.deepEqual(decodeEnvelope(bytesOf(bytes)), { kind: 'ticks', ...header, ticks: pick(ticks) })
    }
  })

  test('a key frame has the golden bytes, both ways', () => {
    for (const { header, part, parts, ticks, bytes } of vectors.keyFrames) {
      const encoded = encodeBoards(header, part, parts, pick(ticks))
      assert.equal(Buffer.from(encoded).toString('base64'), bytes)
      const expected = { kind: 'boards', ...header, part, parts, ticks: pick(ticks) }
      assert.deepEqual(decodeEnvelope(bytesOf(bytes)), expected)
    }
  })

  test('an envelope of events is read from its golden bytes', () => {
    for (const { header, events, bytes } of vectors.events) {
      assert.deepEqual(decodeEnvelope(bytesOf(bytes)), { kind: 'events', ...header, events })
      assert.deepEqual(decodeEnvelope(encodeEvents(header, events)), { kind: 'events', ...header, events })
    }
  })

  test('a pack has the golden bytes, both ways', () => {
    for (const { ticks, bytes } of vectors.packs) {
      assert.equal(Buffer.from(encodePack(pick(ticks))).toString('base64'), bytes)
      assert.deepEqual(decodePack(bytesOf(bytes)), pick(ticks))
    }
  })
})
