/** The columns of the daily bars file. */
import type { PricePoint } from '../market/day-prices.ts'
import type { Day } from '../market/day-record.ts'
import type { IssueMaster } from '../market/market-event.ts'
import type { Column } from './parquet.ts'
import { wallTime } from './tick-rows.ts'

/** A row: an issue on a date. */
export interface DailyBar {
  readonly issue: string
  /** Absent if the issue was not in the issue master. */
  readonly master: IssueMaster | undefined
  /** Absent if the issue had no tick. */
  readonly day: Day | undefined
}

/** Returns the columns with the price and the time of a price point. */
const pricePointColumns = (name: 'open' | 'high' | 'low' | 'last'): Column<DailyBar>[] => {
  const pointOf = ({ day }: DailyBar): PricePoint | undefined => day?.prices[name]
  return [
    { name: `${name}_price`, kind: 'price', of: bar => pointOf(bar)?.price },
    {
      name: `${name}_time`,
      kind: 'moment',
      of(bar) {
        const time = pointOf(bar)?.time
        return time === undefined || bar.day === undefined ? undefined : wallTime(bar.day.date, time)
      },
    },
  ]
}

export const DAILY_BAR_COLUMNS: readonly Column<DailyBar>[] = [
  { name: 'issue', kind: 'text', required: true, of: ({ issue }) => issue },
  { name: 'name', kind: 'text', of: ({ master }) => master?.name },
  { name: 'section', kind: 'text', of: ({ master }) => master?.section },
  { name: 'base_price', kind: 'price', of: ({ master }) => master?.basePrice },
  ...pricePointColumns('open'),
  ...pricePointColumns('high'),
  ...pricePointColumns('low'),
  ...pricePointColumns('last'),
  { name: 'volume', kind: 'whole', of: ({ day }) => day?.prices.volume },
  { name: 'turnover', kind: 'yen', of: ({ day }) => day?.prices.turnover },
  { name: 'vwap', kind: 'price', of: ({ day }) => day?.prices.vwap },
  { name: 'ticks', kind: 'whole', required: true, of: ({ day }) => day?.count ?? 0 },
  { name: 'lost', kind: 'truth', required: true, of: ({ day }) => day?.lost ?? false },
]
