/** The boards of all issues of a line, kept by its market messages. Every change becomes a tick. */
import { ABSENT, emptyBoard, F } from '../../market/board.ts'
import type { Tick, Trade } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import type { DayMicros } from '../../market/units.ts'
import { IssueIndex } from './issue-index.ts'
import { type LineBoardsOptions, type MessageCounts, NO_MESSAGES } from './line-boards-options.ts'
import { type IssueState, missedBetween, newIssue } from './line-issue.ts'
import { counterOf, HEADER_BYTES, isTokyo, messageEnd, START } from './message-header.ts'
import { type JudgedMessage, MessageJudge } from './message-judge.ts'
import { FlexError } from './read-digits.ts'
import { latestTime, mergeTag } from './tags.ts'

/**
 * How far the counters of a snapshot may be ahead of the messages read so far: some minutes of the busiest line. Live
 * messages up to the counter of a snapshot are repeats, so a counter far ahead would silence the line.
 */
const MAX_LEAD = 5_000_000

export class LineBoards {
  readonly counts: MessageCounts
  readonly #options: LineBoardsOptions
  readonly #issues: IssueIndex<IssueState>
  /** The current board as it was before its message. */
  readonly #before = emptyBoard('')
  #reached: number
  /** Highest counter in the snapshot under way. */
  #snapshotAt = 0
  #badBoards = 0
  /** Counters of messages that could not be read and were passed over since the latest snapshot. */
  readonly #passedOver = new Set<number>()
  /** All boards have been whole at some time. */
  #isJoined: boolean
  readonly #judge: MessageJudge

  constructor(options: LineBoardsOptions) {
    this.#options = options
    const { published } = options
    this.#issues = new IssueIndex(issue => newIssue(issue, published?.floor(issue) ?? 0))
    this.counts = { ...NO_MESSAGES, lost: published?.lost ?? 0 }
    this.#reached = published?.last ?? 0
    this.#isJoined = published !== undefined
    this.#judge = new MessageJudge(options, this.counts)
    for (const { board, sequence, time } of published?.boards ?? []) {
      const state = this.#issues.named(board.issue)
      state.board.values.set(board.values)
      state.sequence = sequence
      state.time = time
      this.#judge.inherit(state)
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
   * @param onBadMessage takes the error of a bad message. The messages after it are then merged. The issue of the bad
   * message makes no tick until a whole board of it comes.
   * @throws FlexError on a message that is not in the layout, or that comes after a gap in the counter.
   */
  merge(bytes: Uint8Array, onBadMessage?: (error: FlexError) => void): void {
    let previous: number | undefined
    const take = (at: number, end: number | FlexError): void => {
      try {
        if (end instanceof FlexError) throw end
        previous = this.#mergeOne(bytes, at, end, previous)
      } catch (error) {
        if (!(error instanceof FlexError)) throw error
        // Only its neighbours show which message it is.
        const sequence: number = (previous ?? this.#reached) + 1
        if (this.#passedOver.has(sequence)) this.counts.repeats++
        else if (onBadMessage === undefined) throw error
        else {
          this.#passOver(bytes, at, sequence)
          onBadMessage(error)
        }
        previous = sequence
      }
    }
    this.#each(bytes, take)
  }

  /**
   * Replaces boards by those of a snapshot, each as it is after its issue's latest message.
   * @param onBadBoard takes the error of an unreadable board. Its issue then makes no tick, rather than a wrong one,
   * until a whole board of it comes.
   * @throws FlexError on an unreadable board, without `onBadBoard`.
   */
  replace(bytes: Uint8Array, onBadBoard?: (error: FlexError) => void): void {
    this.#each(bytes, (at, end) => {
      try {
        if (end instanceof FlexError) throw end
        this.#replaceOne(bytes, at, end, onBadBoard !== undefined)
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
    this.#passedOver.clear()
    for (const state of this.#issues.values()) if (state.isGuess) this.#setBad(state, false)
  }

  /** Returns the latest tick of every issue, without trades. The boards change with the next message. */
  *boards(): Iterable<Tick> {
    for (const { board, sequence, time } of this.#issues.values()) {
      // An issue whose first message was bad has no board yet.
      const { line, tradingDate } = this.#options
      if (sequence > 0) yield { tradingDate, line, sequence, time, board }
    }
  }

  /** @param take takes where a message starts and ends; an error instead of its end goes on at the next message. */
  #each(bytes: Uint8Array, take: (at: number, end: number | FlexError) => void): void {
    this.#judge.arrive()
    for (let at = 0; at < bytes.length; ) {
      if (isLone(bytes, at)) {
        at++
        continue
      }
      const end = endOrError(bytes, at)
      take(at, end)
      this.counts.messages++
      at = end instanceof FlexError ? nextMessage(bytes, at + 1) : end
    }
  }

  /**
   * Returns the counter of the message.
   * @param previous counter of the message directly before it; undefined for the first message of a frame.
   */
  #mergeOne(bytes: Uint8Array, at: number, end: number, previous: number | undefined): number {
    const sequence = counterOf(bytes, at, this.#options.line)
    if (previous !== undefined && sequence !== previous + 1) throw this.#gap(at, previous + 1, sequence)
    if (sequence <= this.#reached) {
      this.counts.repeats++
      return sequence
    }
    const expected = this.#reached + 1
    if (sequence > expected) throw this.#gap(at, expected, sequence)
    if (!isTokyo(bytes, at)) {
      this.#reached = sequence
      this.counts.elsewhere++
      return sequence
    }
    const state = this.#issues.of(bytes, at)
    if (sequence <= state.floor) this.counts.repeats++
    else if (state.isBad) {
      state.passed++
      this.counts.lost++
    } else this.#mergeTick(bytes, at, end, state, sequence)
    this.#reached = sequence
    return sequence
  }

  #gap(at: number, expected: number, got: number): FlexError {
    return new FlexError(at, `message ${expected} of line ${this.#options.line}`, `message ${got}`)
  }

  /** Counts a message that cannot be read as lost. */
  #passOver(bytes: Uint8Array, at: number, sequence: number): void {
    this.#reached = sequence
    this.#passedOver.add(sequence)
    this.counts.lost++
    try {
      const state = this.#issues.of(bytes, at)
      state.isGuess = state.sequence === 0 && !state.isBad
      this.#setBad(state, true)
      state.passed++
    } catch (error) {
      if (!(error instanceof FlexError)) throw error
    }
  }

  #mergeTick(bytes: Uint8Array, at: number, end: number, state: IssueState, sequence: number): void {
    const { board } = state
    const before = this.#before
    before.values.set(board.values)
    const time = this.#mergeTags(bytes, at, end, { state, sequence, before: before.values })
    if (board.values[F.statusTime] === ABSENT) board.values[F.statusTime] = before.values[F.statusTime]!
    this.#emit(state, sequence, time, deriveTrade(before, board), false)
  }

  #replaceOne(bytes: Uint8Array, at: number, end: number, mayBeBad: boolean): void {
    const sequence = counterOf(bytes, at, this.#options.line)
    const highest = this.#reached > 0 ? this.#reached + MAX_LEAD : Number.POSITIVE_INFINITY
    if (!isTokyo(bytes, at)) {
      if (sequence <= highest) this.#snapshotAt = Math.max(this.#snapshotAt, sequence)
      this.counts.elsewhere++
      return
    }
    const state = this.#issues.of(bytes, at)
    state.isGuess = false
    if (sequence > highest) {
      if (mayBeBad) this.#setBad(state, true)
      throw new FlexError(at, `a counter up to ${highest}`, `message ${sequence}`)
    }
    this.#snapshotAt = Math.max(this.#snapshotAt, sequence)
    // A snapshot is taken while the market goes on: the live board may be newer.
    if (sequence <= state.sequence) return
    const { board } = state
    const before = this.#before
    before.values.set(board.values)
    board.values.fill(ABSENT)
    if (mayBeBad) this.#setBad(state, true)
    const time = this.#mergeTags(bytes, at, end, { state, sequence, before: undefined })
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
   * @returns the time of its tick.
   * @throws FlexError; the board is then as before the message.
   */
  #mergeTags(bytes: Uint8Array, at: number, end: number, message: JudgedMessage): DayMicros {
    const { values } = message.state.board
    const tagsEnd = end - 1
    values[F.statusTime] = ABSENT
    try {
      for (let tag = at + HEADER_BYTES; tag < tagsEnd; ) tag = mergeTag(bytes, tag, tagsEnd, values) + 1
      const stated = values[F.statusTime] === ABSENT ? latestTime(bytes, at + HEADER_BYTES, tagsEnd) : ABSENT
      return this.#judge.judge(message, stated)
    } catch (error) {
      values.set(this.#before.values)
      throw error
    }
  }

  #emit(state: IssueState, sequence: number, time: DayMicros, trade: Trade | undefined, lost: boolean): void {
    state.sequence = sequence
    state.time = time
    this.counts.ticks++
    const { line, tradingDate, onTick } = this.#options
    const tick = { tradingDate, line, sequence, time, board: state.board }
    if (lost) onTick({ ...tick, lost })
    else onTick(trade === undefined ? tick : { ...tick, trade })
  }
}

function endOrError(bytes: Uint8Array, at: number): number | FlexError {
  try {
    return messageEnd(bytes, at)
  } catch (error) {
    if (error instanceof FlexError) return error
    throw error
  }
}

/** Returns where the next message starts that has its length, or the end of the bytes. */
function nextMessage(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(START, from)
  while (at >= 0 && endOrError(bytes, at) instanceof FlexError) at = bytes.indexOf(START, at + 1)
  return at < 0 ? bytes.length : at
}

/** Whether the message has one byte. FLEX sends such messages now and then; they mean nothing. */
function isLone(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === START && (at + 1 === bytes.length || bytes[at + 1] === START)
}
