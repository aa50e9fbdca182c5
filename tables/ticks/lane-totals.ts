/**
 * Totals: last price, volume and turnover of all issues of a lane at one moment. store-ticks writes them with each batch, so
 * that the whole market as of a moment is one small read a lane, and not a Query an issue.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { IssueTotals } from '../../market/market-row.ts'
import type { DayMicros, EpochSeconds, FeedPrice, Sen, TradingDate } from '../../market/units.ts'
import { type TotalsItem, totalsKey, totalsTime } from './ticks-item.ts'
import { query, type TicksTable } from './ticks-table.ts'

/** {@link IssueTotals} as a JSON array. */
type TotalsRow = [issue: string, last: FeedPrice, volume: number, turnover: Sen, time: DayMicros]

/** All issues of a lane that have traded on a date. */
export interface LaneTotals {
  /** Time of the newest tick of the lane: no issue is younger. */
  readonly time: DayMicros
  readonly issues: readonly IssueTotals[]
}

/** @param expires epoch seconds. */
export function totalsItem(
  lane: string,
  date: TradingDate,
  { time, issues }: LaneTotals,
  expires: EpochSeconds,
): TotalsItem {
  const rows = issues.map(({ issue, last, volume, turnover, time }): TotalsRow => {
    return [issue, last, volume, turnover, time]
  })
  return {
    key: totalsKey(lane),
    time: totalsTime(date, time),
    expires,
    totals: deflateRawSync(JSON.stringify(rows)),
  }
}

/**
 * Reads the latest totals of a lane at or before a time of a trading date. One Query of one item.
 * @returns undefined if the date has none by then.
 */
export async function readLaneTotals(
  table: TicksTable,
  lane: string,
  date: TradingDate,
  until: DayMicros,
): Promise<LaneTotals | undefined> {
  const { items } = await query<TotalsItem>(table, totalsKey(lane), {
    condition: '#key = :key AND #time BETWEEN :from AND :to',
    values: { ':from': totalsTime(date, 0), ':to': totalsTime(date, until) },
    limit: 1,
    descending: true,
  })
  const item = items[0]
  if (item === undefined) return undefined
  const rows = JSON.parse(String(inflateRawSync(item.totals))) as TotalsRow[]
  return {
    time: Number(item.time.slice(item.time.indexOf('#') + 1)),
    issues: rows.map(([issue, last, volume, turnover, time]) => ({ issue, last, volume, turnover, time })),
  }
}
