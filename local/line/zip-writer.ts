/** Writes PKZIP archives of one file, as the line sends its larger payloads (PKWARE APPNOTE 6.3.10, 4.3.7–4.3.16). */
import { crc32, deflateRawSync } from 'node:zlib'
import {
  CENTRAL_HEADER,
  DATA_DESCRIPTOR,
  DEFLATED,
  FLAG_DESCRIPTOR,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
} from '../../ingest-task/quick/zip.ts'

const END_OF_DIRECTORY = 0x06054b50
const CENTRAL_HEADER_BYTES = 46
const END_OF_DIRECTORY_BYTES = 22
const DESCRIPTOR_BYTES = 16
/** Version that a reader needs for deflated files (APPNOTE 4.4.3.2). */
const VERSION = 20

interface Sizes {
  readonly crc: number
  readonly packed: number
  readonly size: number
}

const NO_SIZES: Sizes = { crc: 0, packed: 0, size: 0 }

/**
 * Returns an archive of one deflated file.
 * @param descriptor whether sizes and CRC come after the data, as from a program that streams.
 */
export function zip(name: string, file: Uint8Array, descriptor: boolean): Buffer {
  const data = deflateRawSync(file, { level: 1 })
  const title = Buffer.from(name, 'latin1')
  const sizes = { crc: crc32(file), packed: data.length, size: file.length }
  const local = localHeader(descriptor, descriptor ? NO_SIZES : sizes, title.length)
  const tail = descriptor ? dataDescriptor(sizes) : Buffer.alloc(0)
  const central = centralHeader(descriptor, sizes, title.length)
  const directoryAt = local.length + title.length + data.length + tail.length
  const end = endOfDirectory(central.length + title.length, directoryAt)
  return Buffer.concat([local, title, data, tail, central, title, end])
}

function localHeader(descriptor: boolean, sizes: Sizes, nameLength: number): Buffer {
  const bytes = Buffer.alloc(LOCAL_HEADER_BYTES)
  bytes.writeUInt32LE(LOCAL_HEADER, 0)
  writeEntry(bytes, 4, descriptor, sizes, nameLength)
  return bytes
}

function dataDescriptor({ crc, packed, size }: Sizes): Buffer {
  const bytes = Buffer.alloc(DESCRIPTOR_BYTES)
  bytes.writeUInt32LE(DATA_DESCRIPTOR, 0)
  bytes.writeUInt32LE(crc, 4)
  bytes.writeUInt32LE(packed, 8)
  bytes.writeUInt32LE(size, 12)
  return bytes
}

function centralHeader(descriptor: boolean, sizes: Sizes, nameLength: number): Buffer {
  const bytes = Buffer.alloc(CENTRAL_HEADER_BYTES)
  bytes.writeUInt32LE(CENTRAL_HEADER, 0)
  bytes.writeUInt16LE(VERSION, 4)
  writeEntry(bytes, 6, descriptor, sizes, nameLength)
  return bytes
}

function endOfDirectory(directoryBytes: number, directoryAt: number): Buffer {
  const bytes = Buffer.alloc(END_OF_DIRECTORY_BYTES)
  bytes.writeUInt32LE(END_OF_DIRECTORY, 0)
  bytes.writeUInt16LE(1, 8)
  bytes.writeUInt16LE(1, 10)
  bytes.writeUInt32LE(directoryBytes, 12)
  bytes.writeUInt32LE(directoryAt, 16)
  return bytes
}

/** Writes the fields that a local and a central header share. */
function writeEntry(bytes: Buffer, at: number, descriptor: boolean, sizes: Sizes, nameLength: number): void {
  bytes.writeUInt16LE(VERSION, at)
  bytes.writeUInt16LE(descriptor ? FLAG_DESCRIPTOR : 0, at + 2)
  bytes.writeUInt16LE(DEFLATED, at + 4)
  bytes.writeUInt32LE(sizes.crc, at + 10)
  bytes.writeUInt32LE(sizes.packed, at + 14)
  bytes.writeUInt32LE(sizes.size, at + 18)
  bytes.writeUInt16LE(nameLength, at + 22)
}
