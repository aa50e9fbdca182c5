/** Reads PKZIP archives of one file, which hold the larger payloads of the line (PKWARE APPNOTE 6.3.10, 4.3.7–4.3.16). */
import { crc32, inflateRawSync } from 'node:zlib'

export const LOCAL_HEADER = 0x04034b50
export const DATA_DESCRIPTOR = 0x08074b50
export const LOCAL_HEADER_BYTES = 30
export const CENTRAL_HEADER = 0x02014b50
/** In place of a size: the size is in the extra field, with 64 bits (APPNOTE 4.3.9.2). */
const ZIP64_SIZE = 0xffff_ffff

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

/** What a local header states about its file. */
interface LocalHeader {
  readonly method: number
  /** Sizes and CRC come in a data descriptor after the data. */
  readonly described: boolean
  /** Offset of the data. */
  readonly start: number
  readonly crc: number
  readonly packed: number
  readonly size: number
}

/**
 * Returns the file of an archive that holds one file. The directory must follow the file: a header with damaged flags
 * may state that an archive with a descriptor is an empty file.
 * @throws ZipError naming what is wrong with the archive.
 */
export function unzip(archive: Uint8Array): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength)
  const { method, described, start, packed, crc, size } = localHeader(archive, view)
  if (!described) need(archive, start + packed, `${packed} bytes of data`)
  const data = archive.subarray(start, described ? archive.length : start + packed)
  const { file, used } = method === STORED ? { file: data, used: data.length } : inflate(data)
  if (!described && used !== packed) {
    throw new ZipError('zip-format', `expected ${packed} deflated bytes, got ${used}`)
  }
  const stated = described ? descriptorAt(archive, view, start + used) : { crc, size, end: start + used }
  check(file, stated)
  checkDirectory(archive, view, stated.end)
  return file
}

function localHeader(archive: Uint8Array, view: DataView): LocalHeader {
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
  const header = {
    method,
    described,
    start,
    crc: view.getUint32(14, true),
    packed: view.getUint32(18, true),
    size: view.getUint32(22, true),
  }
  if (header.packed === ZIP64_SIZE || header.size === ZIP64_SIZE) {
    throw new ZipError('zip-format', 'expected sizes of 32 bits in the local header, got zip64')
  }
  return header
}

/** Checks that the directory follows the only file. */
function checkDirectory(archive: Uint8Array, view: DataView, offset: number): void {
  need(archive, offset + 4, 'a central header')
  const signature = view.getUint32(offset, true)
  if (signature === CENTRAL_HEADER) return
  const got = signature === LOCAL_HEADER ? 'a second file' : `0x${signature.toString(16)}`
  throw new ZipError('zip-format', `expected the directory after one file, at offset ${offset}, got ${got}`)
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

/** What is stated about a file, and the offset after its data and descriptor. */
interface FileEnd {
  readonly crc: number
  readonly size: number
  readonly end: number
}

/** Reads a data descriptor. Its signature is optional (APPNOTE 4.3.9.3). */
function descriptorAt(archive: Uint8Array, view: DataView, offset: number): FileEnd {
  need(archive, offset + 12, 'a data descriptor')
  const signed = view.getUint32(offset, true) === DATA_DESCRIPTOR
  if (signed) need(archive, offset + 16, 'a data descriptor')
  const at = offset + (signed ? 4 : 0)
  return { crc: view.getUint32(at, true), size: view.getUint32(at + 8, true), end: at + 12 }
}

function check(file: Uint8Array, stated: FileEnd): void {
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
