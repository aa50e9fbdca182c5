/**
 * The pack, the content of a DynamoDB item: ticks of one issue and trading date in order, compressed. The first tick has
 * its whole board, so a pack can be read without any other pack.
 */
import { crc32 } from 'node:zlib'
import type { Tick } from '../tick.ts'
import { asTradingDate } from '../units.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { TickDecoder, TickEncoder } from './tick-codec.ts'

/** Layout version of the bytes. What a change of it requires: docs/pack-format.md. */
const VERSION = 3
/** Bytes of the CRC-32 at the end, over all bytes before. Without it, a flipped bit would change a price unnoticed. */
const CRC_BYTES = 4

/** The bytes are not a pack of this version. */
export class PackError extends Error {
  override readonly name = 'PackError'
}

/**
 * Encodes ticks as a pack.
 * @param ticks at least one tick; all of one issue, line and trading date, with rising sequences.
 * @throws RangeError for any other ticks.
 */
export function encodePack(ticks: readonly Tick[]): Uint8Array {
  const first = ticks[0]
  if (first === undefined) throw new RangeError('pack: expected at least one tick, got none')
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
 * Returns the ticks of a pack, in order.
 * @throws PackError if the bytes are not a pack.
 */
export function decodePack(bytes: Uint8Array): Tick[] {
  return [...packTicks(bytes)]
}

/**
 * Yields the ticks of a pack one by one, so that the boards of all ticks need not be in memory together.
 * @throws PackError if the bytes are not a pack.
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
    throw new PackError(`expected a pack, got ${bytes.length} invalid bytes: ${reason}`, {
      cause: error,
    })
  }
}
