/** The trades of messages as pieces of a tape (trade-tape.ts, trade-day.ts). */
import type { BoardJson } from '../market/board-json.ts'
import { dateFromIso, dateOf, isoDate, momentFromIso, momentOf } from '../market/moment.ts'
import type { BoardUpdate, MissedTrades } from '../market/protocol.ts'
import type { EpochMicros } from '../market/units.ts'
import { type ChangeUpdate, type TradeRow, tradeOfRow } from '../market/update-json.ts'
import type { TradePiece } from './trade-day.ts'

export function pieceOfChange({
  follows,
  sequence,
  time,
  changes,
  trades = [],
  lost,
}: ChangeUpdate): TradePiece {
  const volume = changes.volume ?? undefined
  return {
    date: isoDate(dateOf(time)),
    follows,
    sequence,
    time,
    trades: trades.map(row => tradeOfRow(row, time)),
    lost: lost ?? false,
    volume,
    source: 'change',
  }
}

/** The trades of a whole board are all since the update before, which the message does not name. */
export function pieceOfBoard({ board, trades = [], lost }: BoardUpdate): TradePiece {
  const [first] = trades
  const time = timeOf(board)
  return {
    date: board.date,
    follows: first === undefined ? board.sequence : sequenceOf(first) - 1,
    sequence: board.sequence,
    time,
    trades: trades.map(row => tradeOfRow(row, time)),
    lost: lost ?? false,
    volume: board.volume ?? 0,
    source: 'whole',
  }
}

export function pieceOfMissed({ trades, lost, ...entry }: MissedTrades): TradePiece {
  const { date, follows, sequence, time } = entry
  return {
    date,
    follows,
    sequence,
    time,
    trades: trades.map(row => tradeOfRow(row, time)),
    lost: lost ?? false,
    volume: undefined,
    source: 'fetched',
  }
}

/** Returns the piece of a date without a board: it had no trade yet. */
export function emptyDate(date: string): TradePiece {
  const time = momentOf(dateFromIso(date), 0)
  return { date, follows: 0, sequence: 0, time, trades: [], lost: false, volume: 0, source: 'whole' }
}

/** Returns the time of a board. @throws RangeError for a board without a time. */
export function timeOf({ time }: BoardJson): EpochMicros {
  const moment = momentFromIso(time)
  if (moment === undefined) throw new RangeError(`expected a board with an ISO 8601 time, got "${time}"`)
  return moment
}

function sequenceOf([, , , sequence]: TradeRow): number {
  return sequence
}
