/** PKZIP archives of one file, as the line packs its larger payloads (PKWARE APPNOTE 6.3.10, sections 4.3.7–4.3.16). */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

const LOCAL_HEADER = 0x04034b50
const CENTRAL_HEADER = 0x02014b50
const END_OF_DIRECTORY = 0x06054b50
const DATA_DESCRIPTOR = 0x08074b50
const LOCAL_HEADER_BYTES = 30
const CENTRAL_HEADER_BYTES = 46
const END_OF_DIRECTORY_BYTES = 22

const STORED = 0
const DEFLATED = 8
const FLAG_ENCRYPTED = 1
/** Sizes and CRC follow the data instead of standing in the header. */
const FLAG_DESCRIPTOR = 8

/** A file may not be larger unpacked: over a hundred times what the line packs into one frame. */
export const MAX_UNZIPPED_BYTES = 4 * 1024 * 1024

/** Room made at a time: what the line packs fits in one piece, which saves a third of the time to unpack it. */
const CHUNK_BYTES = 32 * 1024

export type ZipErrorKind = 'zip-truncated' | 'zip-format' | 'zip-deflate' | 'zip-bomb' | 'zip-crc'

/** The bytes are not an archive that can be trusted. */
export class ZipError extends Error {
  override readonly name = 'ZipError'
  readonly kind: ZipErrorKind

  constructor(kind: ZipErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/**
 * The file of an archive that holds one.
 * @throws ZipError naming what is wrong with it.
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
  if (flags & FLAG_ENCRYPTED)
    throw new ZipError('zip-format', 'expected a file in clear, got an encrypted one')
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
    throw new ZipError('zip-format', `expected ${packed} deflated bytes, got an end after ${used}`)
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
      throw new ZipError('zip-bomb', `expected at most ${MAX_UNZIPPED_BYTES} bytes unpacked, got more`, {
        cause: error,
      })
    }
    const kind = code === 'Z_BUF_ERROR' ? 'zip-truncated' : 'zip-deflate'
    const reason = error instanceof Error ? error.message : String(error)
    throw new ZipError(kind, `expected deflated data, got ${data.length} bytes that are none: ${reason}`, {
      cause: error,
    })
  }
}

/** The signature of a data descriptor is optional (APPNOTE 4.3.9.3). */
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

/**
 * An archive of one deflated file.
 * @param descriptor write sizes and CRC behind the data, as a packer does that streams.
 */
export function zip(name: string, file: Uint8Array, descriptor: boolean): Buffer {
  const data = deflateRawSync(file, { level: 1 })
  const title = Buffer.from(name, 'latin1')
  const sizes = { crc: crc32(file), packed: data.length, size: file.length }
  const local = Buffer.alloc(LOCAL_HEADER_BYTES)
  local.writeUInt32LE(LOCAL_HEADER, 0)
  writeEntry(local, 4, descriptor, descriptor ? { crc: 0, packed: 0, size: 0 } : sizes, title.length)
  const tail = Buffer.alloc(descriptor ? 16 : 0)
  if (descriptor) {
    tail.writeUInt32LE(DATA_DESCRIPTOR, 0)
    tail.writeUInt32LE(sizes.crc, 4)
    tail.writeUInt32LE(sizes.packed, 8)
    tail.writeUInt32LE(sizes.size, 12)
  }
  const central = Buffer.alloc(CENTRAL_HEADER_BYTES)
  central.writeUInt32LE(CENTRAL_HEADER, 0)
  central.writeUInt16LE(VERSION, 4)
  writeEntry(central, 6, descriptor, sizes, title.length)
  const end = Buffer.alloc(END_OF_DIRECTORY_BYTES)
  end.writeUInt32LE(END_OF_DIRECTORY, 0)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length + title.length, 12)
  end.writeUInt32LE(local.length + title.length + data.length + tail.length, 16)
  return Buffer.concat([local, title, data, tail, central, title, end])
}

/** What reading deflated files needs (APPNOTE 4.4.3.2). */
const VERSION = 20

function writeEntry(
  bytes: Buffer,
  at: number,
  descriptor: boolean,
  sizes: { crc: number; packed: number; size: number },
  nameLength: number,
): void {
  bytes.writeUInt16LE(VERSION, at)
  bytes.writeUInt16LE(descriptor ? FLAG_DESCRIPTOR : 0, at + 2)
  bytes.writeUInt16LE(DEFLATED, at + 4)
  bytes.writeUInt32LE(sizes.crc, at + 10)
  bytes.writeUInt32LE(sizes.packed, at + 14)
  bytes.writeUInt32LE(sizes.size, at + 18)
  bytes.writeUInt16LE(nameLength, at + 22)
}
