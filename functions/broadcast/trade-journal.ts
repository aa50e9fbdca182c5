/**
 * The trades of the last minutes, of all issues: an app that connects again gets those that it has missed, also of issues
 * that nobody held meanwhile. The market log keeps boards for seconds, of the held issues only.
 */
import { F, orZero } from '../../market/board.ts'
import type { TickTrade } from '../../market/issue-update.ts'
import type { Tick } from '../../market/tick.ts'
import { exactTurnover, isBlank } from '../../market/trade.ts'
import { addMillis, type EpochMillis, type TradingDate } from '../../market/units.ts'
import { NO_PLACE } from './trade-block.ts'
import { TradeStore } from './trade-store.ts'

/**
 * Trades are kept for this time (ms). A longer outage needs the REST API, which is up to three minutes behind
 * (STORE_SECONDS in cdk/sizing.ts), so the two overlap.
 */
export const JOURNAL_MS = 300_000
/** Trades between two borders of an issue. A trade has at most 80 bytes of JSON, so those between fit into one post (32 KB). */
export const TRADES_PER_ENTRY = 200
/** Losses of an issue that are kept. A day with more on one issue is hardly a day with a line. */
const LOSSES_KEPT = 100

/** What the journal has of an issue, on one trading date. */
export interface IssueTrades {
  readonly date: TradingDate
  /** Every trade after this sequence was noted. */
  floor: number
  /** The round in which the floor was set last. */
  floorRound: number
  /** Place of the latest trade; {@link NO_PLACE} for none. */
  last: number
  /** The issue has no trade after this sequence: that of the latest trade, or the floor. */
  reached: number
  /** Trades after the last border. */
  open: number
  /** Places of every {@link TRADES_PER_ENTRY}th trade, oldest first. */
  readonly borders: number[]
  /** Sequences of ticks directly before which the line lost messages, oldest first. */
  readonly losses: number[]
}

/** The trades of an issue after a sequence. */
export interface TradeRange {
  /** Every trade after this sequence is known. Higher than the sequence asked for if the journal does not reach back. */
  readonly follows: number
  /** Places of the last trades of its parts, oldest first. A part has at most {@link TRADES_PER_ENTRY} trades. */
  readonly ends: readonly number[]
}

/** The place of a round in the journal. */
interface RoundMark {
  readonly round: number
  readonly at: EpochMillis
  /** Place of the first trade after the round. */
  readonly next: number
}

export interface TradeJournal {
  /**
   * Notes a tick that is later than the tick before.
   * @param before the latest tick of the issue before; undefined for none.
   * @param follows no tick between the two is missing.
   */
  note(tick: Tick, before: Tick | undefined, follows: boolean): void
  /** Ends a round. Drops what is older than {@link JOURNAL_MS}. */
  endRound(round: number, at: EpochMillis): void
  /** Returns what the journal has of an issue; undefined if it knows no tick of it. */
  issue(code: string): IssueTrades | undefined
  /** Returns the trades of an issue after a sequence. */
  after(issue: IssueTrades, sequence: number): TradeRange
  /** Returns the trades of a part of a range: those after a sequence, oldest first. */
  part(end: number, follows: number): TickTrade[]
  /** Returns the sequence of the trade at a place. */
  sequenceAt(place: number): number
  /**
   * Returns a sequence up to which a reader of a round has every trade of an issue; undefined if the journal does not know
   * every trade after it.
   */
  reachedIn(issue: IssueTrades, round: number): number | undefined
}

export function createTradeJournal(): TradeJournal {
  const issues = new Map<string, IssueTrades>()
  const store = new TradeStore()
  /** Rounds of the kept trades, oldest first. */
  const marks: RoundMark[] = []
  /** The round that was ended last. */
  let ended = 0

  const add = (issue: IssueTrades, trade: TickTrade): void => {
    const place = store.add(trade, { place: issue.last, follows: issue.reached })
    issue.last = place
    issue.reached = trade.sequence
    if (++issue.open < TRADES_PER_ENTRY) return
    issue.open = 0
    issue.borders.push(place)
    while (!store.isKept(issue.borders[0]!)) issue.borders.shift()
  }

  /** Returns the places of the trades up to a place after a sequence, the latest first, at most those of a part. */
  const walk = (end: number, sequence: number): number[] => {
    const places: number[] = []
    for (let place = end; places.length < TRADES_PER_ENTRY && store.isKept(place); ) {
      if (store.sequence(place) <= sequence) break
      places.push(place)
      place = store.before(place)
    }
    return places
  }

  return {
    note(tick, before, follows) {
      const { trade, sequence, time } = tick
      const isFirst = before?.tradingDate !== tick.tradingDate
      const isLacking = isFirst || lacksTrades(before, tick)
      if (trade === undefined && !isLacking && !tick.lost) return
      let issue = isFirst ? undefined : issues.get(tick.board.issue)
      if (issue === undefined) {
        issue = newIssue(tick, ended + 1)
        issues.set(tick.board.issue, issue)
      } else if (isLacking && !(follows && tick.lost)) setFloor(issue, floorBefore(tick), ended + 1)
      if (tick.lost) {
        issue.losses.push(sequence)
        if (issue.losses.length > LOSSES_KEPT) setFloor(issue, issue.losses.shift()!, ended + 1)
      }
      if (trade !== undefined) add(issue, { sequence, time, trade, turnover: exactTurnover(tick, before) })
    },
    endRound(round, at) {
      ended = round
      marks.push({ round, at, next: store.next })
      const tooOld = addMillis(at, -JOURNAL_MS)
      while (marks[0]!.at < tooOld) store.drop(marks.shift()!.next)
    },
    issue: code => issues.get(code),
    after({ floor, reached, last, borders }, sequence) {
      const from = Math.max(sequence, floor)
      if (from >= reached) return { follows: from, ends: [] }
      if (!store.isKept(last)) return { follows: reached, ends: [] }
      const ends = borders.filter(place => store.isKept(place) && store.sequence(place) > from)
      if (ends.at(-1) !== last) ends.push(last)
      const before = borders.findLast(place => place < ends[0]!)
      // The part before is known, so the trades after the sequence are too.
      if (before !== undefined && store.isKept(before)) return { follows: from, ends }
      const oldest = walk(ends[0]!, from).at(-1)!
      return { follows: Math.max(from, store.link(oldest).follows), ends }
    },
    part: (end, follows) =>
      walk(end, follows)
        .map(place => store.trade(place))
        .reverse(),
    sequenceAt: place => store.sequence(place),
    reachedIn({ floorRound, last, reached, borders }, round) {
      const mark = marks.findLast(each => each.round <= round)
      if (mark === undefined || floorRound > mark.round) return undefined
      if (last === NO_PLACE || last < mark.next) return reached
      let place = borders.find(border => border >= mark.next) ?? last
      for (let link = store.link(place); link.place !== NO_PLACE && link.place >= mark.next; ) {
        place = link.place
        link = store.link(place)
      }
      return store.link(place).follows
    },
  }
}

/** @param round the round of the tick. */
function newIssue(tick: Tick, round: number): IssueTrades {
  const floor = isFirstTrade(tick) ? 0 : floorBefore(tick)
  const { tradingDate: date } = tick
  return { date, floor, floorRound: round, last: NO_PLACE, reached: floor, open: 0, borders: [], losses: [] }
}

/** Returns whether the issue had no trade on this date before that of the tick. */
function isFirstTrade({ board: { values }, trade }: Tick): boolean {
  return !isBlank(values) && orZero(values[F.volume]!) === (trade?.quantity ?? 0)
}

/** Returns the sequence after which every trade is known, if nothing before the tick is. */
function floorBefore({ sequence, trade }: Tick): number {
  return trade === undefined ? sequence : sequence - 1
}

function setFloor(issue: IssueTrades, floor: number, round: number): void {
  issue.floor = floor
  issue.floorRound = round
  issue.reached = Math.max(issue.reached, floor)
}

/** Returns whether the volume has grown by more than the later tick's own trade. Both ticks have the same date. */
function lacksTrades(before: Tick, after: Tick): boolean {
  const growth = orZero(after.board.values[F.volume]!) - orZero(before.board.values[F.volume]!)
  return growth > (after.trade?.quantity ?? 0)
}
