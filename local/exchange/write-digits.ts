/** Writes decimal digits into a byte buffer, without an intermediate string. */
import type { DayMicros } from '../../market/units.ts'

const BLANK = 0x20
const ZERO = 0x30
/** A number of this size or more is written in two parts, so that the digit loop uses 32-bit integers. */
const INTEGER_LIMIT = 2 ** 31
const LOW_PART = 100_000_000
const LOW_PART_DIGITS = 8

export function putBlanks(target: Uint8Array, at: number, count: number): number {
  for (let i = at; i < at + count; i++) target[i] = BLANK
  return at + count
}

/** Writes `value` (an integer ≥ 0) right-aligned in `width` bytes, with blanks before it. */
export function putNumber(target: Uint8Array, at: number, width: number, value: number): number {
  let i = at + width - 1
  let rest = value
  if (value >= INTEGER_LIMIT) {
    const high = Math.floor(value / LOW_PART)
    putZeroPadded(target, i - LOW_PART_DIGITS + 1, LOW_PART_DIGITS, value - high * LOW_PART)
    i -= LOW_PART_DIGITS
    rest = high
  }
  let digits = rest | 0
  do {
    const quotient = (digits / 10) | 0
    target[i--] = ZERO + digits - quotient * 10
    digits = quotient
  } while (digits > 0)
  while (i >= at) target[i--] = BLANK
  return at + width
}

/** Writes `value` (an integer, 0 ≤ value < 2³¹) in exactly `width` digits. */
export function putZeroPadded(target: Uint8Array, at: number, width: number, value: number): number {
  let digits = value | 0
  for (let i = at + width - 1; i >= at; i--) {
    const quotient = (digits / 10) | 0
    target[i] = ZERO + digits - quotient * 10
    digits = quotient
  }
  return at + width
}

/** Cache of the last time written: one message contains the same time up to two dozen times. */
const lastTime = { value: -1, digits: new Uint8Array(12) }

/** Writes HHMMSSuuuuuu of `time` (microseconds since midnight). */
export function putMicroTime(target: Uint8Array, at: number, time: DayMicros): number {
  const { digits } = lastTime
  if (time !== lastTime.value) {
    const seconds = Math.floor(time / 1_000_000)
    putSeconds(digits, 0, seconds)
    putZeroPadded(digits, 6, 6, time - seconds * 1_000_000)
    lastTime.value = time
  }
  for (let i = 0; i < 12; i++) target[at + i] = digits[i]!
  return at + 12
}

/** Writes HHMMSS of `time` (microseconds since midnight). */
export function putSecondTime(target: Uint8Array, at: number, time: DayMicros): number {
  return putSeconds(target, at, Math.floor(time / 1_000_000))
}

function putSeconds(target: Uint8Array, at: number, seconds: number): number {
  const minutes = (seconds / 60) | 0
  const hours = (minutes / 60) | 0
  putZeroPadded(target, at, 2, hours)
  putZeroPadded(target, at + 2, 2, minutes - hours * 60)
  return putZeroPadded(target, at + 4, 2, seconds - minutes * 60)
}
