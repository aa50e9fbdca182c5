import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeEnvelope, EnvelopeWriter, encodeBoards, encodeEvents } from '../../../market/codec/envelope.ts'
import { decodePack, encodePack } from '../../../market/codec/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import { readVectors } from './vectors.ts'

const vectors = readVectors()

function ticksAt(indices: readonly number[]): Tick[] {
  return indices.map(index => vectors.ticks[index]!)
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

suite('the golden vectors', () => {
  test('have thousands of ticks, with and without trades and losses', () => {
    assert.ok(vectors.ticks.length >= 3_000)
    assert.ok(vectors.ticks.some(({ trade }) => trade?.average !== undefined))
    assert.ok(vectors.ticks.some(({ trade }) => trade === undefined))
    assert.ok(vectors.ticks.some(({ lost }) => lost))
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
