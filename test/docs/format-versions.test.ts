import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'
import { ByteWriter } from '../../market/codec/bytes.ts'
import { decodeEnvelope, EnvelopeWriter } from '../../market/codec/envelope.ts'
import { decodePack, encodePack } from '../../market/codec/pack.ts'
import { seal, UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import { asEpochMillis } from '../../market/units.ts'
import { sampleTicks } from '../functions/stored-market.ts'

/** A version is one byte. */
const VERSIONS = Array.from({ length: 256 }, (_, version) => version)

interface Release {
  readonly name: string
  readonly envelopes: Versions
  readonly packs: Versions
}

interface Versions {
  readonly written: number
  readonly read: readonly number[]
}

const document = readFileSync(pathOf('docs/format-versions.md'), 'utf8')
const list = (cell: string): number[] => cell.split(',').map(Number)
const releases = [
  ...document.matchAll(/^\| ([\w.]+) +\| ([\d, ]+)\| ([\d, ]+)\| ([\d, ]+)\| ([\d, ]+)\|$/gm),
].map(
  ([, name, envelope, envelopes, pack, packs]): Release => ({
    name: name!,
    envelopes: { written: Number(envelope), read: list(envelopes!) },
    packs: { written: Number(pack), read: list(packs!) },
  }),
)

/** Returns the versions that `decode` does not refuse as unknown. The bytes have nothing but a version and a checksum. */
function versionsRead(decode: (bytes: Uint8Array) => unknown): number[] {
  return VERSIONS.filter(version => {
    const out = new ByteWriter()
    out.byte(version)
    try {
      decode(seal(out))
    } catch (error) {
      return !(error instanceof UnknownVersionError)
    }
    return true
  })
}

suite('the versions of envelopes and packs', () => {
  test('that the last release of the document writes and reads are those of the code', () => {
    const [tick] = sampleTicks(1)
    const writer = new EnvelopeWriter()
    writer.add(tick!)
    const header = { line: 1, lane: 0, epoch: asEpochMillis(1), counter: 1, position: 1, reached: 1 }
    const envelope = writer.finish({ ...header, tradingDate: tick!.tradingDate })
    assert.deepEqual(releases.at(-1), {
      name: 'unreleased',
      envelopes: { written: envelope[0], read: versionsRead(decodeEnvelope) },
      packs: { written: encodePack([tick!])[0], read: versionsRead(decodePack) },
    })
  })

  test('of a release are read by the release before it, and those of that release by this one', () => {
    assert.ok(releases.length >= 2)
    for (const [index, release] of releases.entries()) {
      for (const format of ['envelopes', 'packs'] as const) {
        const { written, read } = release[format]
        assert.ok(read.includes(written), `${release.name} reads the ${format} that it writes`)
        const before = releases[index - 1]
        if (before === undefined) continue
        assert.ok(before[format].read.includes(written), `${before.name} reads ${format} of ${release.name}`)
        assert.ok(read.includes(before[format].written), `${release.name} reads ${format} of ${before.name}`)
      }
    }
  })
})
