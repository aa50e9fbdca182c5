/**
 * Numbers as bits, lowest first. Small numbers take few: in exponential Golomb code of order k a count takes k + 1 bits
 * below 2ᵏ, and two more each time it doubles.
 */
import { CodecError } from './bytes.ts'

/** Bytes that a writer starts with; it doubles when they are full. */
const INITIAL_BYTES = 4096
/** Most bits that go through 32-bit arithmetic in one step, whatever stands before them in their byte. */
const STEP_BITS = 24
const STEP_SIZE = 2 ** STEP_BITS
/** A writer stores so many bytes at once. */
const WORD_BYTES = 4
/** Counts from here on take more than one step. */
const LARGE = 2 ** (STEP_BITS - 1)
/** No count is larger than 2⁵³. */
const MOST_BITS = 53

/**
 * What writers and readers have in common: a writer writes the value and gives it back, a reader gives the one it
 * reads. So one description of a layout can serve both ends.
 */
export interface BitPort {
  /** The `count` lowest bits of a value that has no others; at most 24. */
  bits(count: number, value: number): number
  flag(value: boolean): boolean
  /** A whole number from 0 up to 2⁵³ − 2¹⁵, in exponential Golomb code of an order of at most 15. */
  count(order: number, value: number): number
  /** The same for a whole number of either sign: its distance from 0, then its sign. */
  signed(order: number, value: number): number
}

export class BitWriter implements BitPort {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #view = new DataView(this.#bytes.buffer)
  /** Whole bytes; the bits after them, fewer than eight, are pending. */
  #length = 0
  #pending = 0
  #used = 0

  /** Bytes that what has been written takes. */
  get length(): number {
    return this.#length + (this.#used > 0 ? 1 : 0)
  }

  clear(): void {
    this.#length = 0
    this.#pending = 0
    this.#used = 0
  }

  /** Makes room for so many bytes: the other methods do not look. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes + WORD_BYTES
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, needed))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }

  bits(count: number, value: number): number {
    const pending = this.#pending | (value << this.#used)
    const used = this.#used + count
    // Whatever is whole of it and what is not are stored alike: no branch that could be guessed wrong.
    this.#view.setUint32(this.#length, pending, true)
    this.#length += used >> 3
    this.#pending = pending >>> (used & 0x18)
    this.#used = used & 7
    return value
  }

  flag(value: boolean): boolean {
    this.bits(1, value ? 1 : 0)
    return value
  }

  count(order: number, value: number): number {
    if (value >= LARGE) {
      this.#large(order, value)
      return value
    }
    const shifted = value + (1 << order)
    const size = 31 - Math.clz32(shifted)
    const ones = size - order
    const rest = shifted - (1 << size)
    // The ones end with a zero.
    if (ones + 1 + size <= STEP_BITS) this.bits(ones + 1 + size, ((1 << ones) - 1) | (rest << (ones + 1)))
    else {
      this.bits(ones + 1, (1 << ones) - 1)
      this.bits(size, rest)
    }
    return value
  }

  #large(order: number, value: number): void {
    const shifted = value + 2 ** order
    const high = Math.floor(shifted / STEP_SIZE)
    const size = high === 0 ? STEP_BITS - 1 : STEP_BITS + 31 - Math.clz32(high)
    for (let ones = size - order; ones > 0; ones--) this.bits(1, 1)
    this.bits(1, 0)
    let rest = shifted - 2 ** size
    for (let left = size; left > 0; left -= STEP_BITS) {
      this.bits(Math.min(left, STEP_BITS), rest % STEP_SIZE)
      rest = Math.floor(rest / STEP_SIZE)
    }
  }

  signed(order: number, value: number): number {
    this.count(order, value < 0 ? -value : value)
    if (value !== 0) this.bits(1, value < 0 ? 1 : 0)
    return value
  }

  /** What has been written; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }
}

/** Reading past the end throws a CodecError. */
export class BitReader implements BitPort {
  /** With zeros behind, so that looking ahead needs no care. */
  readonly #bytes: Uint8Array
  readonly #end: number
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.length + 8)
    this.#bytes.set(bytes)
    this.#end = 8 * bytes.length
  }

  /** The next bits, 24 at least; zeros where there are none any more. */
  #peek(): number {
    if (this.#at > this.#end) throw new CodecError(`expected at least ${this.#at} bits, got ${this.#end}`)
    const at = this.#at >>> 3
    const bytes = this.#bytes
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    return word >>> (this.#at & 7)
  }

  bits(count: number): number {
    const value = this.#peek() & ((1 << count) - 1)
    this.#at += count
    return value
  }

  flag(): boolean {
    return this.bits(1) === 1
  }

  count(order: number): number {
    let size = order
    for (;;) {
      const word = this.#peek() & (STEP_SIZE - 1)
      const ones = 31 - Math.clz32(~word & (word + 1))
      if (ones < STEP_BITS) {
        this.#at += ones + 1
        size += ones
        break
      }
      this.#at += STEP_BITS
      size += STEP_BITS
      if (size > MOST_BITS) break
    }
    if (size <= STEP_BITS) return this.bits(size) + (1 << size) - (1 << order)
    if (size > MOST_BITS) throw new CodecError(`expected a count of at most ${MOST_BITS} bits, got ${size}`)
    let value = 0
    let factor = 1
    for (let left = size; left > 0; left -= STEP_BITS) {
      value += this.bits(Math.min(left, STEP_BITS)) * factor
      factor *= STEP_SIZE
    }
    return value + 2 ** size - 2 ** order
  }

  signed(order: number): number {
    const distance = this.count(order)
    return distance !== 0 && this.flag() ? -distance : distance
  }

  /** @throws CodecError unless all was read but for the last byte's unused bits. */
  finish(): void {
    if (this.#at > this.#end || this.#end - this.#at >= 8) {
      throw new CodecError(`expected ${this.#at} bits, got ${this.#end}`)
    }
  }
}
