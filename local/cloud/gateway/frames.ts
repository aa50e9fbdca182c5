/** Reads the sizes of a client's frames from the frame headers in the byte stream (RFC 6455, 5.2). */

/** Returns a function that takes every chunk of a connection in order. `onFrame` receives each payload length. */
export function frameSizes(onFrame: (payloadBytes: number) => void): (chunk: Uint8Array) => void {
  /** Bytes of a header that is not complete. */
  let header: number[] = []
  /** Payload bytes before the next header. */
  let payload = 0

  return chunk => {
    let at = 0
    while (at < chunk.length) {
      if (payload > 0) {
        const passed = Math.min(payload, chunk.length - at)
        payload -= passed
        at += passed
        continue
      }
      header.push(chunk[at++]!)
      if (header.length < headerLength(header)) continue
      payload = payloadLength(header)
      header = []
      onFrame(payload)
    }
  }
}

/** Returns the length of a header: two bytes, the extended length, and the mask of four bytes. */
function headerLength([, second]: readonly number[]): number {
  if (second === undefined) return 2
  const length = second & 0x7f
  const extended = length === 127 ? 8 : length === 126 ? 2 : 0
  return 2 + extended + (second & 0x80 ? 4 : 0)
}

function payloadLength(header: readonly number[]): number {
  const length = header[1]! & 0x7f
  if (length < 126) return length
  const extended = header.slice(2, length === 126 ? 4 : 10)
  return extended.reduce((sum, byte) => sum * 256 + byte, 0)
}
