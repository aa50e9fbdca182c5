/**
 * Ticks as bits: the body of envelopes and packs.
 *
 * The first tick of an issue in a body is its whole board; each later tick is the difference from the previous tick.
 * Writer and reader make the same prediction of a tick. A correct prediction takes one bit or none.
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

/** Orders of the exponential Golomb codes. */
const SEQUENCE_ORDER = 1
const TIME_ORDER = 7

/** Bits of an issue code of four digits. Most codes have four digits. */
const DIGITS_BITS = 14
const DIGITS = /^\d{4}$/
/** Any other code is written as its length and its ASCII characters. */
const LENGTH_BITS = 5
const CHARACTER_BITS = 7

/** Most bytes of a tick without its exceptions and its news: about seventy numbers of up to 14 bytes. */
const TICK_BYTES = 1024

/** The prediction for the first board of a body: status `20` (trading), open time 0. */
const newWholeContext = (): WholeContext => ({ status: statusNumber('20'), openTime: 0 })

/** The state of an issue in a body. */
interface CodedIssue {
  readonly context: IssueContext
  /** The latest board. Its values are those of the context. */
  readonly board: Board
}

interface ReadIssue extends CodedIssue {
  board: Board
}

interface WrittenIssue extends CodedIssue {
  index: number
  /** The body to which `index` and `context` belong. */
  body: number
}

/** Writes ticks of one trading date and line. */
export class TickEncoder {
  readonly #out = new BitWriter()
  readonly #draft = new Float64Array(FIELD_COUNT)
  readonly #issuesByCode = new Map<string, WrittenIssue>()
  #whole = newWholeContext()
  #body = 1
  #issueCount = 0
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
   * Adds a tick.
   * @throws RangeError if a number of the tick is not whole or too large. The body cannot be finished afterwards.
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
    const issue = this.#issuesByCode.get(board.issue) ?? this.#newIssue(board.issue)
    const isFirst = issue.body !== this.#body
    out.bits(indexBits(this.#issueCount), isFirst ? 0 : issue.index)
    if (isFirst) writeCode(out, board.issue)
    out.signed(SEQUENCE_ORDER, sequence - this.#sequence - 1)
    out.signed(TIME_ORDER, time - this.#time)
    this.#sequence = sequence
    this.#time = time
    const { context } = issue
    if (isFirst) {
      issue.body = this.#body
      issue.index = ++this.#issueCount
      writeWhole(out, this.#whole, context, board.values, time, this.#draft)
      writeNews(out, tick, undefined)
    } else {
      const derived = deriveTrade(issue.board, board)
      writeChange(out, context, board.values, time, this.#draft)
      writeNews(out, tick, derived)
    }
    this.#count++
  }

  #newIssue(issue: string): WrittenIssue {
    const board = emptyBoard(issue)
    const context = { unit: 1, lot: 1, values: board.values, askDepth: 0, bidDepth: 0 }
    const written = { context, board, index: 0, body: 0 }
    this.#issuesByCode.set(issue, written)
    return written
  }

  /** Ends the body and returns it, valid until the next {@link add}. */
  finish(): Uint8Array {
    const bytes = this.#out.view()
    this.#out.clear()
    this.#whole = newWholeContext()
    this.#body++
    this.#issueCount = 0
    this.#sequence = 0
    this.#time = 0
    this.#count = 0
    return bytes
  }
}

/** Reads ticks, each with its own board. Throws a {@link CodecError} for invalid bytes. */
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
    let issue = issues[index - 1]
    if (issue === undefined && index > 0) {
      throw new CodecError(`expected an issue number of 0 to ${issues.length}, got ${index}`)
    }
    const code = issue?.board.issue ?? readCode(reader)
    this.#sequence += reader.signed(SEQUENCE_ORDER) + 1
    this.#time += reader.signed(TIME_ORDER)
    const time = this.#time
    let derived: Trade | undefined
    if (issue === undefined) {
      const board = emptyBoard(code)
      issue = { context: readWhole(reader, this.#whole, board.values, time), board }
      issues.push(issue)
    } else {
      const board = { issue: code, values: readChange(reader, issue.context, time) }
      derived = deriveTrade(issue.board, board)
      issue.board = board
    }
    const { board } = issue
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

  /** @throws CodecError if bytes are left. */
  finish(): void {
    this.#reader.finish()
  }
}

/**
 * Reads `count` ticks.
 * @throws CodecError if the bytes are not exactly these ticks.
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

/** Returns the bits of an issue number. Issues of a body are numbered from 1; 0 is a new issue. */
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
