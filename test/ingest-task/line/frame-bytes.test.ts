import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  encodeFrame,
  type Frame,
  FrameReader,
  type FrameType,
  isContent,
} from '../../../ingest-task/line/frame.ts'

/** The codes of the protocol. The line and its reader are different programs, so none may change. */
const CODES: readonly [FrameType, number, boolean][] = [
  ['login', 1, false],
  ['login-accepted', 2, false],
  ['login-refused', 3, false],
  ['heartbeat', 4, false],
  ['logout', 5, false],
  ['resend-request', 6, false],
  ['resend-refused', 7, false],
  ['snapshot-request', 8, false],
  ['snapshot-end', 9, false],
  ['prices', 32, true],
  ['master', 33, true],
  ['news', 34, true],
  ['market', 35, true],
]

test('a frame has these bytes: magic, type, flags, sequence, length, CRC-32, payload', () => {
  const frame: Frame = {
    type: 'news',
    sequence: 0x01020304,
    zip: true,
    snapshot: true,
    payload: Buffer.from('abc'),
  }
  // 1927c08b is the CRC-32 of the 14 bytes before it and of `abc`.
  const bytes = Buffer.from('69746131220301020304000000031927c08b616263', 'hex')
  assert.equal(encodeFrame(frame).toString('hex'), bytes.toString('hex'))
  const [read] = new FrameReader().read(bytes)
  assert.deepEqual({ ...read, payload: String(read?.payload) }, { ...frame, payload: 'abc' })
})

test('flag 1 is a zip archive, flag 2 a snapshot', () => {
  const flagsOf = (zip: boolean, snapshot: boolean): number | undefined =>
    encodeFrame({ type: 'prices', sequence: 1, zip, snapshot, payload: new Uint8Array(0) })[5]
  assert.deepEqual([flagsOf(false, false), flagsOf(true, false), flagsOf(false, true)], [0, 1, 2])
})

test('each type has its code, and frames from 32 on carry content', () => {
  for (const [type, code, content] of CODES) {
    const bytes = encodeFrame({ type, sequence: 0, zip: false, snapshot: false, payload: new Uint8Array(0) })
    assert.equal(bytes[4], code, type)
    assert.equal(isContent(type), content, type)
  }
})
