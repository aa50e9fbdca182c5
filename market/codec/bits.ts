/**
 * Numbers as bits, lowest bit first. Small numbers take few bits: in exponential Golomb code of order k a count takes
 * k + 1 bits below 2ᵏ, and two more bits each time it doubles.
 */
import { CodecError } from './bytes.ts'

/** Bytes of a new writer's buffer. A full buffer doubles. */
const INITIAL_BYTES = 4096
/** Most bits of one step in 32-bit arithmetic: up to 7 bits of the same byte come before them. */
const STEP_BITS = 24
const STEP_SIZE = 2 ** STEP_BITS
/** Bytes of one store. */
const WORD_BYTES = 4
/** Counts from this value on take more than one step. */
const LARGE = 2 ** (STEP_BITS - 1)
/** No count is larger than 2⁵³. */
const MOST_BITS = 53

/**
 * The common interface of writers and readers. A writer writes the value and returns it; a reader ignores the argument
 * and returns the value it reads. So one function can describe a layout for both directions.
 */
export interface BitPort {
  /** A number of `count` bits, at most 24. */
  bits(count: number, value: number): number
  flag(value: boolean): boolean
  /** A whole number from 0 up to 2⁵³ − 2¹⁵, in exponential Golomb code of an order of at most 15. */
  count(order: number, value: number): number
  /** A whole number of either sign: its absolute value as a count, then its sign. */
  signed(order: number, value: number): number
}

export class BitWriter implements BitPort {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #view = new DataView(this.#bytes.buffer)
  /** Whole bytes written. */
  #length = 0
  /** The bits after the whole bytes, and their number: fewer than eight. */
  #pending = 0
  #used = 0

  /** Bytes written, including a last byte in part. */
  get length(): number {
    return this.#length + (this.#used > 0 ? 1 : 0)
  }

  clear(): void {
    this.#length = 0
    this.#pending = 0
    this.#used = 0
  }

  /** Makes room for this many more bytes. The other methods do not check for room. */
  reserve(bytes: number): void {
    const minimum = this.#length + bytes + WORD_BYTES
    if (minimum <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, minimum))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }

  bits(count: number, value: number): number {
    const pending = this.#pending | (value << this.#used)
    const used = this.#used + count
    // Whole bytes and pending bits are stored together, without a branch that the processor could mispredict.
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
    // A zero ends the ones.
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

  /** Returns the bytes written, valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }
}

/** Reads bits. Reading past the end throws a {@link CodecError}. */
export class BitReader implements BitPort {
  /** The bytes, then zeros, so a peek near the end needs no check. */
  readonly #bytes: Uint8Array
  readonly #end: number
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.length + 8)
    this.#bytes.set(bytes)
    this.#end = 8 * bytes.length
  }

  /** Returns at least the next 24 bits without reading them; zeros after the end. */
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

  /** @throws CodecError if bytes are left. The last byte may have unused bits. */
  finish(): void {
    if (this.#at > this.#end || this.#end - this.#at >= 8) {
      throw new CodecError(`expected ${this.#at} bits, got ${this.#end}`)
    }
  }
}
