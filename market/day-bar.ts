/** The bar of a day. Its prices are the exchange's own: they include every price at which a message executed. */
import type { BarJson } from './bars.ts'
import type { DayPrices } from './day-prices.ts'
import { isoDate } from './moment.ts'
import { priceToYen, senToYen, type TradingDate } from './units.ts'

/** A bar of a whole day, as the REST API returns it. */
export type DayBarJson = Omit<BarJson, 'time'> & { readonly date: string }

/** Returns the bar of a day, or undefined without all four prices. */
export function dayBarOf(
  date: TradingDate,
  { open, high, low, last, volume, turnover }: DayPrices,
): DayBarJson | undefined {
  if (open === undefined || high === undefined || low === undefined || last === undefined) return undefined
  return {
    date: isoDate(date),
    open: priceToYen(open.price),
    high: priceToYen(high.price),
    low: priceToYen(low.price),
    close: priceToYen(last.price),
    volume: volume ?? 0,
    ...(turnover === undefined ? {} : { turnover: senToYen(turnover) }),
  }
}
