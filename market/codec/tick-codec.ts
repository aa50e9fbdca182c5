/**
 * Ticks as bits: the body that envelopes and packs share.
 *
 * An issue's first tick in a body is its whole board, each later one the difference from the tick before. Both ends
 * predict what a tick most likely says; what they predict right takes a bit or nothing.
 */

import { type Board, emptyBoard, FIELD_COUNT, statusNumber } from '../board.ts'
import type { Tick, Trade } from '../tick.ts'
import { deriveTrade } from '../trade.ts'
import type { TradingDate } from '../units.ts'
import { BitReader, BitWriter } from './bits.ts'
import { type IssueContext, readChange, writeChange } from './board-change.ts'
import { CodecError } from './bytes.ts'
import { checkNumber, readNews, writeNews } from './tick-news.ts'
import { readWhole, writeWhole } from './whole-board.ts'
import type { WholeContext } from './whole-layout.ts'

/** Orders of the codes. */
const SEQUENCE_ORDER = 1
const TIME_ORDER = 7

/** Issue codes of four digits, which most are, take so many bits. */
const DIGITS_BITS = 14
const DIGITS = /^\d{4}$/
/** Any other code is its length and its ASCII characters. */
const LENGTH_BITS = 5
const CHARACTER_BITS = 7

/** Room for one tick whatever it says, but for its exceptions and news: some seventy numbers of up to 14 bytes. */
const TICK_BYTES = 1024

/** Before anything of the day is known: trading, from the start. */
const newWholeContext = (): WholeContext => ({ status: statusNumber('20'), openTime: 0 })

/** What both ends know of an issue in a body. */
interface KnownIssue {
  readonly context: IssueContext
  /** Its board, with the values of the context. */
  readonly board: Board
}

interface ReadIssue extends KnownIssue {
  board: Board
}

interface WrittenIssue extends KnownIssue {
  index: number
  /** The body that the rest is of. */
  body: number
}

/** Writes ticks of one trading date and line, one after the other. */
export class TickEncoder {
  readonly #out = new BitWriter()
  readonly #draft = new Float64Array(FIELD_COUNT)
  readonly #known = new Map<string, WrittenIssue>()
  #whole = newWholeContext()
  #body = 1
  #issues = 0
  #sequence = 0
  #time = 0
  #count = 0

  /** Ticks since the last {@link finish}. */
  get count(): number {
    return this.#count
  }

  /** Bytes of the body so far. */
  get bytes(): number {
    return this.#out.length
  }

  /**
   * @throws RangeError when a number of the tick is not whole or beyond what the format can hold. What was added
   * before can then not be finished any more.
   */
  add(tick: Tick): void {
    try {
      this.#write(tick)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new RangeError(`tick ${tick.sequence} of issue ${tick.board.issue}: ${error.message}`, {
        cause: error,
      })
    }
  }

  #write(tick: Tick): void {
    const { board, sequence, time } = tick
    checkNumber(sequence)
    checkNumber(time)
    const out = this.#out
    out.reserve(TICK_BYTES)
    const known = this.#known.get(board.issue) ?? this.#newIssue(board.issue)
    const isFirst = known.body !== this.#body
    out.bits(indexBits(this.#issues), isFirst ? 0 : known.index)
    if (isFirst) writeCode(out, board.issue)
    out.signed(SEQUENCE_ORDER, sequence - this.#sequence - 1)
    out.signed(TIME_ORDER, time - this.#time)
    this.#sequence = sequence
    this.#time = time
    const { context } = known
    if (isFirst) {
      known.body = this.#body
      known.index = ++this.#issues
      writeWhole(out, this.#whole, context, board.values, time, this.#draft)
      writeNews(out, tick, undefined)
    } else {
      const derived = deriveTrade(known.board, board)
      writeChange(out, context, board.values, time, this.#draft)
      writeNews(out, tick, derived)
    }
    this.#count++
  }

  #newIssue(issue: string): WrittenIssue {
    const board = emptyBoard(issue)
    const context = { unit: 1, lot: 1, values: board.values, askDepth: 0, bidDepth: 0 }
    const known = { context, board, index: 0, body: 0 }
    this.#known.set(issue, known)
    return known
  }

  /** The body; valid until the next tick is added, to a new one. */
  finish(): Uint8Array {
    const bytes = this.#out.view()
    this.#out.clear()
    this.#whole = newWholeContext()
    this.#body++
    this.#issues = 0
    this.#sequence = 0
    this.#time = 0
    this.#count = 0
    return bytes
  }
}

/** Reads ticks one after the other, each with a board of its own. Anything that is none throws a CodecError. */
export class TickDecoder {
  readonly #reader: BitReader
  readonly #line: number
  readonly #tradingDate: TradingDate
  readonly #issues: ReadIssue[] = []
  readonly #whole = newWholeContext()
  #sequence = 0
  #time = 0

  constructor(bytes: Uint8Array, line: number, tradingDate: TradingDate) {
    this.#reader = new BitReader(bytes)
    this.#line = line
    this.#tradingDate = tradingDate
  }

  next(): Tick {
    const reader = this.#reader
    const issues = this.#issues
    const index = reader.bits(indexBits(issues.length))
    let known = issues[index - 1]
    if (known === undefined && index > 0) {
      throw new CodecError(`expected an issue of ${issues.length} known ones, got number ${index}`)
    }
    const issue = known?.board.issue ?? readCode(reader)
    this.#sequence += reader.signed(SEQUENCE_ORDER) + 1
    this.#time += reader.signed(TIME_ORDER)
    const time = this.#time
    let derived: Trade | undefined
    if (known === undefined) {
      const board = emptyBoard(issue)
      known = { context: readWhole(reader, this.#whole, board.values, time), board }
      issues.push(known)
    } else {
      const board = { issue, values: readChange(reader, known.context, time) }
      derived = deriveTrade(known.board, board)
      known.board = board
    }
    const { board } = known
    const { trade, lost } = readNews(reader, board, derived)
    return {
      tradingDate: this.#tradingDate,
      line: this.#line,
      sequence: this.#sequence,
      time,
      board,
      ...(trade === undefined ? {} : { trade }),
      ...(lost ? { lost } : {}),
    }
  }

  /** @throws CodecError unless that were all. */
  finish(): void {
    this.#reader.finish()
  }
}

/**
 * Reads `count` ticks.
 * @throws CodecError
 */
export function decodeTicks(
  bytes: Uint8Array,
  count: number,
  line: number,
  tradingDate: TradingDate,
): Tick[] {
  const decoder = new TickDecoder(bytes, line, tradingDate)
  const ticks: Tick[] = []
  for (let left = count; left > 0; left--) ticks.push(decoder.next())
  decoder.finish()
  return ticks
}

/** An issue is named by its number among those of the body, from 1; 0 is a new one. */
function indexBits(issues: number): number {
  return 32 - Math.clz32(issues)
}

function writeCode(out: BitWriter, issue: string): void {
  if (out.flag(DIGITS.test(issue))) {
    out.bits(DIGITS_BITS, Number(issue))
    return
  }
  out.bits(LENGTH_BITS, issue.length)
  for (let at = 0; at < issue.length; at++) out.bits(CHARACTER_BITS, issue.charCodeAt(at))
}

function readCode(reader: BitReader): string {
  if (reader.flag()) return String(reader.bits(DIGITS_BITS)).padStart(4, '0')
  let issue = ''
  for (let left = reader.bits(LENGTH_BITS); left > 0; left--) {
    issue += String.fromCharCode(reader.bits(CHARACTER_BITS))
  }
  return issue
}
