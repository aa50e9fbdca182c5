/** Reads PKZIP archives of one file, which hold the larger payloads of the line (PKWARE APPNOTE 6.3.10, 4.3.7–4.3.16). */
import { crc32, inflateRawSync } from 'node:zlib'

export const LOCAL_HEADER = 0x04034b50
export const DATA_DESCRIPTOR = 0x08074b50
export const LOCAL_HEADER_BYTES = 30

const STORED = 0
export const DEFLATED = 8
const FLAG_ENCRYPTED = 1
/** Sizes and CRC come in a data descriptor after the data, not in the header. */
export const FLAG_DESCRIPTOR = 8

/** Largest size of an unpacked file: over a hundred times the content of one frame. */
export const MAX_UNZIPPED_BYTES = 4 * 1024 * 1024

/** Size of the output buffer. The content of a frame fits into one buffer, which saves a third of the time. */
const CHUNK_BYTES = 32 * 1024

export type ZipErrorKind = 'zip-truncated' | 'zip-format' | 'zip-deflate' | 'zip-bomb' | 'zip-crc'

/** The bytes are not a valid archive. */
export class ZipError extends Error {
  override readonly name = 'ZipError'
  readonly kind: ZipErrorKind

  constructor(kind: ZipErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/**
 * Returns the file of an archive that holds one file.
 * @throws ZipError naming what is wrong with the archive.
 */
export function unzip(archive: Uint8Array): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength)
  need(archive, LOCAL_HEADER_BYTES, 'a local header')
  const signature = view.getUint32(0, true)
  if (signature !== LOCAL_HEADER) {
    throw new ZipError('zip-format', `expected a local header at offset 0, got 0x${signature.toString(16)}`)
  }
  const flags = view.getUint16(6, true)
  const method = view.getUint16(8, true)
  if (flags & FLAG_ENCRYPTED) throw new ZipError('zip-format', 'expected a plain file, got an encrypted file')
  if (method !== STORED && method !== DEFLATED) {
    throw new ZipError('zip-format', `expected a file stored (0) or deflated (8), got method ${method}`)
  }
  const start = LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true)
  const described = (flags & FLAG_DESCRIPTOR) !== 0
  if (described && method === STORED) {
    throw new ZipError(
      'zip-format',
      'expected the size of a stored file in its header, got a data descriptor',
    )
  }
  const packed = view.getUint32(18, true)
  if (!described) need(archive, start + packed, `${packed} bytes of data`)
  const data = archive.subarray(start, described ? archive.length : start + packed)
  const { file, used } = method === STORED ? { file: data, used: data.length } : inflate(data)
  if (!described && used !== packed) {
    throw new ZipError('zip-format', `expected ${packed} deflated bytes, got ${used}`)
  }
  check(
    file,
    described
      ? descriptorAt(archive, view, start + used)
      : { crc: view.getUint32(14, true), size: view.getUint32(22, true) },
  )
  return file
}

function inflate(data: Uint8Array): { file: Uint8Array; used: number } {
  try {
    const { buffer, engine } = inflateRawSync(data, {
      maxOutputLength: MAX_UNZIPPED_BYTES,
      chunkSize: CHUNK_BYTES,
      info: true,
    }) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    return { file: buffer, used: engine.bytesWritten }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new ZipError('zip-bomb', `expected at most ${MAX_UNZIPPED_BYTES} unpacked bytes, got more`, {
        cause: error,
      })
    }
    const kind = code === 'Z_BUF_ERROR' ? 'zip-truncated' : 'zip-deflate'
    const reason = error instanceof Error ? error.message : String(error)
    throw new ZipError(kind, `expected deflated data, got ${data.length} other bytes: ${reason}`, {
      cause: error,
    })
  }
}

/** Reads a data descriptor. Its signature is optional (APPNOTE 4.3.9.3). */
function descriptorAt(archive: Uint8Array, view: DataView, offset: number): { crc: number; size: number } {
  need(archive, offset + 12, 'a data descriptor')
  const signed = view.getUint32(offset, true) === DATA_DESCRIPTOR
  if (signed) need(archive, offset + 16, 'a data descriptor')
  const at = offset + (signed ? 4 : 0)
  return { crc: view.getUint32(at, true), size: view.getUint32(at + 8, true) }
}

function check(file: Uint8Array, stated: { crc: number; size: number }): void {
  const crc = crc32(file)
  if (file.length !== stated.size || crc !== stated.crc) {
    throw new ZipError(
      'zip-crc',
      `expected ${stated.size} bytes with CRC ${stated.crc}, got ${file.length} with CRC ${crc}`,
    )
  }
}

function need(archive: Uint8Array, bytes: number, what: string): void {
  if (archive.length < bytes) {
    throw new ZipError('zip-truncated', `expected ${what} up to offset ${bytes}, got ${archive.length} bytes`)
  }
}
