/** The boards of all issues of a line, kept by its market messages. Every change becomes a tick. */
import { ABSENT, emptyBoard, F, TIME_FIELDS } from '../../market/board.ts'
import type { Tick, Trade } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import type { DayMicros, TradingDate } from '../../market/units.ts'
import { IssueIndex } from './issue-index.ts'
import { type IssueState, missedBetween, newIssue } from './line-issue.ts'
import { counterOf, HEADER_BYTES, isTokyo, messageEnd, START } from './message-header.ts'
import { FlexError } from './read-digits.ts'
import { latestTime, mergeTag } from './tags.ts'

/** What the previous process has published of the line. */
export interface PublishedBoards {
  /** The latest tick of every issue. */
  readonly boards: readonly Tick[]
  /** All messages of the line up to this counter are published. */
  readonly last: number
  /** Returns the counter up to which the messages of an issue are published. */
  floor(issue: string): number
  /** Messages of the trading date that were lost before. */
  readonly lost: number
}

/** Totals of a line on a trading date. */
export interface MessageCounts {
  /** Messages read, those of snapshots included. */
  messages: number
  ticks: number
  repeats: number
  /** Messages since the line was joined that will never be a tick. */
  lost: number
  /** Messages before the line was joined that will never be a tick. */
  before: number
  /** Messages of exchanges other than Tokyo, which make no tick. */
  elsewhere: number
}

type TakeMessage = (bytes: Uint8Array, at: number, end: number) => void

export class LineBoards {
  readonly counts: MessageCounts
  readonly #line: number
  readonly #tradingDate: TradingDate
  readonly #onTick: (tick: Tick) => void
  readonly #issues: IssueIndex<IssueState>
  /** The current board as it was before its message. */
  readonly #before = emptyBoard('')
  #reached: number
  /** Highest counter in the snapshot under way. */
  #snapshotAt = 0
  #badBoards = 0
  /** All boards have been whole at some time. */
  #isJoined: boolean
  readonly #mergeMessage: TakeMessage = (bytes, at, end) => this.#mergeOne(bytes, at, end)

  /**
   * @param onTick takes each tick. The board of a tick changes with the next message.
   * @param published the first message may then have any counter up to the one after `last`.
   */
  constructor(
    line: number,
    tradingDate: TradingDate,
    onTick: (tick: Tick) => void,
    published?: PublishedBoards,
  ) {
    this.#line = line
    this.#tradingDate = tradingDate
    this.#onTick = onTick
    this.#issues = new IssueIndex(issue => newIssue(issue, published?.floor(issue) ?? 0))
    this.counts = { messages: 0, ticks: 0, repeats: 0, lost: published?.lost ?? 0, before: 0, elsewhere: 0 }
    this.#reached = published?.last ?? 0
    this.#isJoined = published !== undefined
    for (const { board, sequence, time } of published?.boards ?? []) {
      const state = this.#issues.named(board.issue)
      state.board.values.set(board.values)
      state.sequence = sequence
      state.time = time
    }
  }

  /** Counter of the latest message merged. */
  get reached(): number {
    return this.#reached
  }

  /** Whether every issue has a readable board, so that another process could go on from these boards. */
  get whole(): boolean {
    return this.#badBoards === 0
  }

  /**
   * Merges live messages, back to back. A bad message and all messages after it change nothing.
   * @throws FlexError on a message that is not in the layout, or that comes after a gap in the counter.
   */
  merge(bytes: Uint8Array): void {
    this.#each(bytes, this.#mergeMessage)
  }

  /**
   * Replaces boards by those of a snapshot, each as it is after its issue's latest message.
   * @param onBadBoard takes the error of an unreadable board. Its issue then makes no tick, rather than a wrong one,
   * until a whole board of it comes.
   * @throws FlexError on an unreadable board, without `onBadBoard`.
   */
  replace(bytes: Uint8Array, onBadBoard?: (error: FlexError) => void): void {
    this.#each(bytes, (message, at, end) => {
      try {
        this.#replaceOne(message, at, end, onBadBoard !== undefined)
      } catch (error) {
        if (onBadBoard === undefined || !(error instanceof FlexError)) throw error
        onBadBoard(error)
      }
    })
  }

  /** Ends a snapshot: live messages go on after it. */
  endSnapshot(): void {
    this.#reached = Math.max(this.#reached, this.#snapshotAt)
    this.#snapshotAt = 0
    this.#isJoined = true
  }

  /** Returns the latest tick of every issue, without trades. The boards change with the next message. */
  *boards(): Iterable<Tick> {
    for (const { board, sequence, time } of this.#issues.values()) {
      // An issue whose first message was bad has no board yet.
      if (sequence > 0) yield { tradingDate: this.#tradingDate, line: this.#line, sequence, time, board }
    }
  }

  #each(bytes: Uint8Array, take: TakeMessage): void {
    for (let at = 0; at < bytes.length; ) {
      if (isLone(bytes, at)) {
        at++
        continue
      }
      const end = messageEnd(bytes, at)
      take(bytes, at, end)
      this.counts.messages++
      at = end
    }
  }

  #mergeOne(bytes: Uint8Array, at: number, end: number): void {
    const sequence = counterOf(bytes, at, this.#line)
    if (sequence <= this.#reached) {
      this.counts.repeats++
      return
    }
    const expected = this.#reached + 1
    if (sequence > expected) {
      throw new FlexError(at, `message ${expected} of line ${this.#line}`, `message ${sequence}`)
    }
    if (!isTokyo(bytes, at)) {
      this.#reached = sequence
      this.counts.elsewhere++
      return
    }
    const state = this.#issues.of(bytes, at)
    if (sequence <= state.floor) this.counts.repeats++
    else if (state.isBad) {
      state.passed++
      this.counts.lost++
    } else this.#mergeTick(bytes, at, end, state, sequence)
    this.#reached = sequence
  }

  #mergeTick(bytes: Uint8Array, at: number, end: number, state: IssueState, sequence: number): void {
    const { board } = state
    const before = this.#before
    before.values.set(board.values)
    const time = this.#mergeTags(bytes, at, end, state)
    if (board.values[F.statusTime] === ABSENT) board.values[F.statusTime] = before.values[F.statusTime]!
    this.#emit(state, sequence, time, deriveTrade(before, board), false)
  }

  #replaceOne(bytes: Uint8Array, at: number, end: number, mayBeBad: boolean): void {
    const sequence = counterOf(bytes, at, this.#line)
    if (!isTokyo(bytes, at)) {
      this.#snapshotAt = Math.max(this.#snapshotAt, sequence)
      this.counts.elsewhere++
      return
    }
    const state = this.#issues.of(bytes, at)
    this.#snapshotAt = Math.max(this.#snapshotAt, sequence)
    // A snapshot is taken while the market goes on: the live board may be newer.
    if (sequence <= state.sequence) return
    const { board } = state
    const before = this.#before
    before.values.set(board.values)
    board.values.fill(ABSENT)
    if (mayBeBad) this.#setBad(state, true)
    const time = this.#mergeTags(bytes, at, end, state)
    this.#setBad(state, false)
    const missed = missedBetween(state, before, sequence)
    if (this.#isJoined) this.counts.lost += missed - state.passed
    else this.counts.before += missed
    state.passed = 0
    const isLoss = missed > 0
    this.#emit(state, sequence, time, isLoss ? undefined : deriveTrade(before, board), isLoss)
  }

  #setBad(state: IssueState, isBad: boolean): void {
    if (state.isBad !== isBad) this.#badBoards += isBad ? 1 : -1
    state.isBad = isBad
  }

  /**
   * Merges the tags of the message in [at, end) into the board. The status time is absent then unless a tag has it.
   * @returns the time of its tick. The tick may not be earlier than anything its board shows, whatever ST says, because
   * delayed prices are held back by this time.
   * @throws FlexError; the board is then as before the message.
   */
  #mergeTags(bytes: Uint8Array, at: number, end: number, state: IssueState): DayMicros {
    const { values } = state.board
    const tagsEnd = end - 1
    values[F.statusTime] = ABSENT
    try {
      for (let tag = at + HEADER_BYTES; tag < tagsEnd; ) tag = mergeTag(bytes, tag, tagsEnd, values) + 1
      let time = state.time
      for (const field of TIME_FIELDS) if (values[field]! > time) time = values[field]!
      if (values[F.statusTime] !== ABSENT) return time
      return Math.max(time, latestTime(bytes, at + HEADER_BYTES, tagsEnd))
    } catch (error) {
      values.set(this.#before.values)
      throw error
    }
  }

  #emit(state: IssueState, sequence: number, time: DayMicros, trade: Trade | undefined, lost: boolean): void {
    state.sequence = sequence
    state.time = time
    this.counts.ticks++
    const tick = { tradingDate: this.#tradingDate, line: this.#line, sequence, time, board: state.board }
    if (lost) this.#onTick({ ...tick, lost })
    else this.#onTick(trade === undefined ? tick : { ...tick, trade })
  }
}

/** Whether the message has one byte. FLEX sends such messages now and then; they mean nothing. */
function isLone(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === START && (at + 1 === bytes.length || bytes[at + 1] === START)
}
