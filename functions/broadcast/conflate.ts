/**
 * Conflation: all ticks of an issue in a round become one update, which loses no trade.
 *
 * The conflater keeps the latest tick of each issue. An update is the difference to this tick if the lane's counter
 * shows that nothing was missed since. Otherwise the update is a whole board.
 */
import { type Board, FIELD_COUNT } from '../../market/board.ts'
import type { Envelope, EnvelopeHeader } from '../../market/codec/envelope.ts'
import type { IssueUpdate, TickTrade } from '../../market/issue-update.ts'
import { laneName } from '../../market/lane.ts'
import type { Tick } from '../../market/tick.ts'
import type { EpochMillis, FeedPrice, TradingDate } from '../../market/units.ts'

/** Trades in one update. A trade has at most 100 bytes of JSON, so the update fits into one post (32 KB). */
export const MAX_TRADES_PER_UPDATE = 200

export interface Conflater {
  /**
   * Adds the ticks of an envelope to the round. Repeated and older ticks add nothing, but a key frame that repeats the
   * latest tick of an issue proves that none was missed. Envelopes of events also advance the counter of their lane.
   */
  take(envelope: Envelope): void
  /** Returns the updates of the round, ordered by the first tick of each issue, and starts the next round. */
  finish(): IssueUpdate[]
  /** Returns the latest tick of an issue that this environment has taken. */
  latest(issue: string): Tick | undefined
}

/** The last envelope of a lane. */
interface Lane {
  readonly epoch: EpochMillis
  readonly counter: number
  readonly tradingDate: TradingDate
}

interface Issue {
  /** The latest tick. */
  tick: Tick
  lane: string
  /** Nothing was missed since `tick`. */
  continuous: boolean
  /** The update of this round that further ticks go to. */
  update: OpenUpdate | undefined
}

interface OpenUpdate {
  tick: Tick
  follows: number | undefined
  readonly touched: Uint8Array
  readonly trades: TickTrade[]
  high: FeedPrice | undefined
  low: FeedPrice | undefined
  lost: boolean
}

export function createConflater(): Conflater {
  const lanes = new Map<string, Lane>()
  const issues = new Map<string, Issue>()
  let round: OpenUpdate[] = []

  /** Returns false for an envelope that the lane has passed. A gap in the lane breaks the continuity of its issues. */
  const enterLane = (header: EnvelopeHeader, name: string): boolean => {
    const lane = lanes.get(name)
    if (lane !== undefined && isPast(header, lane)) return false
    const { epoch, counter, tradingDate } = header
    lanes.set(name, { epoch, counter, tradingDate })
    if (lane === undefined || !isNext(header, lane)) {
      for (const issue of issues.values()) if (issue.lane === name) issue.continuous = false
    }
    return true
  }

  const issueOf = (tick: Tick, lane: string): Issue => {
    const code = tick.board.issue
    let issue = issues.get(code)
    if (issue === undefined) {
      issue = { tick, lane, continuous: false, update: undefined }
      issues.set(code, issue)
    } else if (issue.lane !== lane) {
      issue.lane = lane
      issue.continuous = false
    }
    return issue
  }

  return {
    take(envelope) {
      const lane = laneName(envelope.line, envelope.lane)
      if (!enterLane(envelope, lane) || envelope.kind === 'events') return
      for (const tick of envelope.ticks) {
        const issue = issueOf(tick, lane)
        const isFirst = issue.tick === tick
        if (isFirst || isLater(tick, issue.tick)) addTick(openUpdate(issue, round), issue, tick)
        // A key frame that repeats the latest tick proves that the issue has no later tick: nothing was missed.
        else if (envelope.kind === 'boards' && isSame(tick, issue.tick)) issue.continuous = true
      }
    },
    finish() {
      const updates = round
      round = []
      for (const { tick } of updates) {
        const issue = issues.get(tick.board.issue)
        if (issue !== undefined) issue.update = undefined
      }
      return updates
    },
    latest: code => issues.get(code)?.tick,
  }
}

/** Returns whether an envelope is a repetition, or comes from a process that was replaced. */
function isPast(header: EnvelopeHeader, lane: Lane): boolean {
  if (header.tradingDate !== lane.tradingDate) return header.tradingDate < lane.tradingDate
  return header.epoch < lane.epoch || (header.epoch === lane.epoch && header.counter <= lane.counter)
}

/** Returns whether an envelope is the next one of the lane, also if a new process continues the lane. */
function isNext({ epoch, counter, follows }: EnvelopeHeader, lane: Lane): boolean {
  if (epoch === lane.epoch) return counter === lane.counter + 1
  return follows?.epoch === lane.epoch && follows.counter === lane.counter
}

function isSame(tick: Tick, before: Tick): boolean {
  return tick.tradingDate === before.tradingDate && tick.sequence === before.sequence
}

function isLater(tick: Tick, before: Tick): boolean {
  return tick.tradingDate === before.tradingDate
    ? tick.sequence > before.sequence
    : tick.tradingDate > before.tradingDate
}

function openUpdate(issue: Issue, round: OpenUpdate[]): OpenUpdate {
  if (issue.update !== undefined) return issue.update
  const update: OpenUpdate = {
    tick: issue.tick,
    follows: issue.tick.sequence,
    touched: new Uint8Array(FIELD_COUNT),
    trades: [],
    high: undefined,
    low: undefined,
    lost: false,
  }
  issue.update = update
  round.push(update)
  return update
}

function addTick(update: OpenUpdate, issue: Issue, tick: Tick): void {
  if (issue.continuous && tick.tradingDate === issue.tick.tradingDate) {
    markChanges(update.touched, issue.tick.board, tick.board)
  } else {
    update.follows = undefined
  }
  issue.tick = tick
  issue.continuous = true
  update.tick = tick
  if (tick.lost) update.lost = true
  const { trade } = tick
  if (trade === undefined) return
  update.trades.push({ sequence: tick.sequence, time: tick.time, trade })
  update.high = Math.max(update.high ?? trade.price, trade.price)
  update.low = Math.min(update.low ?? trade.price, trade.price)
  // A full update is closed. The next tick of the issue opens another update, which follows this update.
  if (update.trades.length >= MAX_TRADES_PER_UPDATE) issue.update = undefined
}

function markChanges(touched: Uint8Array, before: Board, after: Board): void {
  for (let field = 0; field < FIELD_COUNT; field++) {
    if (before.values[field] !== after.values[field]) touched[field] = 1
  }
}
