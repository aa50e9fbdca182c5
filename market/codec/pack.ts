/**
 * The pack, the content of a DynamoDB item: ticks of one issue and trading date in order, compressed. The first tick has
 * its whole board, so a pack can be read without any other pack.
 */
import type { Tick } from '../tick.ts'
import { asTradingDate } from '../units.ts'
import { ByteWriter } from './bytes.ts'
import { seal, UnknownVersionError, unseal } from './sealed-bytes.ts'
import { TickDecoder, TickEncoder } from './tick-codec.ts'

/** Layout version of the bytes. What a change of it requires: docs/format-versions.md. */
const VERSION = 3

/** The bytes are not a pack. */
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
  return seal(out)
}

/**
 * Returns the ticks of a pack, in order.
 * @throws PackError if the bytes are not a pack.
 * @throws UnknownVersionError if another release wrote them in another version.
 */
export function decodePack(bytes: Uint8Array): Tick[] {
  return [...packTicks(bytes)]
}

/**
 * Yields the ticks of a pack one by one, so that the boards of all ticks need not be in memory together.
 * @throws PackError if the bytes are not a pack.
 * @throws UnknownVersionError if another release wrote them in another version.
 */
export function* packTicks(bytes: Uint8Array): Generator<Tick> {
  try {
    const reader = unseal(bytes, 'pack', VERSION)
    const line = reader.byte()
    const tradingDate = asTradingDate(reader.unsigned())
    const count = reader.unsigned()
    const decoder = new TickDecoder(reader.rest(), line, tradingDate)
    for (let left = count; left > 0; left--) yield decoder.next()
    decoder.finish()
  } catch (error) {
    if (error instanceof UnknownVersionError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new PackError(`expected a pack, got ${bytes.length} invalid bytes: ${reason}`, {
      cause: error,
    })
  }
}
