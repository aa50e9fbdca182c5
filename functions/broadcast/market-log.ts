/**
 * The recent rounds of all issues, from the envelopes of the stream. Rounds have growing numbers. A reader names the
 * round that it has, and gets all later ones as one update an issue.
 */
import type { Envelope, EnvelopeHeader } from '../../market/codec/envelope.ts'
import type { IssueUpdate } from '../../market/issue-update.ts'
import { laneName } from '../../market/lane.ts'
import { isLaterTick, type Tick } from '../../market/tick.ts'
import { addMillis, type EpochMillis } from '../../market/units.ts'
import type { View } from '../../market/view.ts'
import {
  addTick,
  closeEntry,
  createIssueLog,
  dropEntries,
  type IssueLog,
  isChangedSince,
  reachedAt,
  replaceTick,
  type TickIdentity,
  updatesSince,
} from './issue-log.ts'
import { createLaneOrder, type LaneOrder, type LanePlace } from './lane-order.ts'
import { createTradeJournal, type TradeJournal } from './trade-journal.ts'

/**
 * Entries older than this (ms) are dropped. A connection that took no post for so long gets whole boards, and the trades before
 * them from the journal (recover-dropped.ts). A view without trades gets the mark `lost` instead. A connection rests 30 s at most (post-outcome.ts).
 */
export const KEEP_MS = 40_000
/**
 * Most entries of all issues. Above it, the oldest rounds are dropped. An entry takes 1.6 KB: its tick with the board, the mark
 * of changed fields, and some two trades. So all take 480 MB of the 1,769 MB of the function (cdk/broadcast.ts), 300 MB of them
 * in the heap of V8. At 30,000 ticks/s with every issue held, the opening has 12,100 entries a second in rounds of 100 ms and
 * 15,300 in rounds of 50 ms: the log then keeps 20 s to 25 s.
 */
export const MAX_ENTRIES = 300_000
/** Rounds between two looks for entries that can be dropped. */
const DROP_EVERY_ROUNDS = 10

export interface MarketLog {
  /** The number of the last round that was ended; 0 before the first. */
  readonly round: number
  /** The last round in which an issue that somebody holds has changed. */
  readonly changedRound: number
  /** Prepares an empty log for its first envelopes: see {@link LaneOrder.begin}. */
  begin(headers: readonly EnvelopeHeader[]): void
  /**
   * Adds the ticks of an envelope to the open round. Repeated and older ticks add nothing, but a key frame that repeats
   * the latest tick of an issue proves that none was missed. Envelopes of events also advance the counter of their lane.
   * @returns the place of the envelope in its lane. A late or repeated envelope adds nothing.
   */
  take(envelope: Envelope): LanePlace
  /** Ends the open round. Returns the latest tick of each issue that the round has changed. */
  endRound(at: EpochMillis): Tick[]
  /** Returns the latest tick of an issue that this environment has taken. */
  latest(issue: string): Tick | undefined
  /** Returns whether a view of an issue has changed after a round. */
  isChangedSince(issue: string, view: View, round: number): boolean
  /** See {@link reachedAt} of issue-log.ts. */
  reachedAt(issue: string, view: View, round: number): TickIdentity | undefined
  /** The last round that was dropped; 0 for none. */
  readonly droppedRound: number
  /** Returns whether trades of an issue after a round were dropped. */
  hasDroppedTrades(issue: string, round: number): boolean
  /** See {@link updatesSince} of issue-log.ts. */
  updatesSince(issue: string, view: View, round: number, hasBoard: boolean): IssueUpdate[]
  /** Drops entries that nobody needs. @param needed the last round that every reader has, with all rounds before it. */
  drop(needed: number, now: EpochMillis): void
}

interface LoggedIssue {
  readonly log: IssueLog
  lane: string
  /** Nothing was missed since the latest tick. */
  continuous: boolean
}

interface KeptRound {
  readonly round: number
  readonly at: EpochMillis
  readonly entries: number
}

/**
 * @param isHeld whether a connection holds the issue. The rounds of other issues are not kept.
 * @param journal gets the trades of all issues.
 */
export function createMarketLog(
  isHeld: (issue: string) => boolean,
  journal: Pick<TradeJournal, 'note' | 'endRound'> = createTradeJournal(),
): MarketLog {
  const lanes = createLaneOrder()
  const issues = new Map<string, LoggedIssue>()
  /** Issues of the open round, with the number of their entries before it. */
  const open = new Map<LoggedIssue, number>()
  /** Rounds that may still have entries, oldest first, with the number of their entries. */
  let kept: KeptRound[] = []
  let entries = 0
  let round = 0
  let changedRound = 0
  let droppedRound = 0

  const add = (tick: Tick, lane: string): void => {
    let issue = issues.get(tick.board.issue)
    const isFirst = issue === undefined
    issue ??= { log: createIssueLog(tick), lane, continuous: false }
    if (isFirst) issues.set(tick.board.issue, issue)
    const { log } = issue
    const follows = issue.continuous && issue.lane === lane && tick.tradingDate === log.tick.tradingDate
    journal.note(tick, isFirst ? undefined : log.tick, follows)
    issue.lane = lane
    issue.continuous = true
    if (!open.has(issue)) open.set(issue, log.entries.length)
    if (isHeld(tick.board.issue)) addTick(log, round + 1, tick, follows)
    else {
      entries -= replaceTick(log, tick)
      open.set(issue, 0)
    }
  }

  /** Drops all entries up to a round. */
  const dropTo = (last: number): void => {
    for (const { log } of issues.values()) entries -= dropEntries(log, last)
    kept = kept.filter(({ round }) => round > last)
    droppedRound = last
  }

  return {
    get round() {
      return round
    },
    get changedRound() {
      return changedRound
    },
    get droppedRound() {
      return droppedRound
    },
    begin: lanes.begin,
    take(envelope) {
      const place = lanes.enter(envelope)
      if (place === 'late' || place === 'repeated') return place
      const lane = laneName(envelope.line, envelope.lane)
      if (place === 'gap') {
        for (const issue of issues.values()) if (issue.lane === lane) issue.continuous = false
      }
      if (envelope.kind === 'events') return place
      for (const tick of envelope.ticks) {
        const issue = issues.get(tick.board.issue)
        if (issue === undefined || isLaterTick(tick, issue.log.tick)) add(tick, lane)
        else if (envelope.kind === 'boards' && isSame(tick, issue.log.tick)) {
          // A key frame that repeats the latest tick proves that the issue has no later tick: nothing was missed.
          issue.lane = lane
          issue.continuous = true
        }
      }
      return place
    },
    endRound(at) {
      round++
      let added = 0
      for (const [{ log }, before] of open) {
        closeEntry(log)
        added += log.entries.length - before
      }
      if (added > 0) changedRound = round
      entries += added
      kept.push({ round, at, entries: added })
      journal.endRound(round, at)
      const ticks = Array.from(open.keys(), ({ log }) => log.tick)
      open.clear()
      return ticks
    },
    latest: code => issues.get(code)?.log.tick,
    isChangedSince(code, view, since) {
      const issue = issues.get(code)
      return issue !== undefined && isChangedSince(issue.log, view, since)
    },
    reachedAt(code, view, since) {
      const issue = issues.get(code)
      return issue && reachedAt(issue.log, view, since)
    },
    hasDroppedTrades: (code, since) => (issues.get(code)?.log.droppedTrades ?? -1) > since,
    updatesSince(code, view, since, hasBoard) {
      const issue = issues.get(code)
      return issue === undefined ? [] : updatesSince(issue.log, view, since, hasBoard)
    },
    drop(needed, now) {
      const last = lastToDrop(kept, needed, now)
      const oldest = kept[0]?.round ?? round
      if (last - oldest >= DROP_EVERY_ROUNDS || entries > MAX_ENTRIES) dropTo(last)
    },
  }
}

/** Returns the last round that may be dropped: nobody needs it, or it is too old, or there are too many entries. */
function lastToDrop(kept: readonly KeptRound[], needed: number, now: EpochMillis): number {
  const tooOld = addMillis(now, -KEEP_MS)
  let last = needed
  for (const { round, at } of kept) if (at < tooOld) last = Math.max(last, round)
  let left = kept.reduce((sum, each) => sum + (each.round > last ? each.entries : 0), 0)
  for (const each of kept) {
    if (left <= MAX_ENTRIES) break
    if (each.round <= last) continue
    last = each.round
    left -= each.entries
  }
  return last
}

function isSame(tick: Tick, before: Tick): boolean {
  return tick.tradingDate === before.tradingDate && tick.sequence === before.sequence
}
