/**
 * A plain reader of market messages: text and a table of the layout. It is slow and shares no code with the decoder, so
 * that the two can be compared.
 */
import { ABSENT, ASKS, BIDS, F, LEVELS } from '../../../market/board.ts'
import { isIssueCode } from '../../../market/issue-code.ts'
import { PRICE_SCALE, TURNOVER_SCALE } from '../../../market/units.ts'

const START = '\x11'
const HEADER_END = '\x12'
const SEPARATOR = '\x13'
const HEADER_BYTES = 41
const MAX_MESSAGE_BYTES = 4096

/** The bytes are no message. The decoder must refuse them too. */
export class NotPlain extends Error {}

export interface PlainTags {
  /** Fields of the message, in their order in the message. */
  readonly fields: ReadonlyMap<number, number>
  /** All microsecond times of the tags, if the message has no time of its own. */
  readonly times: readonly number[]
}

interface Layout {
  readonly bytes: number
  readonly read: (tag: string, into: Into) => void
}
interface Into {
  field(field: number, value: number): void
  /** Notes a time, which counts only if the message has none of its own. */
  time(text: string): void
}

function expect(right: boolean, what: string): asserts right {
  if (!right) throw new NotPlain(what)
}

const number = (text: string): number => {
  expect(/^ *\d*$/.test(text), 'digits')
  return /^ *$/.test(text) ? ABSENT : Number(text)
}
const signed = (text: string): number => {
  const value = number(text.slice(0, -1))
  expect(text.at(-1) === (value === ABSENT ? ' ' : '+'), 'sign')
  return value
}
const scaled = (decimals: string, value: number, scale: number): number => {
  if (value === ABSENT) return ABSENT
  expect(/^[0-4]$/.test(decimals) && 10 ** Number(decimals) <= scale, 'decimals')
  return value * (scale / 10 ** Number(decimals))
}
const price = (text: string): number => scaled(text[0]!, signed(text.slice(1, 16)), PRICE_SCALE)
const digit = (text: string): number => {
  expect(/^[ \d]$/.test(text), 'digit')
  return text === ' ' ? ABSENT : Number(text)
}
const time = (text: string): number => {
  if (text[0] === ' ') {
    expect(/^ +$/.test(text), 'blank time')
    return ABSENT
  }
  expect(/^([01]\d|2[0-3])[0-5]\d[0-5]\d(\d{6})?$/.test(text), 'time')
  const seconds = Number(text.slice(0, 2)) * 3600 + Number(text.slice(2, 4)) * 60 + Number(text.slice(4, 6))
  return seconds * 1_000_000 + Number(text.slice(6))
}

const quote =
  (level: number): Layout['read'] =>
  (tag, into) => {
    for (const [at, field, timeField, signField] of [
      [4, ASKS, F.askTime, F.askSign],
      [50, BIDS, F.bidTime, F.bidSign],
    ] as const) {
      const value = price(tag.slice(at + 1, at + 17))
      into.field(field + 2 * level, value)
      into.field(field + 2 * level + 1, signed(tag.slice(at + 31, at + 46)))
      into.time(tag.slice(at + 17, at + 29))
      if (level > 0) continue
      into.field(timeField, value === ABSENT ? ABSENT : time(tag.slice(at + 17, at + 29)))
      into.field(signField, value === ABSENT ? ABSENT : digit(tag.slice(at + 29, at + 30)))
    }
  }

const sums =
  (sell: number, buy: number): Layout['read'] =>
  (tag, into) => {
    into.field(sell, signed(tag.slice(18, 33)))
    into.field(buy, signed(tag.slice(47, 62)))
    into.time(tag.slice(5, 17))
    into.time(tag.slice(34, 46))
  }

const LAYOUTS: Readonly<Record<string, Layout>> = {
  NO: { bytes: 10, read: (tag, { field }) => field(F.updateNumber, number(tag.slice(2))) },
  ST: {
    bytes: 26,
    read(tag, { field }) {
      const code = tag.slice(5, 7)
      field(F.status, code[0] === ' ' ? ABSENT : code.charCodeAt(0) * 256 + code.charCodeAt(1))
      field(F.statusTime, time(tag.slice(10, 22)))
    },
  },
  '4P': {
    bytes: 107,
    read(tag, { field, time: alsoTime }) {
      field(F.open, price(tag.slice(4)))
      field(F.openTime, time(tag.slice(20, 26)))
      field(F.highStop, digit(tag[27]!))
      field(F.high, price(tag.slice(28)))
      field(F.highTime, time(tag.slice(44, 50)))
      field(F.lowStop, digit(tag[51]!))
      field(F.low, price(tag.slice(52)))
      field(F.lowTime, time(tag.slice(68, 74)))
      field(F.last, price(tag.slice(75)))
      field(F.lastTime, time(tag.slice(91, 103)))
      field(F.closing, digit(tag[106]!))
      alsoTime(tag.slice(91, 103))
    },
  },
  QM: { bytes: 62, read: sums(F.marketSell, F.marketBuy) },
  QO: { bytes: 62, read: sums(F.over, F.under) },
  VL: {
    bytes: 27,
    read(tag, { field }) {
      field(F.volume, scaled(tag[5]!, number(tag.slice(6, 20)), 1))
      field(F.volumeTime, time(tag.slice(20, 26)))
    },
  },
  VA: {
    bytes: 27,
    read: (tag, { field }) => field(F.turnover, scaled(tag[5]!, number(tag.slice(6, 20)), TURNOVER_SCALE)),
  },
  VW: { bytes: 52, read: (tag, { field }) => field(F.vwap, signed(tag.slice(6, 21))) },
  ...Object.fromEntries(
    Array.from({ length: LEVELS }, (_, level) => [
      `Q${level === LEVELS - 1 ? 'A' : level + 1}`,
      { bytes: 96, read: quote(level) },
    ]),
  ),
}

/** Whether a message of one byte is there. It means nothing. */
export function isLonePlain(text: string, at: number): boolean {
  return text[at] === START && (at + 1 === text.length || text[at + 1] === START)
}

/**
 * Returns the end of the message.
 * @throws NotPlain
 */
export function readFramePlain(text: string, at: number): number {
  expect(text.length - at > HEADER_BYTES && text[at] === START, 'start')
  const length = number(text.slice(at + 1, at + 7))
  expect(length > HEADER_BYTES && length <= MAX_MESSAGE_BYTES, 'length')
  const end = at + length
  expect(end <= text.length && text[end - 1] === START && text[at + HEADER_BYTES - 1] === HEADER_END, 'frame')
  return end
}

/**
 * Returns the counter of the message.
 * @throws NotPlain
 */
export function readCounterPlain(text: string, at: number, line: number): number {
  const counter = text.slice(at + 10, at + 18)
  expect(/^\d{8}$/.test(counter) && number(text.slice(at + 7, at + 10)) === line, 'counter')
  return Number(counter)
}

/**
 * Returns the digit of the exchange; 1 is Tokyo.
 * @throws NotPlain
 */
export function readExchangePlain(text: string, at: number): string {
  const exchange = text[at + 21]!
  expect(/^[1368]$/.test(exchange), 'exchange')
  return exchange
}

/**
 * Returns the issue code of the message.
 * @throws NotPlain
 */
export function readIssuePlain(text: string, at: number): string {
  const field = text.slice(at + 28, at + 40)
  const issue = field.trim()
  expect(isIssueCode(issue) && field === `${issue.padStart(11)} `, 'issue')
  return issue
}

/**
 * Returns the fields of the message's tags.
 * @throws NotPlain
 */
export function readTagsPlain(text: string, at: number, end: number): PlainTags {
  const fields = new Map<number, number>()
  const timeTexts: string[] = []
  const into: Into = {
    field: (field, value) => void fields.set(field, value),
    time: text => void timeTexts.push(text),
  }
  for (let tag = at + HEADER_BYTES; tag < end - 1; ) {
    const layout = LAYOUTS[text.slice(tag, tag + 2)]
    expect(layout !== undefined, 'tag')
    const next = tag + layout.bytes
    expect(next === end - 1 || (next < end - 1 && text[next] === SEPARATOR), 'size of tag')
    layout.read(text.slice(tag, next), into)
    tag = next + 1
  }
  const hasTime = (fields.get(F.statusTime) ?? ABSENT) !== ABSENT
  return { fields, times: hasTime ? [] : timeTexts.map(time) }
}
