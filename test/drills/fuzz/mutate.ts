/** Random damage to bytes. */
import { below, pick, type Random } from '../../../local/exchange/random.ts'

export type Mutation = (bytes: Buffer, random: Random) => Buffer

/** Bytes with a meaning to one of the decoders. */
const MEANINGFUL = Buffer.from('\x00\x01\x08\x11\x12\x13\x7f\x80\xff 0149+-QNSVPKA\t\n', 'latin1')

/** Returns a span of at most `longest` bytes within `bytes`. */
function span(bytes: Buffer, random: Random, longest: number): [from: number, to: number] {
  const from = below(random, bytes.length + 1)
  return [from, Math.min(bytes.length, from + 1 + below(random, longest))]
}

const LONGEST_SPAN = 40

/** Returns a copy with one byte set. */
const withByte = (bytes: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes)
  if (at < copy.length) copy[at] = value
  return copy
}

/** Flips one bit. */
export const flip: Mutation = (bytes, random) => {
  const at = below(random, bytes.length)
  return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << below(random, 8)))
}
export const overwrite: Mutation = (bytes, random) =>
  withByte(bytes, below(random, bytes.length), pick(random, [...MEANINGFUL, below(random, 256)]))
export const truncate: Mutation = (bytes, random) => bytes.subarray(0, below(random, bytes.length))
export const remove: Mutation = (bytes, random) => {
  const [from, to] = span(bytes, random, LONGEST_SPAN)
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
}
export const insert: Mutation = (bytes, random) => {
  const at = below(random, bytes.length + 1)
  const extra = Buffer.from(Array.from({ length: 1 + below(random, 8) }, () => pick(random, [...MEANINGFUL])))
  return Buffer.concat([bytes.subarray(0, at), extra, bytes.subarray(at)])
}
export const repeat: Mutation = (bytes, random) => {
  const [from, to] = span(bytes, random, LONGEST_SPAN)
  return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])
}
/** Copies a span over another place. */
export const overlay: Mutation = (bytes, random) => {
  const [from, to] = span(bytes, random, LONGEST_SPAN)
  const copy = Buffer.from(bytes)
  bytes.copy(copy, below(random, bytes.length), from, to)
  return copy
}
/** Changes one digit. */
export const digit: Mutation = (bytes, random) => {
  const start = below(random, bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const at = (start + i) % bytes.length
    if (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) return withByte(bytes, at, 0x30 + below(random, 10))
  }
  return bytes
}

export const MUTATIONS: readonly Mutation[] = [
  flip,
  flip,
  overwrite,
  overwrite,
  truncate,
  remove,
  insert,
  repeat,
  overlay,
  digit,
]

/** Joins the head of the first and the tail of the second. */
export function splice(a: Buffer, b: Buffer, random: Random): Buffer {
  const at = below(random, a.length + 1)
  // Mostly at the same offset, so that fields keep their places.
  const other = random() < 0.7 ? Math.min(at, b.length) : below(random, b.length + 1)
  return Buffer.concat([a.subarray(0, at), b.subarray(other)])
}

/** Applies mostly one mutation, sometimes a few. */
export function mutate(bytes: Buffer, random: Random, mutations = MUTATIONS): Buffer {
  let mutated = bytes
  do {
    if (mutated.length === 0) return mutated
    mutated = pick(random, mutations)(mutated, random)
  } while (random() < 0.2)
  return mutated
}
