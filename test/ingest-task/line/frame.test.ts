import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  encodeFrame,
  type Frame,
  FrameReader,
  type FrameType,
  LineError,
  MAX_PAYLOAD_BYTES,
  TYPE_CODES,
} from '../../../ingest-task/line/frame.ts'

const frames = fc.record(
  {
    type: fc.constantFrom(...(Object.keys(TYPE_CODES) as FrameType[])),
    sequence: fc.nat(0xffff_ffff),
    zip: fc.boolean(),
    snapshot: fc.boolean(),
    payload: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
)

const plain = (frame: Frame): Frame => ({ ...frame, payload: Uint8Array.from(frame.payload) })

test('frames are read as they were written, wherever the chunks of the stream start and end', () => {
  fc.assert(
    fc.property(fc.array(frames), fc.array(fc.integer({ min: 1, max: 200 })), (sent, sizes) => {
      const stream = Buffer.concat(sent.map(encodeFrame))
      const reader = new FrameReader()
      const received: Frame[] = []
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i] ?? stream.length
        for (const frame of reader.read(stream.subarray(at, at + size))) received.push(plain(frame))
        at += size
      }
      assert.deepEqual(received, sent)
    }),
  )
})

test('a frame with a changed byte is never read as a frame', () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, place, change) => {
      const bytes = encodeFrame(frame)
      bytes[place % bytes.length]! ^= change
      try {
        // With a changed length, the reader may wait for more bytes.
        assert.deepEqual([...new FrameReader().read(bytes)], [])
      } catch (error) {
        assert.ok(error instanceof LineError)
      }
    }),
  )
})

test('a payload over the limit is refused when written and when read', () => {
  const payload = new Uint8Array(MAX_PAYLOAD_BYTES + 1)
  const frame: Frame = { type: 'prices', sequence: 1, zip: false, snapshot: false, payload }
  assert.throws(() => encodeFrame(frame), /expected a payload of at most 1048576 bytes, got 1048577/)
  const header = encodeFrame({ ...frame, payload: payload.subarray(1) }).subarray(0, 18)
  header.writeUInt32BE(payload.length, 10)
  assert.throws(() => [...new FrameReader().read(header)], /stream offset 0: expected a payload of at most/)
})
