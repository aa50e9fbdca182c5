/** The boards of all issues of a line, kept by its market messages. Every change is told as a tick. */
import { ABSENT, type Board, emptyBoard, F, TIME_FIELDS } from '../../market/board.ts'
import type { Tick, Trade } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import type { DayMicros, TradingDate } from '../../market/units.ts'
import { counterOf, createIssueIndex, HEADER_BYTES, isTokyo, messageEnd, START } from './message-header.ts'
import { FlexError } from './read-digits.ts'
import { latestTime, mergeTag } from './tags.ts'

interface IssueState {
  readonly board: Board
  /** Of its latest tick; 0 before the first. */
  sequence: number
  time: DayMicros
  /** Its messages up to this counter are published already, by the process before this one. */
  readonly floor: number
  /** Messages passed over since its board could not be read. */
  passed: number
}

/** What the process before this one has published of the line. */
export interface PublishedBoards {
  /** The latest tick of every issue. */
  readonly boards: readonly Tick[]
  /** All messages of the line up to this counter are published. */
  readonly last: number
  /** Messages of an issue up to this counter are published. */
  floor(issue: string): number
  /** Messages of the trading date that were lost before. */
  readonly lost: number
}

export interface LineBoards {
  /**
   * Messages of the line that will never be a tick: `lost` are those since the line was joined, `before` those of a
   * line that was joined while it was under way, `elsewhere` those of other exchanges than Tokyo.
   */
  readonly counts: {
    messages: number
    ticks: number
    repeats: number
    lost: number
    before: number
    elsewhere: number
  }
  /** Counter of the latest message merged. */
  readonly reached: number
  /** No issue is silent for a board that could not be read: another process could go on from these boards. */
  readonly whole: boolean
  /**
   * Merges live messages, back to back. What a bad one says, and all after it, changes nothing.
   * @throws FlexError on a message that is not in the layout, or comes after a gap in the counter.
   */
  merge(bytes: Uint8Array): void
  /**
   * Takes over whole boards, each as it stands after its issue's latest message.
   * @param spoil hears of a board that is bad, if that shall cost its issue alone: nothing more is told of the issue,
   * rather than something wrong, until a whole board of it comes.
   * @throws FlexError on a bad one otherwise.
   */
  replace(bytes: Uint8Array, spoil?: (error: FlexError) => void): void
  /** All boards are replaced: live messages go on after them. */
  replaced(): void
  /** The latest tick of every issue, its board live. */
  boards(): Iterable<Tick>
}

/**
 * @param tell gets each tick; its board is the line's own and changes with the next message.
 * @param published the first message may then be any one up to that which follows it.
 */
export function createLineBoards(
  line: number,
  tradingDate: TradingDate,
  tell: (tick: Tick) => void,
  published?: PublishedBoards,
): LineBoards {
  const issues = createIssueIndex<IssueState>(issue => ({
    board: emptyBoard(issue),
    sequence: 0,
    time: 0,
    floor: published?.floor(issue) ?? 0,
    passed: 0,
  }))
  /** The board at hand as it was before its message. */
  const before = emptyBoard('')
  const counts = { messages: 0, ticks: 0, repeats: 0, lost: published?.lost ?? 0, before: 0, elsewhere: 0 }
  let last = published?.last ?? 0
  let snapshotAt = 0
  /** Issues whose board could not be read: until a whole one can, nothing is told of them. */
  const spoiled = new Set<IssueState>()
  /** The boards of the line are whole, or have been. */
  let joined = published !== undefined

  /**
   * Merges the tags of the message in [at, end) into the board, which has no status time then unless they say one.
   * @returns the time of its tick. Delayed prices are held back by it, so it may not be earlier than anything that the
   * board shows, whatever ST says.
   * @throws FlexError; the board is then as it was.
   */
  const mergeTags = (bytes: Uint8Array, at: number, end: number, state: IssueState): number => {
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
      values.set(before.values)
      throw error
    }
  }

  const tellTick = (
    state: IssueState,
    sequence: number,
    time: DayMicros,
    trade?: Trade,
    lost?: boolean,
  ): void => {
    const { board } = state
    state.sequence = sequence
    state.time = time
    counts.ticks++
    const tick = { tradingDate, line, sequence, time, board }
    if (lost) tell({ ...tick, lost })
    else tell(trade === undefined ? tick : { ...tick, trade })
  }

  const mergeMessage = (bytes: Uint8Array, at: number, end: number): void => {
    const sequence = counterOf(bytes, at, line)
    if (sequence <= last) {
      counts.repeats++
      return
    }
    if (sequence > last + 1)
      throw new FlexError(at, `message ${last + 1} of line ${line}`, `message ${sequence}`)
    if (!isTokyo(bytes, at)) {
      last = sequence
      counts.elsewhere++
      return
    }
    const state = issues.of(bytes, at)
    if (sequence <= state.floor) {
      last = sequence
      counts.repeats++
      return
    }
    if (spoiled.has(state)) {
      last = sequence
      state.passed++
      counts.lost++
      return
    }
    const { board } = state
    before.values.set(board.values)
    const time = mergeTags(bytes, at, end, state)
    if (board.values[F.statusTime] === ABSENT) board.values[F.statusTime] = before.values[F.statusTime]!
    last = sequence
    tellTick(state, sequence, time, deriveTrade(before, board))
  }

  const replaceBoard = (bytes: Uint8Array, at: number, end: number, spoils: boolean): void => {
    const sequence = counterOf(bytes, at, line)
    if (!isTokyo(bytes, at)) {
      snapshotAt = Math.max(snapshotAt, sequence)
      counts.elsewhere++
      return
    }
    const state = issues.of(bytes, at)
    snapshotAt = Math.max(snapshotAt, sequence)
    // A snapshot is taken while the market goes on: it may tell of less than what has come already.
    if (sequence <= state.sequence) return
    const { board } = state
    before.values.set(board.values)
    board.values.fill(ABSENT)
    if (spoils) spoiled.add(state)
    const time = mergeTags(bytes, at, end, state)
    spoiled.delete(state)
    const missed = missedBetween(state, before, sequence)
    if (joined) counts.lost += missed - state.passed
    else counts.before += missed
    state.passed = 0
    const trade = missed > 0 ? undefined : deriveTrade(before, board)
    tellTick(state, sequence, time, trade, missed > 0)
  }

  for (const { board, sequence, time } of published?.boards ?? []) {
    const state = issues.named(board.issue)
    state.board.values.set(board.values)
    state.sequence = sequence
    state.time = time
  }

  const each = (bytes: Uint8Array, take: (bytes: Uint8Array, at: number, end: number) => void): void => {
    for (let at = 0; at < bytes.length; ) {
      if (isLone(bytes, at)) {
        at++
        continue
      }
      const end = messageEnd(bytes, at)
      take(bytes, at, end)
      counts.messages++
      at = end
    }
  }

  return {
    counts,
    get reached() {
      return last
    },
    get whole() {
      return spoiled.size === 0
    },
    merge: bytes => each(bytes, mergeMessage),
    replace: (bytes, spoil) =>
      each(bytes, (of, at, end) => {
        try {
          replaceBoard(of, at, end, spoil !== undefined)
        } catch (error) {
          if (spoil === undefined || !(error instanceof FlexError)) throw error
          spoil(error)
        }
      }),
    replaced() {
      last = Math.max(last, snapshotAt)
      snapshotAt = 0
      joined = true
    },
    *boards() {
      for (const { board, sequence, time } of issues.values()) {
        // An issue whose first message was bad has no board yet.
        if (sequence > 0) yield { tradingDate, line, sequence, time, board }
      }
    },
  }
}

/** A message of one byte, which FLEX sends now and then, means nothing. */
function isLone(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === START && (at + 1 === bytes.length || bytes[at + 1] === START)
}

/**
 * Messages of an issue that never came, by its update number; at least one where that is not known, and never more
 * than the line sent.
 */
function missedBetween({ board, sequence }: IssueState, before: Board, next: number): number {
  const earlier = sequence === 0 ? 0 : before.values[F.updateNumber]!
  const later = board.values[F.updateNumber]!
  const missed = earlier === ABSENT || later === ABSENT ? 1 : later - earlier - 1
  return Math.max(0, Math.min(missed, next - sequence - 1))
}
