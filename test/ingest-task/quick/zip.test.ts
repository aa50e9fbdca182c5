import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { MAX_UNZIPPED_BYTES, unzip, ZipError } from '../../../ingest-task/quick/zip.ts'
import { zip } from '../../../local/line/zip-writer.ts'

const NAME = 'prices.txt'

test('a file is read from its archive as it was written, with and without a data descriptor', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), (file, descriptor) => {
      assert.deepEqual(Uint8Array.from(unzip(zip(NAME, file, descriptor))), file)
    }),
  )
})

test('a data descriptor may come without its signature', () => {
  const file = Buffer.from('気配 '.repeat(50))
  const archive = zip(NAME, file, true)
  const at = archive.indexOf(Buffer.from([0x50, 0x4b, 0x07, 0x08]))
  assert.deepEqual(unzip(Buffer.concat([archive.subarray(0, at), archive.subarray(at + 4)])), file)
})

/** Start of a central header. */
const DIRECTORY = Buffer.from([0x50, 0x4b, 0x01, 0x02])

function storedEntry(file: Buffer): Buffer {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt32LE(crc32(file), 14)
  header.writeUInt32LE(file.length, 18)
  header.writeUInt32LE(file.length, 22)
  return Buffer.concat([header, file])
}

test('a stored file is read', () => {
  const file = Buffer.from('board')
  assert.deepEqual(unzip(Buffer.concat([storedEntry(file), DIRECTORY])), file)
})

test('an archive whose damaged flags state an empty file is refused', () => {
  const file = Buffer.from('株式会社 '.repeat(40))
  const archive = zip(NAME, file, true)
  archive.writeUInt16LE(0, 6)
  archive.writeUInt16LE(0, 8)
  const reason = /^expected the directory after one file, at offset 40, got 0x/
  assert.throws(() => unzip(archive), { kind: 'zip-format', message: reason })
})

test('an archive of several files is refused, whatever the first of them is', () => {
  const file = Buffer.from('board')
  for (const first of [storedEntry(file), storedEntry(Buffer.alloc(0)), localPart(zip(NAME, file, true))]) {
    const archive = Buffer.concat([first, zip(NAME, file, false)])
    assert.throws(() => unzip(archive), {
      kind: 'zip-format',
      message: `expected the directory after one file, at offset ${first.length}, got a second file`,
    })
  }
})

/** Returns an archive without its directory. */
function localPart(archive: Buffer): Buffer {
  return archive.subarray(0, archive.indexOf(DIRECTORY))
}

test('an archive in zip64 is refused by name', () => {
  // Written by Python: zipfile.open(name, 'w', force_zip64=True), and the same into a pipe.
  const archives = [
    '504b03042d000000080000002100d510e2baffffffffffffffff05001400612e7478740100100032000000000000000a000000000000004bca4f2c4a4922850000504b0102',
    '504b03042d00080008000000210000000000ffffffffffffffff05001400612e74787401001000000000000000000000000000000000004bca4f2c4a4922850000504b0708d510e2ba0a000000000000003200000000000000504b0102',
  ]
  for (const hex of archives) {
    assert.throws(() => unzip(Buffer.from(hex, 'hex')), { kind: 'zip-format', message: /got zip64$/ })
  }
})

test('an archive with a changed byte gives the file or a named error, never another file', () => {
  const file = Buffer.from('株式会社 '.repeat(40))
  fc.assert(
    fc.property(fc.boolean(), fc.nat(), fc.integer({ min: 1, max: 255 }), (descriptor, place, change) => {
      const archive = zip(NAME, file, descriptor)
      archive[place % archive.length]! ^= change
      try {
        assert.deepEqual(unzip(archive), file)
      } catch (error) {
        assert.ok(error instanceof ZipError)
      }
    }),
  )
})

test('an archive that is cut before its directory is refused', () => {
  const archive = zip(NAME, Buffer.from('half a board'.repeat(20)), true)
  const end = archive.indexOf(DIRECTORY) + DIRECTORY.length
  for (let length = 0; length < end; length++) {
    assert.throws(() => unzip(archive.subarray(0, length)), {
      name: 'ZipError',
      kind: /zip-truncated|zip-crc/,
    })
  }
})

test('an archive that unpacks to too many bytes is refused', () => {
  const bomb = zip(NAME, Buffer.alloc(MAX_UNZIPPED_BYTES + 1), true)
  assert.throws(() => unzip(bomb), { kind: 'zip-bomb' })
})
