/**
 * Stands in for market/codec/pack.ts in functions of an invented next release. It writes version 4, which has the content
 * of version 3 backwards, and it reads both versions.
 */
import { ByteWriter } from '../../market/codec/bytes.ts'
import * as current from '../../market/codec/pack.ts'
import { seal, unseal } from '../../market/codec/sealed-bytes.ts'
import type { Tick } from '../../market/tick.ts'

export * from '../../market/codec/pack.ts'

const VERSION = 4
const CURRENT = 3

function reversed(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const out = new ByteWriter()
  out.byte(to)
  out.raw(unseal(bytes, 'pack', from).rest().toReversed())
  return seal(out)
}

export function encodePack(ticks: readonly Tick[]): Uint8Array {
  return reversed(current.encodePack(ticks), CURRENT, VERSION)
}

export function packTicks(bytes: Uint8Array): Generator<Tick> {
  return current.packTicks(bytes[0] === VERSION ? reversed(bytes, VERSION, CURRENT) : bytes)
}

export function decodePack(bytes: Uint8Array): Tick[] {
  return [...packTicks(bytes)]
}
