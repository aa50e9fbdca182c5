/**
 * Frames: the units in which the line sends everything.
 *
 * | bytes | field |
 * |---|---|
 * | 4 | magic `ita1` |
 * | 1 | type |
 * | 1 | flags |
 * | 4 | sequence: the number of a content frame, from 1 without gaps; in other frames, the number of the last content frame sent before |
 * | 4 | length of the payload |
 * | 4 | CRC-32 of the 14 bytes above and the payload |
 *
 * Numbers are big-endian.
 */
import { crc32 } from 'node:zlib'

export const MAGIC = 0x69746131
export const HEADER_BYTES = 18
const CHECKED_HEADER_BYTES = 14
/** Largest payload: some forty times what the line sends in one frame. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024

/** Types of frames. Content frames (`prices` and below) are numbered. */
export const TYPE_CODES = {
  login: 1,
  'login-accepted': 2,
  'login-refused': 3,
  heartbeat: 4,
  logout: 5,
  'resend-request': 6,
  'resend-refused': 7,
  'snapshot-request': 8,
  'snapshot-end': 9,
  prices: 32,
  master: 33,
  news: 34,
  market: 35,
} as const
export type FrameType = keyof typeof TYPE_CODES

const TYPES = new Map<number, FrameType>(
  Object.entries(TYPE_CODES).map(([type, code]) => [code, type as FrameType]),
)
const NO_BYTES = Buffer.alloc(0)
const FIRST_CONTENT_CODE = TYPE_CODES.prices

const ZIP = 1
const SNAPSHOT = 2

export interface Frame {
  readonly type: FrameType
  readonly sequence: number
  /** The payload is a PKZIP archive of one file. */
  readonly zip: boolean
  /** Part of a snapshot, which is the state of the market after frame `sequence`. */
  readonly snapshot: boolean
  readonly payload: Uint8Array
}

/** Bytes break the protocol of the line; the connection cannot be used any further. */
export class LineError extends Error {
  override readonly name = 'LineError'
  /** Kind of error, for counting: `magic`, `frame-crc`, `zip-crc` … */
  readonly kind: string

  constructor(kind: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** Whether frames of a type carry content of the market. Only these frames are numbered. */
export function isContent(type: FrameType): boolean {
  return TYPE_CODES[type] >= FIRST_CONTENT_CODE
}

/**
 * Returns the bytes of a frame.
 * @throws RangeError when the payload is longer than {@link MAX_PAYLOAD_BYTES}.
 */
export function encodeFrame(frame: Frame): Buffer {
  const { type, sequence, zip, snapshot, payload } = frame
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new RangeError(
      `${type} frame: expected a payload of at most ${MAX_PAYLOAD_BYTES} bytes, got ${payload.length}`,
    )
  }
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length)
  bytes.writeUInt32BE(MAGIC, 0)
  bytes[4] = TYPE_CODES[type]
  bytes[5] = (zip ? ZIP : 0) | (snapshot ? SNAPSHOT : 0)
  bytes.writeUInt32BE(sequence, 6)
  bytes.writeUInt32BE(payload.length, 10)
  bytes.set(payload, HEADER_BYTES)
  bytes.writeUInt32BE(checksum(bytes, 0, bytes.length), CHECKED_HEADER_BYTES)
  return bytes
}

/** A frame without content of the market. */
export function controlFrame(
  type: FrameType,
  sequence: number,
  payload: Uint8Array = new Uint8Array(0),
): Buffer {
  return encodeFrame({ type, sequence, zip: false, snapshot: false, payload })
}

/**
 * Cuts a stream of bytes into frames, wherever its chunks begin and end. If a frame came in one chunk, its payload is a
 * view of that chunk and lasts as long.
 */
export class FrameReader {
  /** A frame that is still incomplete. */
  #partial = NO_BYTES
  /** Bytes of the partial frame so far. */
  #bytes = 0
  /** Offset of the current frame in the stream. */
  #offset: number

  /** @param offset of the first byte in the stream, for errors. */
  constructor(offset = 0) {
    this.#offset = offset
  }

  /** Returns the size of the frame at `at`, or of its header while the header is incomplete. */
  #sizeAt(bytes: Buffer, at: number): number {
    if (bytes.length - at < HEADER_BYTES) return HEADER_BYTES
    const magic = bytes.readUInt32BE(at)
    if (magic !== MAGIC) {
      throw new LineError(
        'magic',
        `stream offset ${this.#offset}: expected a frame to start with 0x${MAGIC.toString(16)}, got 0x${magic.toString(16)}`,
      )
    }
    const length = bytes.readUInt32BE(at + 10)
    if (length > MAX_PAYLOAD_BYTES) {
      throw new LineError(
        'frame-length',
        `stream offset ${this.#offset}: expected a payload of at most ${MAX_PAYLOAD_BYTES} bytes, got ${length}`,
      )
    }
    return HEADER_BYTES + length
  }

  #frameAt(bytes: Buffer, at: number, end: number): Frame {
    const stated = bytes.readUInt32BE(at + CHECKED_HEADER_BYTES)
    const actual = checksum(bytes, at, end)
    if (stated !== actual) {
      throw new LineError(
        'frame-crc',
        `stream offset ${this.#offset}: expected a frame with CRC ${actual}, got ${stated}`,
      )
    }
    const code = bytes[at + 4]!
    const type = TYPES.get(code)
    if (type === undefined) {
      throw new LineError(
        'frame-type',
        `stream offset ${this.#offset}: expected a known type in an intact frame, got ${code}`,
      )
    }
    const flags = bytes[at + 5]!
    if (flags & ~(ZIP | SNAPSHOT)) {
      throw new LineError('frame-flags', `stream offset ${this.#offset}: unknown frame flags ${flags}`)
    }
    return {
      type,
      sequence: bytes.readUInt32BE(at + 6),
      zip: (flags & ZIP) !== 0,
      snapshot: (flags & SNAPSHOT) !== 0,
      payload: bytes.subarray(at + HEADER_BYTES, end),
    }
  }

  /**
   * Returns the frames that are complete with this chunk.
   * @throws LineError naming the offset in the stream. No later chunk can be read then.
   */
  *read(chunk: Buffer): Generator<Frame> {
    for (let at = 0; ; ) {
      if (this.#bytes === 0) {
        const size = this.#sizeAt(chunk, at)
        if (size <= chunk.length - at) {
          yield this.#frameAt(chunk, at, at + size)
          this.#offset += size
          at += size
          continue
        }
        if (at === chunk.length) return
        this.#partial = Buffer.allocUnsafe(size)
      }
      const copied = chunk.copy(this.#partial, this.#bytes, at)
      at += copied
      this.#bytes += copied
      if (this.#bytes < this.#partial.length) return
      const size = this.#sizeAt(this.#partial, 0)
      if (size > this.#bytes) {
        const grown = Buffer.allocUnsafe(size)
        this.#partial.copy(grown)
        this.#partial = grown
      } else {
        yield this.#frameAt(this.#partial, 0, size)
        this.#offset += size
        this.#bytes = 0
        this.#partial = NO_BYTES
      }
    }
  }
}

function checksum(bytes: Buffer, at: number, end: number): number {
  return crc32(bytes.subarray(at + HEADER_BYTES, end), crc32(bytes.subarray(at, at + CHECKED_HEADER_BYTES)))
}
