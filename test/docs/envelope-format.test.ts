import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { pathOf } from '../../cdk/paths.ts'
import { decodeEnvelope, EnvelopeWriter, encodeBoards } from '../../market/codec/envelope.ts'
import { decodePack } from '../../market/codec/pack.ts'
import { asEpochMillis, asTradingDate } from '../../market/units.ts'

const document = readFileSync(pathOf('docs/envelope-format.md'), 'utf8')
const [, item = ''] = /"B": "([^"]+)"/.exec(readFileSync(pathOf('docs/pack-format.md'), 'utf8')) ?? []
const ticks = decodePack(Buffer.from(item, 'base64'))
const examples = [...document.matchAll(/```\n([\s\S]*?)```/g)].map(([, hex]) =>
  Buffer.from(hex!.replaceAll(/\s/g, ''), 'hex'),
)
const [ofTicks, ofBoards] = examples as [Buffer, Buffer]
const HEADER = {
  line: 1,
  lane: 0,
  epoch: asEpochMillis(1_795_132_800_000),
  counter: 301,
  tradingDate: asTradingDate(20261120),
  position: 4_711,
  reached: 48_190,
}

test('the examples are envelopes with the ticks of the example of a pack', () => {
  const writer = new EnvelopeWriter()
  for (const tick of ticks) writer.add(tick)
  assert.deepEqual(Buffer.from(writer.finish(HEADER)), ofTicks)
  assert.deepEqual(decodeEnvelope(ofTicks), { kind: 'ticks', ...HEADER, ticks })

  const { trade: _, ...board } = ticks[0]!
  const next = { ...HEADER, counter: 302 }
  assert.deepEqual(Buffer.from(encodeBoards(next, 1, 2, [board])), ofBoards)
  assert.deepEqual(decodeEnvelope(ofBoards), { kind: 'boards', ...next, part: 1, parts: 2, ticks: [board] })
})

test('the bytes of the table are those of the example, in this order', () => {
  const cells = [...document.matchAll(/\| `([0-9a-f ]+)` +\|$/gm)].map(([, hex]) => hex!.replaceAll(' ', ''))
  const [head, crc] = [cells.slice(0, -1).join(''), cells.at(-1)]
  assert.equal(ofTicks.toString('hex', 0, head.length / 2), head)
  assert.equal(ofTicks.toString('hex', ofTicks.length - 4), crc)
  assert.equal(ofTicks.readUInt32BE(ofTicks.length - 4), crc32(ofTicks.subarray(0, -4)))
})
