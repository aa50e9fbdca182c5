/** The closes of the trading date before (前日終値). Where base prices (基準値段) are not published, they stand in. */
import { asEpochMillis, nowMillis, type Yen } from '../../market/units.ts'
import type { ListName } from './list-rows.ts'
import type { Rest } from './rest-client.ts'
import { isLive, type PageState } from './state.ts'

/** Milliseconds before the closes are requested again after an error, or while they are not stored. */
const RETRY = 60_000

/** What changes are counted from: base prices, previous closes, or nothing that the page knows. */
export type ReferenceKind = 'base' | 'close' | 'none'

export interface PreviousCloses {
  /** Returns whether a list needs closes that the page does not have. */
  isDue(name: ListName): boolean
  /** Reads the closes before the date of a list. */
  read(name: ListName): Promise<void>
}

export function createPreviousCloses(rest: Pick<Rest, 'marketBefore'>, state: PageState): PreviousCloses {
  let due = asEpochMillis(0)
  return {
    isDue(name) {
      const date = dateOf(state, name)
      const isKnown = date === undefined || date === state.closes?.date
      return !isKnown && state.names.size > 0 && !hasBasePrices(state) && nowMillis() >= due
    },
    async read(name) {
      const date = dateOf(state, name)
      if (date === undefined) return
      due = asEpochMillis(nowMillis() + RETRY)
      try {
        const { rows, late } = await rest.marketBefore(date)
        // The last price of an incomplete date may not be its close. Base prices may have come meanwhile.
        if (late || rows.length === 0 || hasBasePrices(state)) return
        state.closes = { date, prices: new Map(rows.map(([code, last]) => [code, last])) }
        due = asEpochMillis(0)
      } catch {
        // The list shows no change, and the closes are requested again.
      }
    },
  }
}

/** Returns whether the page knows base prices. */
export function hasBasePrices({ names, basePrices }: PageState): boolean {
  return basePrices.size > 0 || [...names.values()].some(({ basePrice }) => basePrice !== undefined)
}

/** Returns what the lists count changes from. Until the issues are read, base prices are expected. */
export function referenceKind(state: PageState): ReferenceKind {
  if (state.closes !== undefined) return 'close'
  return state.names.size === 0 || hasBasePrices(state) ? 'base' : 'none'
}

/** Returns the price that the change of an issue is counted from. @param date of the last price. */
export function referenceOf(state: PageState, code: string, date: string | undefined): Yen | undefined {
  const { closes } = state
  if (closes === undefined) return state.names.get(code)?.basePrice ?? state.basePrices.get(code)
  return closes.date === date ? closes.prices.get(code) : undefined
}

/** Returns the date of the prices in a list: of the latest live board, or of the delayed market. */
function dateOf(state: PageState, name: ListName): string | undefined {
  const { quotes, market } = state
  if (!isLive(state, name)) return market.date
  let latest: string | undefined
  for (const { date } of quotes.values()) if (latest === undefined || date > latest) latest = date
  return latest
}
