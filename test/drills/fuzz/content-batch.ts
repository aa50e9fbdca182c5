/** Feeds mutated payloads in valid frames to the decoders: archives, text and messages, as a faulty line would send. */
import assert from 'node:assert/strict'
import { crc32, inflateRawSync } from 'node:zlib'
import { contentOf } from '../../../ingest-task/line/content.ts'
import { type Frame, LineError } from '../../../ingest-task/line/frame.ts'
import type { LineContent } from '../../../ingest-task/line-seam.ts'
import { MAX_UNZIPPED_BYTES } from '../../../ingest-task/quick/zip.ts'
import { below, pick, type Random } from '../../../local/exchange/random.ts'
import { zip } from '../../../local/line/zip-writer.ts'
import type { Tally } from '../tally.ts'
import type { Corpus } from './corpus.ts'
import { type Mutation, mutate, splice } from './mutate.ts'

const LOCAL_HEADER_BYTES = 30
/** A local header, its name and a data descriptor. */
const HEAD_BYTES = LOCAL_HEADER_BYTES + 10
const TAIL_BYTES = 16
/** Central header, its name, and the end of the directory. */
const DIRECTORY_BYTES = 46 + 10 + 22

const NUMBERS = [0, 1, 7, 8, 9, 0xffff, 0x7fff_ffff, 0xffff_ffff]

export function runContentBatch({ contents }: Corpus, random: Random, cases: number, tally: Tally): void {
  const bomb = zip('prices.txt', Buffer.alloc(MAX_UNZIPPED_BYTES + 1), false)
  const zipped = contents.filter(frame => frame.zip)
  const plain = contents.filter(frame => !frame.zip)
  for (let count = 0; count < cases; count++) {
    const frame = pick(random, random() < 0.6 ? zipped : plain)
    const other = pick(random, contents)
    const payload = random() < 0.001 ? bomb : damage(frame, other, random)
    const flags = random() < 0.02 ? { zip: !frame.zip } : random() < 0.05 ? { type: other.type } : {}
    checkContent({ ...frame, ...flags, payload }, tally)
  }
}

/** Changes a number of a header or a descriptor. */
const numberAt =
  (from: (archive: Buffer) => number, bytes: number): Mutation =>
  (archive, random) => {
    const copy = Buffer.from(archive)
    const at = from(copy) + below(random, bytes)
    const value = pick(random, NUMBERS)
    if (at >= 0 && at + 4 <= copy.length) {
      if (random() < 0.5) copy.writeUInt16LE(value & 0xffff, at)
      else copy.writeUInt32LE(value, at)
    }
    return copy
  }
const inHeader = numberAt(() => 4, HEAD_BYTES - 8)
const inDescriptor = numberAt(({ length }) => length - DIRECTORY_BYTES - TAIL_BYTES, TAIL_BYTES)

function damage({ zip: isZip, payload }: Frame, other: Frame, random: Random): Buffer {
  const bytes = Buffer.from(payload)
  const chance = random()
  if (chance < 0.05) return bytes
  if (chance < 0.15) return splice(bytes, Buffer.from(other.payload), random)
  if (isZip && chance < 0.3) return inHeader(bytes, random)
  if (isZip && chance < 0.45) return inDescriptor(bytes, random)
  if (isZip && chance < 0.5)
    return Buffer.concat([mutate(bytes.subarray(0, HEAD_BYTES), random), bytes.subarray(HEAD_BYTES)])
  return mutate(bytes, random)
}

function checkContent(frame: Frame, tally: Tally): void {
  let content: LineContent
  try {
    content = contentOf(frame)
  } catch (error) {
    assert.ok(error instanceof LineError, `expected a LineError, got ${error}`)
    tally.count(error.kind)
    return
  }
  tally.count(`content: ${content.kind}`)
  if (content.kind === 'messages') {
    assert.ok(content.bytes.length <= MAX_UNZIPPED_BYTES)
    if (frame.zip) assertStated(Buffer.from(frame.payload), Buffer.from(content.bytes))
    else assert.deepEqual(content.bytes, frame.payload)
  }
}

/** Checks that a file is the unpacked data of its archive, and that the archive states its CRC and size. */
function assertStated(archive: Buffer, file: Buffer): void {
  const start = LOCAL_HEADER_BYTES + archive.readUInt16LE(26) + archive.readUInt16LE(28)
  const isDeflated = archive.readUInt16LE(8) === 8
  const data = archive.subarray(start)
  const unpacked = isDeflated ? inflateRawSync(data) : data.subarray(0, archive.readUInt32LE(18))
  assert.ok(unpacked.equals(file), 'the file that was packed')
  const stated = Buffer.alloc(8)
  stated.writeUInt32LE(crc32(unpacked), 0)
  stated.writeUInt32LE(unpacked.length, 4)
  const isDescribed = (archive.readUInt16LE(6) & 8) !== 0
  const states = (at: number): boolean =>
    archive.subarray(at, at + 4).equals(stated.subarray(0, 4)) &&
    archive.subarray(at + 8, at + 12).equals(stated.subarray(4))
  if (!isDescribed) assert.ok(states(14), 'CRC and size in the local header')
  else {
    // The descriptor comes after the data, whose end only the inflation knows.
    let at = start
    while (at < archive.length && !states(at)) at++
    assert.ok(at < archive.length, 'CRC and size in a data descriptor')
  }
}
