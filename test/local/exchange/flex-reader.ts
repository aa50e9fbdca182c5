/** A slow reader of FLEX messages that shares no code with the encoder: it slices text at the offsets of the layout. */
import assert from 'node:assert/strict'
import { ABSENT, ASKS, BIDS, type Board, F, statusNumber } from '../../../market/board.ts'
import { PRICE_SCALE, TURNOVER_SCALE } from '../../../market/units.ts'

export interface ReadMessage {
  readonly line: number
  readonly sequence: number
  readonly issue: string
  /** Names of the tags, in order. */
  readonly tags: readonly string[]
}

const TAG_LENGTHS: Readonly<Record<string, number>> = {
  NO: 10,
  ST: 26,
  '4P': 107,
  QM: 62,
  QO: 62,
  VL: 27,
  VA: 27,
  VW: 52,
}

/** Checks the form of a message and writes its fields to `board`. */
export function readFlexMessage(bytes: Uint8Array, board: Board): ReadMessage {
  const text = Buffer.from(bytes).toString('latin1')
  assert.equal(text[0], '\x11')
  assert.equal(text.at(-1), '\x11')
  assert.ok(
    bytes.every(byte => byte < 0x80),
    'ASCII',
  )
  const header = text.slice(0, 41)
  assert.equal(header[40], '\x12')
  assert.match(header.slice(1, 40), /^[ \d]{6}00[123]\d{8}1001010111 {6,7}[0-9A-Z]{4,5} $/)
  assert.equal(Number(header.slice(1, 7)), text.length, 'length')
  const tags = text.slice(41, -1).split('\x13')
  for (const tag of tags) {
    const name = tag.slice(0, 2)
    assert.equal(tag.length, TAG_LENGTHS[name] ?? (/^Q[1-9A]$/.test(name) ? 96 : -1), tag)
    readTag(name, tag, board.values)
  }
  return {
    line: Number(header.slice(7, 10)),
    sequence: Number(header.slice(10, 18)),
    issue: header.slice(28, 40).trim(),
    tags: tags.map(tag => tag.slice(0, 2)),
  }
}

function readTag(name: string, tag: string, values: Float64Array): void {
  switch (name) {
    case 'NO':
      values[F.updateNumber] = Number(tag.slice(2))
      return
    case 'ST':
      values[F.status] = statusNumber(tag.slice(5, 7).trim())
      values[F.statusTime] = time(tag.slice(10, 22))
      return
    case '4P':
      readPrices(tag, values)
      return
    case 'QM':
      values[F.marketSell] = number(tag.slice(18, 32))
      values[F.marketBuy] = number(tag.slice(47, 61))
      return
    case 'QO':
      values[F.over] = number(tag.slice(18, 32))
      values[F.under] = number(tag.slice(47, 61))
      return
    case 'VL':
      values[F.volume] = number(tag.slice(6, 20))
      values[F.volumeTime] = time(tag.slice(20, 26))
      return
    case 'VA':
      values[F.turnover] = Math.round((number(tag.slice(6, 20)) * TURNOVER_SCALE) / 10 ** Number(tag[5]))
      return
    case 'VW':
      assert.equal(tag.slice(4, 28), tag.slice(28), 'both averages')
      values[F.vwap] = number(tag.slice(6, 20))
      return
    default:
      readLevel(tag, values)
  }
}

function readPrices(tag: string, values: Float64Array): void {
  values[F.open] = price(tag.slice(4))
  values[F.openTime] = time(tag.slice(20, 26))
  values[F.highStop] = number(tag.slice(27, 28))
  values[F.high] = price(tag.slice(28))
  values[F.highTime] = time(tag.slice(44, 50))
  values[F.lowStop] = number(tag.slice(51, 52))
  values[F.low] = price(tag.slice(52))
  values[F.lowTime] = time(tag.slice(68, 74))
  values[F.last] = price(tag.slice(75))
  values[F.lastTime] = time(tag.slice(91, 103))
  values[F.closing] = number(tag.slice(106, 107))
}

function readLevel(tag: string, values: Float64Array): void {
  const level = tag[1] === 'A' ? 9 : Number(tag[1]) - 1
  const sides = [
    { side: tag.slice(4, 50), at: ASKS, time: F.askTime, sign: F.askSign },
    { side: tag.slice(50, 96), at: BIDS, time: F.bidTime, sign: F.bidSign },
  ]
  for (const { side, at, time: timeField, sign } of sides) {
    values[at + 2 * level] = price(side.slice(1))
    values[at + 2 * level + 1] = number(side.slice(31, 45))
    if (level > 0) continue
    values[timeField] = time(side.slice(17, 29))
    values[sign] = number(side.slice(29, 30))
  }
}

/** Reads a digit for the decimals and 14 digits. */
function price(text: string): number {
  const digits = number(text.slice(1, 15))
  return digits === ABSENT ? ABSENT : Math.round((digits * PRICE_SCALE) / 10 ** Number(text[0]))
}

function number(text: string): number {
  if (text.trim() === '') return ABSENT
  assert.match(text, /^ *\d+$/)
  return Number(text)
}

/** Reads HHMMSS, with or without microseconds. */
function time(text: string): number {
  if (text.trim() === '') return ABSENT
  assert.match(text, /^([01]\d|2[0-3])([0-5]\d){2}(\d{6})?$/)
  const seconds = Number(text.slice(0, 2)) * 3600 + Number(text.slice(2, 4)) * 60 + Number(text.slice(4, 6))
  return seconds * 1_000_000 + Number(text.slice(6))
}
