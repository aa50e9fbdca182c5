/**
 * The baseline of decoding: it makes one text of a message, slices the text, and converts each slice to a number. Its
 * boards, ticks and state between messages equal those of ingest-task/flex.
 */
import iconv from 'iconv-lite'
import { ABSENT, ASKS, BIDS, type Board, emptyBoard, F, LEVELS, statusNumber } from '../market/board.ts'
import type { Tick } from '../market/tick.ts'
import { deriveTrade } from '../market/trade.ts'
import { PRICE_SCALE, type TradingDate, TURNOVER_SCALE } from '../market/units.ts'

const HEADER = 41
const SEPARATOR = '\x13'

export type ToText = (message: Uint8Array) => string

/** Decodes a message as Windows-31J, the encoding of the line's texts. */
export const iconvText: ToText = message => iconv.decode(message, 'windows-31j')

/** Yields the messages of a batch. Each message contains its own length. */
export function* messagesIn(batch: Uint8Array): Generator<Uint8Array> {
  for (let at = 0, end = 0; at < batch.length; at = end) {
    end = at + Number(String.fromCharCode(...batch.subarray(at + 1, at + 7)))
    yield batch.subarray(at, end)
  }
}

/**
 * Creates the boards of a line.
 * @param toText converts a whole message to text.
 */
export function createSlicedBoards(tradingDate: TradingDate, toText: ToText) {
  const boards = new Map<string, Board>()
  const before = emptyBoard('')
  return {
    all: () => boards.values(),
    /** Merges one message and returns its tick. The board of the tick changes with later messages. */
    merge(message: Uint8Array): Tick {
      const text = toText(message)
      const issue = text.slice(28, 40).trim()
      let board = boards.get(issue)
      if (board === undefined) {
        board = emptyBoard(issue)
        boards.set(issue, board)
      }
      before.values.set(board.values)
      for (const tag of text.slice(HEADER, -1).split(SEPARATOR)) mergeTag(tag, board.values)
      const trade = deriveTrade(before, board)
      const tick = {
        tradingDate,
        line: Number(text.slice(7, 10)),
        sequence: Number(text.slice(10, 18)),
        time: board.values[F.statusTime]!,
        board,
      }
      return trade === undefined ? tick : { ...tick, trade }
    },
  }
}

function mergeTag(tag: string, values: Float64Array): void {
  const name = tag.slice(0, 2)
  switch (name) {
    case 'NO':
      values[F.updateNumber] = numberOf(tag.slice(2))
      break
    case 'ST':
      values[F.status] = tag[5] === ' ' ? ABSENT : statusNumber(tag.slice(5, 7))
      values[F.statusTime] = timeOf(tag.slice(10, 22))
      break
    case '4P':
      values[F.open] = priceOf(tag.slice(4, 20))
      values[F.openTime] = timeOf(tag.slice(20, 26))
      values[F.highStop] = numberOf(tag.slice(27, 28))
      values[F.high] = priceOf(tag.slice(28, 44))
      values[F.highTime] = timeOf(tag.slice(44, 50))
      values[F.lowStop] = numberOf(tag.slice(51, 52))
      values[F.low] = priceOf(tag.slice(52, 68))
      values[F.lowTime] = timeOf(tag.slice(68, 74))
      values[F.last] = priceOf(tag.slice(75, 91))
      values[F.lastTime] = timeOf(tag.slice(91, 103))
      values[F.closing] = numberOf(tag.slice(106, 107))
      break
    case 'QM':
      values[F.marketSell] = numberOf(tag.slice(18, 32))
      values[F.marketBuy] = numberOf(tag.slice(47, 61))
      break
    case 'QO':
      values[F.over] = numberOf(tag.slice(18, 32))
      values[F.under] = numberOf(tag.slice(47, 61))
      break
    case 'VL':
      values[F.volume] = scaledOf(tag.slice(5, 20), 1)
      values[F.volumeTime] = timeOf(tag.slice(20, 26))
      break
    case 'VA':
      values[F.turnover] = scaledOf(tag.slice(5, 20), TURNOVER_SCALE)
      break
    case 'VW':
      values[F.vwap] = numberOf(tag.slice(6, 20))
      break
    default:
      mergeLevel(tag, name === 'QA' ? LEVELS - 1 : Number(name[1]) - 1, values)
  }
}

function mergeLevel(tag: string, level: number, values: Float64Array): void {
  const ask = ASKS + 2 * level
  const bid = BIDS + 2 * level
  values[ask] = priceOf(tag.slice(5, 21))
  values[ask + 1] = numberOf(tag.slice(35, 49))
  values[bid] = priceOf(tag.slice(51, 67))
  values[bid + 1] = numberOf(tag.slice(81, 95))
  if (level > 0) return
  values[F.askTime] = timeOf(tag.slice(21, 33))
  values[F.askSign] = numberOf(tag.slice(33, 34))
  values[F.bidTime] = timeOf(tag.slice(67, 79))
  values[F.bidSign] = numberOf(tag.slice(79, 80))
}

function numberOf(text: string): number {
  const digits = text.trim()
  return digits === '' ? ABSENT : Number(digits)
}

/** Reads decimals, 14 digits and a sign, which is always a plus. */
function priceOf(text: string): number {
  return scaledOf(text.slice(0, 15), PRICE_SCALE)
}

/** Reads decimals and 14 digits; returns the value in units of 1 / `scale`. */
function scaledOf(text: string, scale: number): number {
  const value = numberOf(text.slice(1))
  return value === ABSENT ? ABSENT : value * (scale / 10 ** Number(text[0]))
}

/** Reads HHMMSS, with or without microseconds. */
function timeOf(text: string): number {
  if (text[0] === ' ') return ABSENT
  const seconds = Number(text.slice(0, 2)) * 3600 + Number(text.slice(2, 4)) * 60 + Number(text.slice(4, 6))
  return seconds * 1_000_000 + Number(text.slice(6))
}
