/**
 * The trades before the page has subscribed: 歩み値 starts with them. The stored trades end one or two minutes ago, so they are
 * read again until they reach the moment at which the live trades start.
 */
import type { BoardJson, TradeJson } from '../../market/board-json.ts'
import { momentFromIso, momentToIso } from '../../market/moment.ts'
import { addMicros, type Micros } from '../../market/units.ts'
import type { Rest, StoredTrade } from './rest-client.ts'
import type { IssueState, TradeRow } from './state.ts'

/** Trades shown for an issue. */
export const TRADES_SHOWN = 60
/** Spans before the first live board that are read until they have enough trades. A busy issue has 2,000 in the first. */
const SPANS: readonly Micros[] = [4, 40, 24 * 60].map(minutes => minutes * 60_000_000)
/** Milliseconds before stored trades that end too early are read again, and how often. */
const AGAIN = 20_000
const ATTEMPTS = 15

export interface RecentTrades {
  /** Reads the trades before `board`, the first live board of an issue. */
  join(issue: IssueState, board: BoardJson): void
}

export function createRecentTrades(
  rest: Pick<Rest, 'realtimeTrades'>,
  token: () => Promise<string>,
  changed: () => void,
): RecentTrades {
  /** Reads the trades from a span before a board on. Returns whether they reach the board. */
  async function read(
    issue: IssueState,
    board: BoardJson,
    span: Micros,
  ): Promise<{ reaches: boolean; isEnough: boolean }> {
    const midnight = `${board.date}T00:00:00.000000+09:00`
    const from = momentToIso(addMicros(momentFromIso(board.time)!, -span))
    const start = from < midnight ? midnight : from
    const { asOf, trades } = await rest.realtimeTrades(issue.code, start, await token())
    // ISO 8601 times with the same offset are in order as text.
    const reaches = asOf >= board.time
    const before = trades.filter(({ sequence }) => sequence <= board.sequence).flatMap(rowsOf)
    // Another day, or another subscription, has started meanwhile.
    if (issue.joined !== board) return { reaches: true, isEnough: true }
    issue.trades = mergedTrades(issue.trades, before, reaches ? undefined : board)
    changed()
    return { reaches, isEnough: before.length >= TRADES_SHOWN || start === midnight }
  }

  async function fill(issue: IssueState, board: BoardJson): Promise<void> {
    let span = 0
    for (let attempt = 0; attempt < ATTEMPTS && issue.joined === board; attempt++) {
      try {
        let { reaches, isEnough } = await read(issue, board, SPANS[span]!)
        while (!isEnough && span < SPANS.length - 1)
          ({ reaches, isEnough } = await read(issue, board, SPANS[++span]!))
        if (reaches) return
      } catch {
        // The rows stay, and the stored trades are read again.
      }
      await new Promise(resolve => setTimeout(resolve, AGAIN))
    }
    if (issue.joined !== board) return
    issue.trades = issue.trades.map(row => ('pending' in row ? { ...missingAt(row), missing: true } : row))
    changed()
  }

  return {
    join(issue, board) {
      issue.joined = board
      void fill(issue, board)
    },
  }
}

/** Returns the rows of a stored trade. After lost messages a row says that trades are missing. */
function rowsOf({ lost, lostQuantity: _, ...trade }: StoredTrade): TradeRow[] {
  const missing = lost ? [{ ...missingAt(trade), missing: true as const }] : []
  return trade.price === undefined ? missing : [...missing, trade as TradeJson]
}

const missingAt = ({ time, sequence }: Pick<TradeRow, 'time' | 'sequence'>) => ({ time, sequence })

/**
 * Returns live and stored rows together, each once, newest first.
 * @param gapBefore the first live board, while trades before it are still missing.
 */
export function mergedTrades(
  live: readonly TradeRow[],
  stored: readonly TradeRow[],
  gapBefore: BoardJson | undefined,
): readonly TradeRow[] {
  const rows = new Map<string, TradeRow>()
  const gap: TradeRow[] = gapBefore === undefined ? [] : [{ ...missingAt(gapBefore), pending: true }]
  for (const row of [...stored, ...gap, ...live.filter(row => !('pending' in row))]) rows.set(keyOf(row), row)
  return [...rows.values()].toSorted(newestFirst).slice(0, TRADES_SHOWN)
}

function keyOf(row: TradeRow): string {
  return `${row.sequence} ${'pending' in row || 'missing' in row}`
}

/** A mark for missing trades comes below the trade of its own message. */
function newestFirst(a: TradeRow, b: TradeRow): number {
  const rank = (row: TradeRow): number => ('pending' in row || 'missing' in row ? 0 : 1)
  return b.sequence - a.sequence || rank(b) - rank(a)
}
