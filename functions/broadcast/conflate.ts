/**
 * Conflation: all ticks of an issue in a round become one update, that loses no trade.
 *
 * What this environment saw last of each issue is kept, so that an update can be a difference. It is one only where
 * the lane's counter shows that nothing was missed in between; otherwise it is the whole board.
 */

import { type Board, FIELD_COUNT } from '../../market/board.ts'
import type { TradeJson } from '../../market/board-json.ts'
import { tradeToJson } from '../../market/board-to-json.ts'
import type { Envelope, EnvelopeHeader } from '../../market/codec/envelope.ts'
import { laneName } from '../../market/lane.ts'
import type { Tick } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'

/** Trades in one update; a trade is 150 bytes of JSON at most, so that an update stays below one post (32 KB). */
export const MAX_TRADES_PER_UPDATE = 200

/** What a round says of one issue. */
export interface IssueUpdate {
  /** The latest tick of the round. */
  readonly tick: Tick
  /** Sequence of the update before, which this one can be a difference to; `undefined` where it must be a whole board. */
  readonly follows: number | undefined
  /** For each field of the board whether the round wrote it. */
  readonly touched: Uint8Array
  /** Every trade of the round, oldest first. */
  readonly trades: readonly TradeJson[]
  /** Highest and lowest trade price of the round, 10⁻⁴ yen. */
  readonly high: number | undefined
  readonly low: number | undefined
  /** Messages of the issue were lost in the round, and the trades they told of with them. */
  readonly lost: boolean
}

export interface Conflater {
  /**
   * Takes an envelope's ticks into the round. What was already seen, or is older, changes nothing: of a key frame
   * that leaves what this environment has missed. One of events counts in its lane like any other.
   */
  take(envelope: Envelope): void
  /** The updates of the round, in the order of their issues' first ticks; the next round begins. */
  finish(): IssueUpdate[]
  /** The latest tick of an issue that this environment has seen. */
  latest(issue: string): Tick | undefined
}

interface Lane {
  readonly epoch: number
  readonly counter: number
  readonly tradingDate: TradingDate
}

interface Issue {
  tick: Tick
  lane: string
  /** Nothing was missed since `tick`. */
  continuous: boolean
  update: OpenUpdate | undefined
}

interface OpenUpdate {
  tick: Tick
  follows: number | undefined
  readonly touched: Uint8Array
  readonly trades: TradeJson[]
  high: number | undefined
  low: number | undefined
  lost: boolean
}

export function createConflater(): Conflater {
  const lanes = new Map<string, Lane>()
  const issues = new Map<string, Issue>()
  let round: OpenUpdate[] = []

  const enter = (header: EnvelopeHeader): boolean => {
    const name = laneName(header.line, header.lane)
    const lane = lanes.get(name)
    if (lane !== undefined && isPast(header, lane)) return false
    const { epoch, counter, tradingDate } = header
    lanes.set(name, { epoch, counter, tradingDate })
    if (lane === undefined || !isNext(header, lane)) {
      for (const issue of issues.values()) if (issue.lane === name) issue.continuous = false
    }
    return true
  }

  return {
    take(envelope) {
      if (!enter(envelope) || envelope.kind === 'events') return
      const lane = laneName(envelope.line, envelope.lane)
      for (const tick of envelope.ticks) {
        const code = tick.board.issue
        let issue = issues.get(code)
        if (issue === undefined) {
          issue = { tick, lane, continuous: false, update: undefined }
          issues.set(code, issue)
        } else if (issue.lane !== lane) {
          issue.lane = lane
          issue.continuous = false
        }
        if (issue.tick !== tick && !isLater(tick, issue.tick)) {
          // Nothing came after what is known, whatever was missed.
          if (envelope.kind === 'boards' && isSame(tick, issue.tick)) issue.continuous = true
          continue
        }
        const update = openUpdate(issue, round)
        addTick(update, issue, tick)
        if (update.trades.length >= MAX_TRADES_PER_UPDATE) issue.update = undefined
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

/** An envelope seen before, or of a process that another has replaced. */
function isPast(header: EnvelopeHeader, lane: Lane): boolean {
  if (header.tradingDate !== lane.tradingDate) return header.tradingDate < lane.tradingDate
  return header.epoch < lane.epoch || (header.epoch === lane.epoch && header.counter <= lane.counter)
}

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
    touch(update.touched, issue.tick.board, tick.board)
  } else {
    update.follows = undefined
  }
  issue.tick = tick
  issue.continuous = true
  update.tick = tick
  if (tick.lost) update.lost = true
  const { trade } = tick
  if (trade === undefined) return
  update.trades.push(tradeToJson(tick, trade))
  update.high = Math.max(update.high ?? trade.price, trade.price)
  update.low = Math.min(update.low ?? trade.price, trade.price)
}

function touch(touched: Uint8Array, before: Board, after: Board): void {
  for (let field = 0; field < FIELD_COUNT; field++) {
    if (before.values[field] !== after.values[field]) touched[field] = 1
  }
}
