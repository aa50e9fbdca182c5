/** The boards of all issues of a line, kept by its market messages. Every change is told as a tick. */
import { ABSENT, type Board, emptyBoard, F, TIME_FIELDS } from '../../market/board.ts'
import type { Tick } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import { FlexError } from './digits.ts'
import { counterOf, createIssueIndex, HEADER_BYTES, messageEnd, START } from './header.ts'
import { latestTime, mergeTag } from './tags.ts'

interface IssueState {
  readonly board: Board
  /** Time of its latest tick. */
  time: number
}

export interface LineBoards {
  readonly counts: { messages: number; ticks: number; repeats: number }
  /**
   * Merges live messages, back to back. What a bad one says, and all after it, changes nothing.
   * @throws FlexError on a message that is not in the layout, or comes after a gap in the counter.
   */
  merge(bytes: Uint8Array): void
  /**
   * Takes over whole boards, as they stand at the counter of their messages.
   * @throws FlexError
   */
  replace(bytes: Uint8Array): void
  /** All boards are replaced: live messages go on after them. */
  replaced(): void
  board(issue: string): Board | undefined
}

/** @param tell gets each tick; its board is the line's own and changes with the next message. */
export function createLineBoards(line: number, tradingDate: number, tell: (tick: Tick) => void): LineBoards {
  const issues = createIssueIndex<IssueState>(issue => ({ board: emptyBoard(issue), time: 0 }))
  /** A message is merged here first, so that a bad one leaves the board as it was. */
  const draft = emptyBoard('')
  const counts = { messages: 0, ticks: 0, repeats: 0 }
  let last = 0
  let snapshotAt = 0

  /** Merges the tags of the message in [at, end) into the draft. */
  const mergeTags = (bytes: Uint8Array, at: number, end: number): void => {
    const tagsEnd = end - 1
    for (let tag = at + HEADER_BYTES; tag < tagsEnd; ) tag = mergeTag(bytes, tag, tagsEnd, draft.values) + 1
  }

  /**
   * Time of the draft's tick. Delayed prices are held back by it, so it may not be earlier than anything that the
   * board shows, whatever ST says.
   */
  const timeOf = (bytes: Uint8Array, at: number, end: number, state: IssueState): number => {
    const { values } = draft
    let time = state.time
    for (const field of TIME_FIELDS) time = Math.max(time, values[field]!)
    if (values[F.statusTime] !== ABSENT) return time
    return Math.max(time, latestTime(bytes, at + HEADER_BYTES, end - 1))
  }

  const mergeMessage = (bytes: Uint8Array, at: number, end: number): void => {
    const sequence = counterOf(bytes, at, line)
    if (sequence <= last) {
      counts.repeats++
      return
    }
    if (sequence > last + 1)
      throw new FlexError(at, `message ${last + 1} of line ${line}`, `message ${sequence}`)
    const state = issues.of(bytes, at)
    const { board } = state
    draft.values.set(board.values)
    const statusTime = board.values[F.statusTime]!
    draft.values[F.statusTime] = ABSENT
    mergeTags(bytes, at, end)
    const time = timeOf(bytes, at, end, state)
    if (draft.values[F.statusTime] === ABSENT) draft.values[F.statusTime] = statusTime
    const trade = deriveTrade(board, draft)
    board.values.set(draft.values)
    state.time = time
    last = sequence
    counts.ticks++
    tell(
      trade === undefined
        ? { tradingDate, line, sequence, time, board }
        : { tradingDate, line, sequence, time, board, trade },
    )
  }

  const replaceBoard = (bytes: Uint8Array, at: number, end: number): void => {
    const sequence = counterOf(bytes, at, line)
    const state = issues.of(bytes, at)
    const { board } = state
    draft.values.fill(ABSENT)
    mergeTags(bytes, at, end)
    snapshotAt = Math.max(snapshotAt, sequence)
    if (draft.values.every((value, field) => value === board.values[field])) return
    const time = timeOf(bytes, at, end, state)
    board.values.set(draft.values)
    state.time = time
    counts.ticks++
    tell({ tradingDate, line, sequence, time, board })
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
    merge: bytes => each(bytes, mergeMessage),
    replace: bytes => each(bytes, replaceBoard),
    replaced() {
      last = snapshotAt
      snapshotAt = 0
    },
    board: issue => [...issues.values()].find(state => state.board.issue === issue)?.board,
  }
}

/** A message of one byte, which FLEX sends now and then, means nothing. */
function isLone(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === START && (at + 1 === bytes.length || bytes[at + 1] === START)
}
