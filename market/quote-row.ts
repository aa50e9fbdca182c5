/**
 * The differences of the view `quote` as arrays. Apps with a watchlist of hundreds of issues get little else, so their
 * frequent members have places instead of names.
 */
import type { EpochMicros, Micros, Yen } from './units.ts'
import type { BoardChangesJson, ChangeUpdate, LevelPatchJson, UpdateTrades } from './update-json.ts'

/** The best level of a side: null if the side has become empty, 0 if the level is unchanged. */
export type QuoteLevel = readonly [price: Yen, quantity: number] | null | 0

/**
 * The last trade and the totals of the day, after an update with trades. `before`: microseconds before the time of the
 * update. High and low are those of the trades; they are absent if both are `price`, and in a view with trades.
 */
export type QuoteLast =
  | readonly [price: Yen, before: Micros, volume: number, turnover: Yen, vwap: Yen]
  | readonly [price: Yen, before: Micros, volume: number, turnover: Yen, vwap: Yen, high: Yen, low: Yen]

/** The members of a difference that have no place in a row. */
export interface QuoteRest extends UpdateTrades {
  readonly changes?: BoardChangesJson
}

/** A difference of the view `quote`. The items after the last one with news are absent; `last` is 0 without news. */
export type QuoteRow = readonly [
  issue: string,
  follows: number,
  sequence: number,
  time: EpochMicros,
  ask?: QuoteLevel,
  bid?: QuoteLevel,
  last?: QuoteLast | 0,
  rest?: QuoteRest,
]

/** Returns the row of a difference of the view `quote`. */
export function quoteOfChange(change: ChangeUpdate): QuoteRow {
  const { issue, view: _, follows, sequence, time, changes, ...trades } = change
  const { asks, bids, ...members } = changes
  const last = lastOf(changes, trades)
  const rest =
    last === undefined ? restOf(members, trades) : restOf(withoutLast(members), withoutRange(trades))
  const items: [QuoteLevel, QuoteLevel, QuoteLast | 0, QuoteRest | 0] = [
    levelOf(asks),
    levelOf(bids),
    last ?? 0,
    rest ?? 0,
  ]
  const count = items.findLastIndex(item => item !== 0) + 1
  return [issue, follows, sequence, time, ...items.slice(0, count)] as unknown as QuoteRow
}

/** Returns the difference of a row. */
export function changeOfQuote([
  issue,
  follows,
  sequence,
  time,
  ask = 0,
  bid = 0,
  last = 0,
  rest = {},
]: QuoteRow): ChangeUpdate {
  const { changes, ...trades } = rest
  return {
    issue,
    view: 'quote',
    follows,
    sequence,
    time,
    changes: {
      ...changes,
      ...(ask === 0 ? {} : { asks: [patchOf(ask)] }),
      ...(bid === 0 ? {} : { bids: [patchOf(bid)] }),
      ...(last === 0 ? {} : membersOf(last)),
    },
    ...(last === 0 || trades.trades !== undefined ? {} : rangeOf(last)),
    ...trades,
  }
}

/** Returns an update with a row as a difference. */
export function plainUpdate<Other extends object>(update: Other | QuoteRow): Other | ChangeUpdate {
  return isQuoteRow(update) ? changeOfQuote(update) : update
}

function isQuoteRow(update: object): update is QuoteRow {
  return Array.isArray(update)
}

function levelOf(patches: readonly LevelPatchJson[] | undefined): QuoteLevel {
  if (patches?.[0] === undefined) return 0
  const [, price, quantity] = patches[0]
  return price === undefined || quantity === undefined ? null : [price, quantity]
}

function patchOf(level: Exclude<QuoteLevel, 0>): LevelPatchJson {
  return level === null ? [0] : [0, ...level]
}

/** Returns the last trade if all its members have changed to a value, and there is no more to say about them. */
function lastOf(
  { last, volume, turnover, vwap }: BoardChangesJson,
  { trades, high, low }: UpdateTrades,
): QuoteLast | undefined {
  if (!last || last.time === undefined || last.closing || last.limit) return undefined
  if (typeof volume !== 'number' || typeof turnover !== 'number' || typeof vwap !== 'number') return undefined
  const { price, time } = last
  if (trades !== undefined) return [price, time, volume, turnover, vwap]
  if (high === undefined || low === undefined) return undefined
  if (high === price && low === price) return [price, time, volume, turnover, vwap]
  return [price, time, volume, turnover, vwap, high, low]
}

function membersOf([price, time, volume, turnover, vwap]: QuoteLast): BoardChangesJson {
  return { last: { price, time }, volume, turnover, vwap }
}

function rangeOf([price, , , , , high = price, low = price]: QuoteLast): { high: Yen; low: Yen } {
  return { high, low }
}

function withoutLast({ last: _, volume: __, turnover: ___, vwap: ____, ...members }: BoardChangesJson) {
  return members
}

function withoutRange({ high: _, low: __, ...trades }: UpdateTrades): UpdateTrades {
  return trades
}

function restOf(changes: BoardChangesJson, trades: UpdateTrades): QuoteRest | undefined {
  const rest = { ...(Object.keys(changes).length === 0 ? {} : { changes }), ...trades }
  return Object.keys(rest).length === 0 ? undefined : rest
}
