/** Pieces of trades on some trading dates, for tests of the tape. */
import type { TradePiece } from '../../client/trade-day.ts'
import type { Hole } from '../../client/trade-tape.ts'
import type { TradeJson } from '../../market/board-json.ts'
import { dateFromIso, momentOf, momentToIso } from '../../market/moment.ts'

export const [WEDNESDAY, THURSDAY, FRIDAY, MONDAY] = [
  '2026-11-25',
  '2026-11-26',
  '2026-11-27',
  '2026-11-30',
] as const
const OPENING = 9 * 3_600_000_000

/** A trade of 100 shares at 9:00:00 and as many microseconds as its sequence. */
function tradeOf(date: string, sequence: number): TradeJson {
  const time = momentToIso(momentOf(dateFromIso(date), OPENING + sequence))
  return { price: 100, quantity: 100, time, sequence, side: 'unknown' }
}

/** A piece with a trade at each of these sequences. */
export function piece(
  date: string,
  [follows, sequence]: readonly [number, number],
  sequences: readonly number[],
  part: Partial<TradePiece> = {},
): TradePiece {
  return {
    ...{ date, follows, sequence, time: momentOf(dateFromIso(date), OPENING + sequence), lost: false },
    ...{ trades: sequences.map(each => tradeOf(date, each)), volume: undefined, source: 'change', ...part },
  }
}

export const fetched = ({ after, upTo }: Hole, sequences: readonly number[]): TradePiece =>
  piece(after.date, [after.sequence, upTo], sequences, { source: 'fetched' })

/** Returns date and sequence of each trade. */
export const namesOf = ({ trades }: { trades: readonly TradeJson[] }): string[] =>
  trades.map(({ time, sequence }) => `${time.slice(0, 10)} ${sequence}`)
