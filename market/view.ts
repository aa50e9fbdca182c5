/** Views: how much of a board a subscription gets. */
import { ASKS, BIDS, F, FIELD_COUNT } from './board.ts'

/**
 * `board`: all levels and every trade. `quote`: prices, volume, and the best bid and ask, without trades.
 * `quote-trades`: the same with every trade.
 */
export const VIEWS = ['board', 'quote', 'quote-trades'] as const
export type View = (typeof VIEWS)[number]

/** Fields that no subscription shows: readers have the sequence and the time of the board instead. */
const HIDDEN: readonly number[] = [F.updateNumber, F.statusTime, F.volumeTime]
/** Fields that only the view `board` shows. */
const BOARD_ONLY: readonly number[] = [F.marketSell, F.marketBuy, F.over, F.under, F.askTime, F.bidTime]

const BOARD_FIELDS = maskOf(field => !HIDDEN.includes(field))
const QUOTE_FIELDS = maskOf(
  field => BOARD_FIELDS[field] === 1 && !BOARD_ONLY.includes(field) && !isDeepLevel(field),
)

/** For each field of a board, 1 if the view shows it. */
export const VIEW_FIELDS: Readonly<Record<View, Uint8Array>> = {
  board: BOARD_FIELDS,
  quote: QUOTE_FIELDS,
  'quote-trades': QUOTE_FIELDS,
}

/** Returns whether a view has the trades of an issue. */
export function hasTrades(view: View): boolean {
  return view !== 'quote'
}

/** Returns whether a view shows at least one of the touched fields. */
export function isVisible(view: View, touched: Uint8Array): boolean {
  const fields = VIEW_FIELDS[view]
  for (let field = 0; field < FIELD_COUNT; field++) if (touched[field] && fields[field]) return true
  return false
}

/** Returns whether a field belongs to a level other than the best. */
function isDeepLevel(field: number): boolean {
  return (field >= ASKS + 2 && field < BIDS) || field >= BIDS + 2
}

function maskOf(isShown: (field: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: FIELD_COUNT }, (_, field) => (isShown(field) ? 1 : 0))
}
