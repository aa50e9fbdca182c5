/**
 * Sequence numbers in the form of Kinesis: 56 decimal digits. In hexadecimal they are 47 digits, from the left:
 * `2`, seconds of the stream's creation (9), `0`, position (16), `00`, seconds of arrival (9), shard (8), `2`.
 * Positions count through the whole stream, so numbers grow from a parent shard to its children too.
 */

export interface SequenceParts {
  /** Epoch seconds at which the stream was created: numbers of another stream are recognised by them. */
  readonly created: number
  readonly position: number
  readonly shard: number
}

/** @param at epoch ms. */
export function formatSequenceNumber({ created, position, shard }: SequenceParts, at: number): string {
  const digits = [
    '2',
    hex(created, 9),
    '0',
    hex(position, 16),
    '00',
    hex(Math.trunc(at / 1000), 9),
    hex(shard, 8),
    '2',
  ]
  return BigInt(`0x${digits.join('')}`).toString()
}

/** Returns `undefined` for a text that no stream here gave out. */
export function parseSequenceNumber(text: string): SequenceParts | undefined {
  if (!/^[1-9]\d{0,127}$/.test(text)) return undefined
  const [, created, position, shard] = LAYOUT.exec(BigInt(text).toString(16)) ?? []
  if (created === undefined || position === undefined || shard === undefined) return undefined
  return { created: fromHex(created), position: fromHex(position), shard: fromHex(shard) }
}

const LAYOUT = /^2(.{9})0(.{16})00.{9}(.{8})2$/

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

function fromHex(digits: string): number {
  return Number.parseInt(digits, 16)
}
