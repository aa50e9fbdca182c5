/** Reads numbers and times from the bytes of a market message, without making text of them. */
import { ABSENT } from '../../market/board.ts'
import type { DayMicros } from '../../market/units.ts'

const BLANK = 0x20
const ZERO = 0x30
const PLUS = 0x2b

/** A market message is not in the layout of FLEX Standard. Offsets count from the start of the bytes that hold it. */
export class FlexError extends Error {
  override readonly name = 'FlexError'
  readonly offset: number
  /** The message without the offset, for callers that count from another place. */
  readonly reason: string

  constructor(offset: number, expected: string, got: string) {
    const reason = `expected ${expected}, got ${got}`
    super(`offset ${offset}: ${reason}`)
    this.offset = offset
    this.reason = reason
  }
}

/** @throws FlexError with the bytes that came. */
export function refuse(bytes: Uint8Array, at: number, width: number, expected: string): never {
  const text = Buffer.from(bytes.subarray(at, at + width)).toString('latin1')
  throw new FlexError(at, expected, JSON.stringify(text))
}

/**
 * Reads digits that are right-aligned after blanks.
 * @returns ABSENT when all bytes are blank.
 * @throws FlexError
 */
export function readNumber(bytes: Uint8Array, at: number, width: number): number {
  const end = at + width
  let i = at
  while (i < end && bytes[i] === BLANK) i++
  if (i === end) return ABSENT
  // Nine digits fit a 32-bit integer, and most numbers have no more.
  const small = Math.min(end, i + 9)
  let value = 0
  for (; i < small; i++) {
    const digit = bytes[i]! - ZERO
    if (digit < 0 || digit > 9) refuse(bytes, at, width, 'digits after blanks')
    value = (value * 10 + digit) | 0
  }
  let wide = value
  for (; i < end; i++) {
    const digit = bytes[i]! - ZERO
    if (digit < 0 || digit > 9) refuse(bytes, at, width, 'digits after blanks')
    wide = wide * 10 + digit
  }
  return wide
}

/** Reads digits and the sign after them: a plus, or a blank when the number is blank. No number of a board is negative. */
export function readSigned(bytes: Uint8Array, at: number, width: number): number {
  const value = readNumber(bytes, at, width)
  if (bytes[at + width] !== (value === ABSENT ? BLANK : PLUS)) {
    refuse(bytes, at, width + 1, 'a number and a plus, or blanks')
  }
  return value
}

/** Reads one digit; ABSENT for a blank. */
export function readDigit(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!
  if (byte === BLANK) return ABSENT
  if (byte < ZERO || byte > ZERO + 9) refuse(bytes, at, 1, 'a digit or a blank')
  return byte - ZERO
}

/** Reads HHMMSS as microseconds since midnight; ABSENT for blanks. */
export function readSeconds(bytes: Uint8Array, at: number): DayMicros {
  if (bytes[at] === BLANK) return blankTime(bytes, at, 6)
  return secondsOf(bytes, at) * 1_000_000
}

/** Reads HHMMSSuuuuuu as microseconds since midnight; ABSENT for blanks. */
export function readMicroseconds(bytes: Uint8Array, at: number): DayMicros {
  if (bytes[at] === BLANK) return blankTime(bytes, at, 12)
  let micros = 0
  for (let i = at + 6; i < at + 12; i++) {
    const digit = bytes[i]! - ZERO
    if (digit < 0 || digit > 9) refuse(bytes, at, 12, 'a time as HHMMSSuuuuuu')
    micros = micros * 10 + digit
  }
  return secondsOf(bytes, at) * 1_000_000 + micros
}

function secondsOf(bytes: Uint8Array, at: number): number {
  const hours = twoDigits(bytes, at)
  const minutes = twoDigits(bytes, at + 2)
  const seconds = twoDigits(bytes, at + 4)
  if (hours > 23 || minutes > 59 || seconds > 59) refuse(bytes, at, 6, 'a time of day as HHMMSS')
  return hours * 3600 + minutes * 60 + seconds
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO
  const ones = bytes[at + 1]! - ZERO
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) refuse(bytes, at, 2, 'two digits of a time')
  return tens * 10 + ones
}

function blankTime(bytes: Uint8Array, at: number, width: number): number {
  for (let i = at; i < at + width; i++) {
    if (bytes[i] !== BLANK) refuse(bytes, at, width, 'a time, or blanks')
  }
  return ABSENT
}
