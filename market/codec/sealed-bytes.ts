/**
 * What every version of envelopes and packs has: the version in the first byte, and the CRC-32 of all other bytes at the
 * end. So a reader of any release can tell a version that it does not know from damaged bytes.
 */
import { crc32 } from 'node:zlib'
import { ByteReader, type ByteWriter, CodecError } from './bytes.ts'

/** Bytes of the checksum. Without it, a flipped bit would change a price unnoticed. */
export const CRC_BYTES = 4
const VERSION_BYTES = 1

/**
 * The bytes are undamaged, but another release of itastream wrote them in a version that this release cannot read. A
 * reader must not skip them: docs/format-versions.md.
 */
export class UnknownVersionError extends Error {
  override readonly name = 'UnknownVersionError'
}

/** Appends the checksum to what `out` has, and returns all bytes. */
export function seal(out: ByteWriter): Uint8Array {
  const crc = crc32(out.view())
  for (let shift = 24; shift >= 0; shift -= 8) out.byte((crc >>> shift) & 0xff)
  return out.copy()
}

/**
 * Returns a reader of the bytes between version and checksum.
 * @param format names the bytes, for errors: "envelope".
 * @throws CodecError if the bytes are damaged.
 * @throws UnknownVersionError if they are undamaged and have another version.
 */
export function unseal(bytes: Uint8Array, format: string, version: number): ByteReader {
  const end = bytes.length - CRC_BYTES
  if (end < VERSION_BYTES) {
    throw new CodecError(
      `expected at least ${VERSION_BYTES + CRC_BYTES} bytes for the ${format}, got ${bytes.length}`,
    )
  }
  const stated = new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0)
  const actual = crc32(bytes.subarray(0, end))
  if (stated !== actual) throw new CodecError(`expected CRC ${actual} of the ${format}, got ${stated}`)
  const got = bytes[0]
  if (got !== version) throw new UnknownVersionError(`expected ${format} version ${version}, got ${got}`)
  return new ByteReader(bytes.subarray(VERSION_BYTES, end))
}
