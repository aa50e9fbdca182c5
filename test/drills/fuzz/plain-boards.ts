/** Boards of a line by the plain reader: the ticks that the decoder must make, and the messages it must refuse. */
import {
  type Doubt,
  isTimeField,
  judgeFields,
  noDoubt,
  TIME_TOLERANCE,
  wholeDoubt,
} from '../../../ingest-task/flex/judge-fields.ts'
import { ABSENT, type Board, emptyBoard, F, TIME_FIELDS } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { deriveTrade } from '../../../market/trade.ts'
import type { TradingDate } from '../../../market/units.ts'
import {
  isLonePlain,
  NotPlain,
  readCounterPlain,
  readExchangePlain,
  readFramePlain,
  readIssuePlain,
  readTagsPlain,
} from './plain-message.ts'

export interface Expected {
  /** Ticks before the refused message, with copies of their boards. */
  readonly ticks: readonly Tick[]
  readonly isRefused: boolean
}

export interface PlainBoards {
  /** Counter of the latest message merged. */
  readonly last: number
  merge(bytes: Buffer): Expected
  replace(bytes: Buffer): Expected
  endSnapshot(): void
  /** Starts a new reader after message `last`, which knows the ticks of this one. */
  restart(last: number): void
  /** Messages without a tick. */
  readonly lost: number
  /** The latest tick of every issue that has one. */
  boards(): ReadonlyMap<string, Tick>
}

/** How far the counters of a snapshot may be ahead of the messages read so far. */
const MAX_LEAD = 5_000_000
/** How much earlier than the messages before a message may be, µs. */
const STALE_AFTER = 2_000_000

interface PlainJudge {
  /** Judges a board, and returns the time of its tick. The rules of the fields have tests of their own. */
  timeOf(before: Tick | undefined, board: Board, times: readonly number[], whole: boolean): number
  /** Starts a new reader. */
  restart(): void
}

function createJudge(arrival: number): PlainJudge {
  const doubts = new Map<string, Doubt>()
  /** Latest possible time of a message. */
  let latestTime = 0
  return {
    timeOf(before, board, times, whole) {
      const { issue, values } = board
      if (whole || !doubts.has(issue)) doubts.set(issue, noDoubt())
      const earlier = whole || before === undefined ? emptyBoard(issue) : before.board
      const fields = judgeFields(values, earlier.values, whole ? wholeDoubt() : doubts.get(issue)!, arrival)
      if (whole && fields?.some(({ field }) => field === F.volume)) throw new NotPlain('volume')
      const time = Math.max(before?.time ?? 0, ...TIME_FIELDS.map(field => values[field]!), ...times)
      const isFuture = time > arrival + TIME_TOLERANCE || fields?.some(({ field }) => isTimeField(field))
      if (isFuture || (!whole && time < latestTime - STALE_AFTER)) return Math.max(before?.time ?? 0, arrival)
      latestTime = Math.max(latestTime, time)
      return time
    },
    restart() {
      doubts.clear()
      latestTime = 0
    },
  }
}

/** @param arrival when all messages come, µs of the day. */
export function createPlainBoards(line: number, tradingDate: TradingDate, arrival: number): PlainBoards {
  const latest = new Map<string, Tick>()
  let last = 0
  let snapshotAt = 0
  let lost = 0
  /** Counter of the message before, in the same bytes. */
  let previous: number | undefined
  /** Latest ticks of the previous reader, by issue. */
  let floors: ReadonlyMap<string, Tick> = new Map()

  const judge = createJudge(arrival)

  const read = (text: string, at: number, end: number, whole: boolean): Tick | undefined => {
    const sequence = readCounterPlain(text, at, line)
    if (!whole && previous !== undefined && sequence !== previous + 1) throw new NotPlain('not the next')
    previous = sequence
    if (!whole && sequence <= last) return undefined
    if (!whole && sequence > last + 1) throw new NotPlain('gap')
    const isFar = whole && last > 0 && sequence > last + MAX_LEAD
    if (readExchangePlain(text, at) !== '1') {
      if (isFar) return undefined
      if (whole) snapshotAt = Math.max(snapshotAt, sequence)
      else last = sequence
      return undefined
    }
    const issue = readIssuePlain(text, at)
    const before = latest.get(issue)
    if (!whole && sequence <= (floors.get(issue)?.sequence ?? 0)) {
      last = sequence
      return undefined
    }
    if (isFar) throw new NotPlain('a counter far ahead')
    if (whole) {
      snapshotAt = Math.max(snapshotAt, sequence)
      if (before !== undefined && sequence <= before.sequence) return undefined
    }
    const { fields, times } = readTagsPlain(text, at, end)
    const board = emptyBoard(issue)
    if (!whole && before !== undefined) board.values.set(before.board.values)
    for (const [field, value] of fields) {
      // A status without a time keeps the time of the previous status.
      if (field !== F.statusTime || value !== ABSENT || whole) board.values[field] = value
    }
    const time = judge.timeOf(before, board, times, whole)
    if (!whole) last = sequence
    const missed = whole ? lostBetween(before, board, sequence) : 0
    lost += missed
    const trade = missed > 0 ? undefined : deriveTrade(before?.board ?? emptyBoard(issue), board)
    return {
      tradingDate,
      line,
      sequence,
      time,
      board,
      ...(missed > 0 ? { lost: true } : {}),
      ...(trade === undefined ? {} : { trade }),
    }
  }

  const each = (bytes: Buffer, whole: boolean): Expected => {
    const text = bytes.toString('latin1')
    previous = undefined
    const ticks: Tick[] = []
    try {
      for (let at = 0; at < text.length; ) {
        if (isLonePlain(text, at)) {
          at++
          continue
        }
        const end = readFramePlain(text, at)
        const tick = read(text, at, end, whole)
        if (tick !== undefined) {
          latest.set(tick.board.issue, tick)
          ticks.push(tick)
        }
        at = end
      }
      return { ticks, isRefused: false }
    } catch (error) {
      if (error instanceof NotPlain) return { ticks, isRefused: true }
      throw error
    }
  }

  return {
    get last() {
      return last
    },
    merge: bytes => each(bytes, false),
    replace: bytes => each(bytes, true),
    endSnapshot() {
      last = Math.max(last, snapshotAt)
      snapshotAt = 0
    },
    restart(at) {
      last = at
      floors = new Map(latest)
      lost = 0
      judge.restart()
    },
    get lost() {
      return lost
    },
    boards: () => latest,
  }
}

/** Returns the updates of an issue that never came: at most as many as the line has sent by its counter. */
function lostBetween(before: Tick | undefined, after: Board, sequence: number): number {
  const from = before === undefined ? 0 : before.board.values[F.updateNumber]!
  const to = after.values[F.updateNumber]!
  const updates = from === ABSENT || to === ABSENT ? 1 : to - from - 1
  return Math.max(0, Math.min(updates, sequence - (before?.sequence ?? 0) - 1))
}
