/** What a client received of each issue, compared with the trades of the exchange. */

/** A trade of the exchange: its sequence, and its time in µs of the day. */
export type TrueTrade = readonly [sequence: number, time: number]

/** The trades of each issue since the start of the exchange, in order. */
export type TrueTrades = Readonly<Record<string, readonly TrueTrade[]>>

export interface TradeCounts {
  /** Trades that the clients had to get, and that they got. */
  expected: number
  delivered: number
  /** Trades that a later board has passed, or that are overdue. */
  missing: number
  overdue: number
  /** Trades that came again, out of order, or that the exchange never made. */
  wrong: number
  /** Updates with the mark `lost`, except those with which an issue starts afresh: they lack what a connection missed. */
  lost: number
}

export const NO_TRADES: Readonly<TradeCounts> = {
  expected: 0,
  delivered: 0,
  missing: 0,
  overdue: 0,
  wrong: 0,
  lost: 0,
}

/** The state of an issue at a client between two cuts. */
interface Span {
  /** Sequence of the board at the first cut. Undefined: the client has no board yet. */
  from: number | undefined
  to: number | undefined
  trades: number[]
}

/** An event of an issue: the sequences of its board and of its trades. */
export interface LedgerEvent {
  readonly issue: string
  readonly board: number
  readonly trades: readonly number[]
  /** The server sent a whole board. */
  readonly snapshot: boolean
  readonly lost: boolean
}

export interface Ledger {
  note(event: LedgerEvent): void
  /**
   * Notes that the client has a new subscription. Until the next difference of an issue, whole boards of the issue start
   * afresh, because the protocol does not promise the trades before them.
   */
  startAfresh(): void
  /** Whether a trade came after the last cut. */
  isNew(issue: string, sequence: number): boolean
  /** Ends the span of each issue, and starts the next span. {@link check} compares the ended spans. */
  cut(): void
  /** Compares the ended spans with the truth. Trades up to `dueUntil` (µs of the day) must have come. */
  check(truth: TrueTrades, dueUntil: number): TradeCounts
}

/** @param issues the issues of the client. */
export function createLedger(issues: readonly string[]): Ledger {
  const open = new Map<string, Span>(issues.map(issue => [issue, startSpan(undefined)]))
  const ended = new Map<string, Span>()
  /** Issues without a difference since the last subscription. */
  const fresh = new Set(issues)
  let lostOpen = 0
  let lostEnded = 0
  return {
    note({ issue, board, trades, snapshot, lost }) {
      const span = open.get(issue)
      if (span === undefined) return
      span.to = board
      if (!snapshot) fresh.delete(issue)
      if (fresh.has(issue)) {
        span.from = board
        span.trades = []
        return
      }
      span.trades.push(...trades)
      if (lost) lostOpen++
    },
    startAfresh() {
      for (const issue of issues) fresh.add(issue)
    },
    isNew: (issue, sequence) => sequence > (open.get(issue)?.from ?? Infinity),
    cut() {
      for (const [issue, span] of open) {
        ended.set(issue, span)
        open.set(issue, startSpan(span.to))
      }
      lostEnded = lostOpen
      lostOpen = 0
    },
    check(truth, dueUntil) {
      const counts = { ...NO_TRADES, lost: lostEnded }
      for (const [issue, span] of ended) addCounts(counts, checkSpan(span, truth[issue] ?? [], dueUntil))
      return counts
    },
  }
}

function startSpan(board: number | undefined): Span {
  return { from: board, to: board, trades: [] }
}

function checkSpan({ from, to, trades }: Span, truth: readonly TrueTrade[], dueUntil: number): TradeCounts {
  if (from === undefined || to === undefined) return NO_TRADES
  const expected = truth
    .filter(([sequence]) => sequence > from && sequence <= to)
    .map(([sequence]) => sequence)
  const received = new Set(trades)
  const delivered = expected.filter(sequence => received.has(sequence)).length
  const isOrdered = trades.every((sequence, index) => index === 0 || sequence > trades[index - 1]!)
  const wrong = trades.length - delivered
  return {
    expected: expected.length,
    delivered,
    missing: expected.length - delivered,
    overdue: truth.filter(([sequence, time]) => sequence > to && time <= dueUntil).length,
    wrong: wrong === 0 && !isOrdered ? 1 : wrong,
    lost: 0,
  }
}

/** Adds `more` to `counts`. */
export function addCounts(counts: TradeCounts, more: Readonly<TradeCounts>): void {
  for (const name of Object.keys(NO_TRADES) as (keyof TradeCounts)[]) counts[name] += more[name]
}
