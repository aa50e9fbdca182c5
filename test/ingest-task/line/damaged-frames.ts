/** Cuts bytes of a line into frames, and makes faulty frames of good ones. */
import type { Socket } from 'node:net'
import { contentOf } from '../../../ingest-task/line/content.ts'
import { encodeFrame, type Frame, FrameReader, HEADER_BYTES } from '../../../ingest-task/line/frame.ts'
import { encodeMaster } from '../../../ingest-task/quick/records.ts'
import { encodeWindows31J } from '../../../ingest-task/quick/windows-31j.ts'

/** Calls `take` with the bytes of every whole frame of a socket, which must send nothing else. */
export function eachFrame(socket: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const size = rest.length < HEADER_BYTES ? Infinity : HEADER_BYTES + rest.readUInt32BE(10)
      if (rest.length < size) return
      const frame = rest.subarray(0, size)
      rest = rest.subarray(size)
      take(frame)
    }
  })
}

/** Reads the first frame of some bytes. */
export function parseFrame(bytes: Buffer): Frame {
  const [frame] = new FrameReader().read(bytes)
  if (frame === undefined) throw new Error(`expected a whole frame, got ${bytes.length} bytes`)
  return frame
}

/** Returns a copy with another byte at `at`. */
export function withChangedByte(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 0x55
  return copy
}

/** Offset of the last digit of the NO tag in the first message. */
const UPDATE_NUMBER_END = 50

/** Returns a valid frame in which a digit of the first message is no digit any more. */
export function withBadMessage(frame: Frame): Buffer {
  const content = contentOf(frame)
  if (content.kind !== 'messages') throw new Error(`expected a frame of messages, got ${content.kind}`)
  return encodeFrame({ ...frame, zip: false, payload: withChangedByte(content.bytes, UPDATE_NUMBER_END) })
}

/** Returns a valid frame whose text makes no sense, or whose issue master has a row with an invalid code. */
export function withBadText(frame: Frame): Buffer {
  const content = contentOf(frame)
  if (content.kind !== 'issues') return encodeFrame({ ...frame, zip: false, payload: encodeWindows31J('?') })
  const [issue, ...others] = content.issues
  return encodeFrame({ ...frame, zip: false, payload: encodeMaster([{ ...issue!, code: '?' }, ...others]) })
}
