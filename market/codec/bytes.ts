/** Writers and readers of bytes, with numbers of variable length: seven bits a byte, lowest first (LEB128). */

/** Bytes of a new writer's buffer. A full buffer doubles. */
const INITIAL_BYTES = 4096

/** Encoded bytes are cut off or invalid. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
}

export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #length = 0

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** Writes a whole number from 0 to 2⁵³ − 1. */
  unsigned(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8)
    const bytes = this.#bytes
    let rest = value
    while (rest > 0x7fff_ffff) {
      bytes[this.#length++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[this.#length++] = rest
  }

  raw(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Returns the bytes written, valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Returns a copy of the bytes written. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #grow(more: number): void {
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more))
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  byte(): number {
    const value = this.#bytes[this.#offset]
    if (value === undefined) throw new CodecError(`expected a byte at offset ${this.#offset}, got the end`)
    this.#offset++
    return value
  }

  unsigned(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
      factor *= 128
      if (factor > 2 ** 49) {
        throw new CodecError(
          `expected a number of at most 8 bytes before offset ${this.#offset}, got a longer one`,
        )
      }
    }
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new CodecError(`expected a number below 2^53 before offset ${this.#offset}, got ${value}`)
    }
    return value
  }

  /** Returns the bytes that are not read yet. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset)
  }
}
