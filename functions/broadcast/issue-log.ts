/**
 * The recent rounds of one issue. A connection gets all rounds after its last post as one update, so that no trade is
 * lost at any pace, and a post that failed needs no memory of its own.
 */
import { F, FIELD_COUNT, orZero } from '../../market/board.ts'
import type { IssueUpdate, TickTrade } from '../../market/issue-update.ts'
import type { Tick } from '../../market/tick.ts'
import { exactTurnover } from '../../market/trade.ts'
import type { FeedPrice } from '../../market/units.ts'
import { hasTrades, VIEW_FIELDS, type View } from '../../market/view.ts'

/** Trades in one update. A trade has at most 80 bytes of JSON, so an update fits into one post (32 KB). */
export const MAX_TRADES_PER_UPDATE = 200

/** The ticks of one round. */
export interface LogEntry {
  readonly round: number
  /** The latest tick. */
  tick: Tick
  /** Sequence of the last tick that the log has no tick before: an update is a whole board. Undefined for none. */
  breakAt: number | undefined
  readonly touched: Uint8Array
  readonly trades: TickTrade[]
  high: FeedPrice | undefined
  low: FeedPrice | undefined
  /** Shares of the trades, from the last missing trade on. */
  traded: number
  /** The log lacks trades before those of `traded`. */
  lacksTrades: boolean
  lost: boolean
  /** By group of views: the last tick with a visible change; undefined if the entry has none. */
  shown: Record<ViewGroup, TickIdentity | undefined>
  /** By group of views: the sequence of the last visible tick before this entry; undefined if the group hides this entry. */
  before: Readonly<Record<ViewGroup, number | undefined>>
}

/** Views that show the same fields. */
type ViewGroup = 'board' | 'quote'

/** What identifies a tick of an issue. */
export type TickIdentity = Pick<Tick, 'tradingDate' | 'sequence' | 'time'>

export interface IssueLog {
  /** The latest tick. */
  tick: Tick
  /** Entries that were not dropped, oldest first. */
  readonly entries: LogEntry[]
  /** The entry that further ticks of this round go to. */
  open: LogEntry | undefined
  /** Sequence of the last visible tick, and the round of the last visible entry. */
  readonly visible: Record<ViewGroup, { sequence: number; round: number }>
  /** Rounds of the last dropped entry, and of the last dropped entry with a trade; -1 for none. */
  dropped: number
  droppedTrades: number
}

export function createIssueLog(tick: Tick): IssueLog {
  const nothing = () => ({ sequence: tick.sequence, round: -1 })
  return {
    tick,
    entries: [],
    open: undefined,
    visible: { board: nothing(), quote: nothing() },
    dropped: -1,
    droppedTrades: -1,
  }
}

/** Adds a tick that is later than the log's tick. @param follows the log has every tick of the issue before this tick. */
export function addTick(log: IssueLog, round: number, tick: Tick, follows: boolean): void {
  const entry = log.open ?? openEntry(log, round)
  const { trade } = tick
  // The first tick of a log is its own tick.
  const turnover = exactTurnover(tick, log.tick === tick ? undefined : log.tick)
  const isSeen = follows ? markChanges(entry.touched, log.tick, tick) : SEEN_BY_ALL
  if (!follows) entry.breakAt = tick.sequence
  if (!follows && lacksTrades(log.tick, tick)) {
    entry.lacksTrades = true
    entry.traded = 0
  }
  log.tick = tick
  entry.tick = tick
  if (tick.lost) entry.lost = true
  const isSeenByAll = tick.lost || trade !== undefined
  if (isSeenByAll || isSeen.board) entry.shown.board = tick
  if (isSeenByAll || isSeen.quote) entry.shown.quote = tick
  if (trade === undefined) return
  entry.trades.push({ sequence: tick.sequence, time: tick.time, trade, turnover })
  entry.high = Math.max(entry.high ?? trade.price, trade.price)
  entry.low = Math.min(entry.low ?? trade.price, trade.price)
  entry.traded += trade.quantity
  if (entry.trades.length >= MAX_TRADES_PER_UPDATE) closeEntry(log)
}

/**
 * Replaces the tick of an issue that no connection holds, and drops all entries. Its first update to a connection will be a
 * whole board. Returns the number of dropped entries.
 */
export function replaceTick(log: IssueLog, tick: Tick): number {
  log.tick = tick
  log.open = undefined
  for (const visible of [log.visible.board, log.visible.quote]) visible.sequence = tick.sequence
  return dropEntries(log, Number.POSITIVE_INFINITY)
}

function openEntry(log: IssueLog, round: number): LogEntry {
  const entry: LogEntry = {
    round,
    tick: log.tick,
    breakAt: undefined,
    touched: new Uint8Array(FIELD_COUNT),
    trades: [],
    high: undefined,
    low: undefined,
    traded: 0,
    lacksTrades: false,
    lost: false,
    shown: { board: undefined, quote: undefined },
    before: { board: undefined, quote: undefined },
  }
  log.open = entry
  return entry
}

/** Closes the open entry: its ticks become visible to readers. */
export function closeEntry(log: IssueLog): void {
  const entry = log.open
  if (entry === undefined) return
  log.open = undefined
  entry.before = { board: see(log, entry, 'board'), quote: see(log, entry, 'quote') }
  if (entry.before.board !== undefined || entry.before.quote !== undefined) log.entries.push(entry)
}

/** Notes an entry in a group of views. Returns the last visible sequence before it; undefined if it is not visible. */
function see(log: IssueLog, entry: LogEntry, group: ViewGroup): number | undefined {
  const shown = entry.shown[group]
  if (shown === undefined) return undefined
  // The entry needs no tick but its last.
  entry.shown[group] = { tradingDate: shown.tradingDate, sequence: shown.sequence, time: shown.time }
  const visible = log.visible[group]
  const before = visible.sequence
  visible.sequence = shown.sequence
  visible.round = entry.round
  return before
}

/** Returns whether a view of the issue has changed after a round. */
export function isChangedSince(log: IssueLog, view: View, round: number): boolean {
  return log.visible[groupOf(view)].round > round
}

/**
 * Returns the last tick up to a round that changed a view: a connection that has the updates of the round has a board of
 * this sequence or a later one. Undefined if the log does not know the tick.
 */
export function reachedAt({ entries }: IssueLog, view: View, round: number): TickIdentity | undefined {
  const group = groupOf(view)
  for (let index = firstAfter(entries, round) - 1; index >= 0; index--) {
    const { shown, breakAt } = entries[index]!
    const tick = shown[group]
    if (tick === undefined) continue
    // Nearly every tick changes the view `board`. Whether the first known tick has changed a quote is not known.
    return group === 'board' || tick.sequence !== breakAt ? tick : undefined
  }
  return undefined
}

/**
 * Returns the updates of a view after a round, oldest first. They are more than one only if they have many trades. The
 * first one is a whole board (`follows` undefined) if the log does not reach back to the round.
 * @param hasBoard the connection has a board of the issue. Then dropped trades are `lost`, in a view without trades too:
 * high and low lack their prices.
 */
export function updatesSince(log: IssueLog, view: View, round: number, hasBoard: boolean): IssueUpdate[] {
  const group = groupOf(view)
  const withTrades = hasTrades(view)
  const isReached = log.dropped <= round
  const updates: IssueUpdate[] = []
  let merged: LogEntry[] = []
  let trades = 0
  const finish = (): void => {
    if (isReached ? merged.some(entry => entry.before[group] !== undefined) : merged.length > 0) {
      updates.push(mergeEntries(merged, group, withTrades))
    }
    merged = []
    trades = 0
  }
  const { entries } = log
  for (let index = firstAfter(entries, round); index < entries.length; index++) {
    const entry = entries[index]!
    if (withTrades && trades + entry.trades.length > MAX_TRADES_PER_UPDATE) finish()
    merged.push(entry)
    trades += entry.trades.length
  }
  finish()
  if (isReached) return updates
  const isLost = hasBoard && log.droppedTrades > round
  const [first = boardOnly(log.tick), ...others] = updates
  return [{ ...first, follows: undefined, lost: first.lost || isLost }, ...others]
}

/** Drops the entries up to a round. Returns their number. */
export function dropEntries(log: IssueLog, round: number): number {
  const count = firstAfter(log.entries, round)
  if (count === 0) return 0
  for (const entry of log.entries.splice(0, count)) {
    log.dropped = entry.round
    if (entry.trades.length > 0 || entry.lost) log.droppedTrades = entry.round
  }
  return count
}

/** Returns the index of the first entry after a round. */
function firstAfter(entries: readonly LogEntry[], round: number): number {
  let index = entries.length
  while (index > 0 && entries[index - 1]!.round > round) index--
  return index
}

function mergeEntries(entries: readonly LogEntry[], group: ViewGroup, withTrades: boolean): IssueUpdate {
  const touched = new Uint8Array(FIELD_COUNT)
  let follows: number | undefined
  let isWhole = false
  let lost = false
  let high: FeedPrice | undefined
  let low: FeedPrice | undefined
  let traded = 0
  for (const entry of entries) {
    follows ??= entry.before[group]
    if (entry.breakAt !== undefined) isWhole = true
    if (entry.lost) lost = true
    for (let field = 0; field < FIELD_COUNT; field++) touched[field]! |= entry.touched[field]!
    if (entry.high !== undefined) high = Math.max(high ?? entry.high, entry.high)
    if (entry.low !== undefined) low = Math.min(low ?? entry.low, entry.low)
    traded = entry.lacksTrades ? entry.traded : traded + entry.traded
  }
  return {
    tick: entries.at(-1)!.tick,
    follows: isWhole ? undefined : follows,
    touched,
    trades: withTrades ? entries.flatMap(entry => entry.trades) : [],
    high,
    low,
    traded,
    lost,
  }
}

function boardOnly(tick: Tick): IssueUpdate {
  const touched = new Uint8Array(FIELD_COUNT)
  const noTrades = { trades: [], high: undefined, low: undefined, traded: 0 }
  return { tick, follows: undefined, touched, ...noTrades, lost: false }
}

function groupOf(view: View): ViewGroup {
  return view === 'board' ? 'board' : 'quote'
}

/** Returns whether the volume has grown by more than the later tick's own trade, or has started again. */
function lacksTrades(before: Tick, after: Tick): boolean {
  const growth = orZero(after.board.values[F.volume]!) - orZero(before.board.values[F.volume]!)
  return before.tradingDate !== after.tradingDate || growth > (after.trade?.quantity ?? 0)
}

const SEEN_BY_ALL: Readonly<Record<ViewGroup, boolean>> = { board: true, quote: true }

/** Marks the fields that differ. Returns which groups of views show one of them. */
function markChanges(touched: Uint8Array, before: Tick, after: Tick): Readonly<Record<ViewGroup, boolean>> {
  const isSeen = { board: false, quote: false }
  const [old, now] = [before.board.values, after.board.values]
  for (let field = 0; field < FIELD_COUNT; field++) {
    if (old[field] === now[field]) continue
    touched[field] = 1
    if (VIEW_FIELDS.board[field]) isSeen.board = true
    if (VIEW_FIELDS.quote[field]) isSeen.quote = true
  }
  return isSeen
}
