/** Differences of boards, and their trades, as JSON over the WebSocket. */
import {
  type BoardJson,
  type BoardMembersJson,
  type LevelJson,
  MEMBER_NAMES,
  type TradeJson,
  trimLevels,
} from './board-json.ts'
import { momentToIso } from './moment.ts'
import { addMicros, type EpochMicros, type Micros, type Yen } from './units.ts'

/**
 * A trade of an update. `side` is null if it is unknown. `before`: microseconds before the time of the update, 0 for the
 * same moment. `averagePrice` and `turnover` are those of {@link TradeJson}.
 */
export type TradeRow =
  | readonly [price: Yen, quantity: number, side: 'buy' | 'sell' | null, sequence: number, before: Micros]
  | readonly [
      price: Yen,
      quantity: number,
      side: 'buy' | 'sell' | null,
      sequence: number,
      before: Micros,
      averagePrice: Yen,
      turnover?: Yen,
    ]

/** The new value of a level: `[index, price, quantity]`, or `[index]` for a level that has become empty. */
export type LevelPatchJson = readonly [index: number, price: Yen, quantity: number] | readonly [index: number]

/** The members of a difference. Their times are microseconds before the time of the update; negative after it. */
type ChangedMembers = Omit<BoardMembersJson<Micros>, 'updateNumber' | 'volumeTime'>

/**
 * The difference between two boards. It replaces members as a whole, and `null` removes a member. Levels are replaced
 * one by one. Every value is absolute, so a difference gives the same result on any board between the two.
 */
export type BoardChangesJson = { readonly [K in keyof ChangedMembers]?: ChangedMembers[K] | null } & {
  readonly asks?: readonly LevelPatchJson[]
  readonly bids?: readonly LevelPatchJson[]
}

/** The trades of an issue since the update before. */
export interface UpdateTrades {
  /** Every trade, oldest first, in a view with trades. A market message gives at most one trade, at its last price. */
  readonly trades?: readonly TradeRow[]
  /** Highest trade price, in a view without trades. */
  readonly high?: Yen
  /** Lowest trade price, in a view without trades. */
  readonly low?: Yen
  /** Set if the line lost messages of the issue for good. Trades may be missing; the board is complete. */
  readonly lost?: true
}

/**
 * A difference. An app whose board has the sequence s applies it if follows ≤ s < sequence, ignores it if s ≥ sequence,
 * and requests a snapshot if s < follows.
 */
export interface ChangeUpdate extends UpdateTrades {
  readonly issue: string
  /** Set in the view `quote`, whose differences the server sends as rows (quote-row.ts). */
  readonly view?: 'quote'
  readonly follows: number
  readonly sequence: number
  readonly time: EpochMicros
  readonly changes: BoardChangesJson
}

/** The identity that a difference gives a board. */
export interface UpdateIdentity {
  readonly sequence: number
  readonly time: EpochMicros
}

/** Returns the board after a difference. Both arguments stay unchanged. */
export function applyChanges(
  board: BoardJson,
  changes: BoardChangesJson,
  { sequence, time }: UpdateIdentity,
): BoardJson {
  const next: Record<string, unknown> = { ...board, sequence, time: momentToIso(time) }
  for (const name of MEMBER_NAMES) {
    const value = changes[name as keyof BoardChangesJson]
    if (value === null) delete next[name]
    else if (value !== undefined) next[name] = withIsoTime(value, time)
  }
  next.asks = applyLevels(board.asks, changes.asks)
  next.bids = applyLevels(board.bids, changes.bids)
  return next as unknown as BoardJson
}

/** Returns a trade of an update of the time `moment`. */
export function tradeOfRow(row: TradeRow, moment: EpochMicros): TradeJson {
  const [price, quantity, side, sequence, before, averagePrice, turnover] = row
  return {
    price,
    quantity,
    time: momentToIso(addMicros(moment, -before)),
    sequence,
    side: side ?? 'unknown',
    ...(averagePrice === undefined ? {} : { averagePrice }),
    ...(turnover === undefined ? {} : { turnover }),
  }
}

/** Returns a member of a difference with its time, if it has one, as ISO 8601. */
function withIsoTime(value: unknown, moment: EpochMicros): unknown {
  if (typeof value !== 'object' || value === null || !('time' in value)) return value
  return { ...value, time: momentToIso(addMicros(moment, -Number(value.time))) }
}

function applyLevels(levels: BoardJson['asks'], patches: BoardChangesJson['asks']): BoardJson['asks'] {
  if (patches === undefined) return levels
  const next: (LevelJson | null)[] = levels.slice()
  for (const [index, price, quantity] of patches) {
    while (next.length <= index) next.push(null)
    next[index] = price === undefined || quantity === undefined ? null : [price, quantity]
  }
  return trimLevels(next)
}
