/** Feeds mutated bytes of a line, in chunks of any size, to the frame reader, and compares with a plain reader. */
import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import { FrameReader, LineError, MAX_PAYLOAD_BYTES, TYPE_CODES } from '../../../ingest-task/line/frame.ts'
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import type { Tally } from '../tally.ts'
import type { Corpus } from './corpus.ts'
import { type Mutation, mutate, splice } from './mutate.ts'

const HEADER_BYTES = 18
const TYPES: readonly number[] = Object.values(TYPE_CODES)
/** Frames of one stream. */
const MOST_FRAMES = 4
/** Longest frame of the corpus that is used, bytes. */
const MOST_BYTES = 4096

interface PlainFrame {
  readonly code: number
  readonly flags: number
  readonly sequence: number
  readonly payload: Buffer
}

export function runFrameBatch({ frames }: Corpus, random: Random, cases: number, tally: Tally): void {
  const short = frames.filter(({ length }) => length <= MOST_BYTES)
  for (let count = 0; count < cases; count++) {
    const stream = Array.from({ length: 1 + below(random, MOST_FRAMES) }, () => pick(random, short))
    const at = below(random, stream.length)
    stream[at] = damage(stream[at]!, pick(random, short), random)
    const bytes = Buffer.concat(random() < 0.1 ? [mutate(Buffer.concat(stream), random)] : stream)
    checkStream(bytes, random, tally)
  }
}

const lengthField: Mutation = (bytes, random) => {
  const copy = Buffer.from(bytes)
  const near = Math.max(0, copy.readUInt32BE(10) + below(random, 9) - 4)
  copy.writeUInt32BE(
    pick(random, [near, 0, 2 ** 32 - 1, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1, below(random, 2 ** 20)]),
    10,
  )
  return copy
}

/** Damages a frame. A quarter of them get a valid checksum again, so that the checks after the checksum run too. */
function damage(frame: Buffer, other: Buffer, random: Random): Buffer {
  const damaged = pick(random, DAMAGES)(frame, other, random)
  return random() < 0.25 && damaged.length >= HEADER_BYTES ? withChecksum(damaged) : damaged
}

const DAMAGES: readonly ((frame: Buffer, other: Buffer, random: Random) => Buffer)[] = [
  frame => frame,
  splice,
  (frame, _, random) => lengthField(frame, random),
  (frame, _, random) => mutate(frame, random),
  (frame, _, random) =>
    Buffer.concat([mutate(frame.subarray(0, HEADER_BYTES), random), frame.subarray(HEADER_BYTES)]),
  // Type and flags.
  (frame, _, random) =>
    Buffer.concat([frame.subarray(0, 4), mutate(frame.subarray(4, 6), random), frame.subarray(6)]),
]

function withChecksum(frame: Buffer): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt32BE(checksumOf(copy), 14)
  return copy
}

function checksumOf(frame: Buffer): number {
  return crc32(Buffer.concat([frame.subarray(0, 14), frame.subarray(HEADER_BYTES)]))
}

/** Reads whole frames up to the first fault, from the table of the layout alone. */
function readPlain(bytes: Buffer): { frames: PlainFrame[]; fault: string | undefined } {
  const frames: PlainFrame[] = []
  let rest = bytes
  while (rest.length >= HEADER_BYTES) {
    if (rest.toString('latin1', 0, 4) !== 'ita1') return { frames, fault: 'magic' }
    const length = rest.readUInt32BE(10)
    if (length > MAX_PAYLOAD_BYTES) return { frames, fault: 'frame-length' }
    if (rest.length < HEADER_BYTES + length) break
    const frame = rest.subarray(0, HEADER_BYTES + length)
    if (frame.readUInt32BE(14) !== checksumOf(frame)) return { frames, fault: 'frame-crc' }
    const [code, flags] = [frame[4]!, frame[5]!]
    if (!TYPES.includes(code)) return { frames, fault: 'frame-type' }
    if (flags > 3) return { frames, fault: 'frame-flags' }
    frames.push({ code, flags, sequence: frame.readUInt32BE(6), payload: frame.subarray(HEADER_BYTES) })
    rest = rest.subarray(frame.length)
  }
  return { frames, fault: undefined }
}

function checkStream(bytes: Buffer, random: Random, tally: Tally): void {
  const expected = readPlain(bytes)
  const reader = new FrameReader()
  const longest = 1 + below(random, random() < 0.3 ? 30 : bytes.length + 1)
  let read = 0
  let fault: string | undefined
  try {
    for (let at = 0; at < bytes.length; ) {
      const next = Math.min(bytes.length, at + 1 + below(random, longest))
      const chunk = Buffer.from(bytes.subarray(at, next))
      for (const frame of reader.read(chunk)) {
        const want = expected.frames[read++]
        assert.ok(want !== undefined, `unexpected frame: ${frame.type} ${frame.sequence}`)
        const flags = (frame.zip ? 1 : 0) + (frame.snapshot ? 2 : 0)
        assert.deepEqual(
          [TYPE_CODES[frame.type], flags, frame.sequence],
          [want.code, want.flags, want.sequence],
        )
        assert.ok(want.payload.equals(frame.payload), `payload of ${frame.type} ${frame.sequence}`)
      }
      // A socket's reader uses the same buffer for the next chunk.
      chunk.fill(0)
      at = next
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    assert.ok(error instanceof LineError, `expected a LineError, got ${error}`)
    fault = error.kind
  }
  assert.equal(read, expected.frames.length, 'frames read')
  assert.equal(fault, expected.fault)
  tally.count(fault ?? 'frames')
}
