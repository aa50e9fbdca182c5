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

test('a stored file is read', () => {
  const file = Buffer.from('board')
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt32LE(crc32(file), 14)
  header.writeUInt32LE(file.length, 18)
  header.writeUInt32LE(file.length, 22)
  assert.deepEqual(unzip(Buffer.concat([header, file])), file)
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

test('an archive that is cut before the end of its data is refused', () => {
  const archive = zip(NAME, Buffer.from('half a board'.repeat(20)), true)
  const end = archive.indexOf(Buffer.from([0x50, 0x4b, 0x07, 0x08])) + 16
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
