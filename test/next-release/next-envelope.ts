/**
 * Stands in for market/codec/envelope.ts in functions of an invented next release. It writes version 3, which has a new
 * number before the content of version 2, and it reads both versions.
 */
import { ByteWriter } from '../../market/codec/bytes.ts'
import * as current from '../../market/codec/envelope.ts'
import { seal, type UnknownVersionError, unseal } from '../../market/codec/sealed-bytes.ts'

// The functions import everything else as it is.
export * from '../../market/codec/envelope.ts'

const VERSION = 3
const CURRENT = 2
const NEW_NUMBER = 4_711

/** Returns the bytes of version 3 with the content of an envelope of version 2. */
export function toNextVersion(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter()
  out.byte(VERSION)
  out.unsigned(NEW_NUMBER)
  out.raw(unseal(bytes, 'envelope', CURRENT).rest())
  return seal(out)
}

function toCurrentVersion(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== VERSION) return bytes
  const reader = unseal(bytes, 'envelope', VERSION)
  if (reader.unsigned() !== NEW_NUMBER) throw new Error('expected the number of version 3')
  const out = new ByteWriter()
  out.byte(CURRENT)
  out.raw(reader.rest())
  return seal(out)
}

export function decodeEnvelope(bytes: Uint8Array): current.Envelope {
  return current.decodeEnvelope(toCurrentVersion(bytes))
}

export function decodeHeader(bytes: Uint8Array): ReturnType<typeof current.decodeHeader> {
  return current.decodeHeader(toCurrentVersion(bytes))
}

export function unknownVersionOf(bytes: Uint8Array): UnknownVersionError | undefined {
  return current.unknownVersionOf(toCurrentVersion(bytes))
}
