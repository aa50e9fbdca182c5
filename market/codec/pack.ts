/**
 * The pack: what one DynamoDB item holds. Many ticks of one issue and trading date in order, compressed; the first
 * carries its whole board, so a pack can be read alone.
 */
import { crc32 } from 'node:zlib'
import type { Tick } from '../tick.ts'
import { asTradingDate } from '../units.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { TickDecoder, TickEncoder } from './tick-codec.ts'

/** Layout version of the bytes. What a change of it requires: docs/pack-format.md. */
const VERSION = 3
/** CRC-32 of everything before it, at the end: without it, a bit that tips over would read as another price. */
const CRC_BYTES = 4

/** The bytes are not a pack that this version reads. */
export class PackError extends Error {
  override readonly name = 'PackError'
}

/**
 * @param ticks at least one; of one issue, line and trading date, by rising sequence.
 * @throws RangeError when they are not.
 */
export function encodePack(ticks: readonly Tick[]): Uint8Array {
  const first = ticks[0]
  if (first === undefined) throw new RangeError('expected at least one tick for a pack, got none')
  const encoder = new TickEncoder()
  let previous = -1
  for (const tick of ticks) {
    if (
      tick.board.issue !== first.board.issue ||
      tick.tradingDate !== first.tradingDate ||
      tick.line !== first.line ||
      tick.sequence <= previous
    ) {
      throw new RangeError(
        `expected ticks of issue ${first.board.issue} on ${first.tradingDate}, line ${first.line}, after sequence ${previous}; ` +
          `got issue ${tick.board.issue} on ${tick.tradingDate}, line ${tick.line}, sequence ${tick.sequence}`,
      )
    }
    previous = tick.sequence
    encoder.add(tick)
  }
  const out = new ByteWriter()
  out.byte(VERSION)
  out.byte(first.line)
  out.unsigned(first.tradingDate)
  out.unsigned(ticks.length)
  out.raw(encoder.finish())
  const crc = crc32(out.view())
  for (let shift = 24; shift >= 0; shift -= 8) out.byte((crc >>> shift) & 0xff)
  return out.copy()
}

/**
 * The ticks of a pack, in order.
 * @throws PackError
 */
export function decodePack(bytes: Uint8Array): Tick[] {
  return [...packTicks(bytes)]
}

/**
 * The same one after the other: who wants one of them need not hold the boards of all.
 * @throws PackError
 */
export function* packTicks(bytes: Uint8Array): Generator<Tick> {
  try {
    const end = bytes.length - CRC_BYTES
    const reader = new ByteReader(bytes.subarray(0, Math.max(0, end)))
    const version = reader.byte()
    if (version !== VERSION) throw new PackError(`expected pack version ${VERSION}, got ${version}`)
    const stated = new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0)
    const actual = crc32(bytes.subarray(0, end))
    if (stated !== actual) throw new PackError(`expected a pack with CRC ${actual}, got ${stated}`)
    const line = reader.byte()
    const tradingDate = asTradingDate(reader.unsigned())
    const count = reader.unsigned()
    const decoder = new TickDecoder(reader.rest(), line, tradingDate)
    for (let left = count; left > 0; left--) yield decoder.next()
    decoder.finish()
  } catch (error) {
    if (error instanceof PackError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new PackError(`expected a pack, got ${bytes.length} bytes that are none: ${reason}`, {
      cause: error,
    })
  }
}
