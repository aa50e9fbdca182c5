/** What is known of one issue of a line: its board and its latest tick. */
import { ABSENT, type Board, emptyBoard, F } from '../../market/board.ts'
import type { DayMicros } from '../../market/units.ts'
import { type Doubt, noDoubt } from './judge-fields.ts'

export interface IssueState {
  readonly board: Board
  /** Counter of its latest tick; 0 before the first. */
  sequence: number
  /** Time of its latest tick. */
  time: DayMicros
  /** The previous process has published its messages up to this counter. */
  readonly floor: number
  /** Its last whole board was unreadable: no tick is made before the next whole board. */
  isBad: boolean
  /** It is known only by a message that could not be read, so its code may be bad too. */
  isGuess: boolean
  /** Messages that made no tick since the board became bad. */
  passed: number
  doubt: Doubt
}

export function newIssue(issue: string, floor: number): IssueState {
  return {
    board: emptyBoard(issue),
    sequence: 0,
    time: 0,
    floor,
    isBad: false,
    isGuess: false,
    passed: 0,
    doubt: noDoubt(),
  }
}

/**
 * Returns how many messages of an issue never came, by its update number: at least one if a number is unknown, and at
 * most as many as the line has sent since.
 */
export function missedBetween({ board, sequence }: IssueState, before: Board, next: number): number {
  const earlier = sequence === 0 ? 0 : before.values[F.updateNumber]!
  const later = board.values[F.updateNumber]!
  const missed = earlier === ABSENT || later === ABSENT ? 1 : later - earlier - 1
  return Math.max(0, Math.min(missed, next - sequence - 1))
}
