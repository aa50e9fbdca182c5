/** A listed issue as `/v1/issues` returns it, with what follows from its base price. */
import type { IssueJson, IssueLimits, IssueMaster, IssueTick, TickTable } from './market-event.ts'
import { isoDate } from './moment.ts'
import { priceLimits } from './price-limit.ts'
import { type SectorCode, sectorOf } from './sector.ts'
import { tickSize } from './tick-size.ts'
import { type FeedPrice, priceToYen, type TradingDate } from './units.ts'

/** Sections of funds and notes: ETF, ETN, ETF・ETN. */
const FUND_SECTION = /^ET[FN]/

/**
 * Returns an issue of the list of a trading date.
 * @param withBasePrice whether the reader may have the base price, and what is computed from it.
 * @param sector absent for an issue without a sector.
 */
export function issueJson(
  issue: IssueMaster,
  date: TradingDate,
  withBasePrice: boolean,
  sector?: SectorCode,
): IssueJson {
  const { code, name, nameKana, nameEn, section, unit, topix500 } = issue
  const basePrice = withBasePrice ? issue.basePrice : undefined
  const table = tickTable(issue)
  const tick = table && tickOf(table, basePrice)
  const limits = limitsOf(basePrice, table)
  return {
    code,
    name,
    ...(nameKana !== undefined && { nameKana }),
    ...(nameEn !== undefined && { nameEn }),
    section,
    ...(sector !== undefined && { sector: sectorOf(sector) }),
    unit,
    date: isoDate(date),
    ...(basePrice !== undefined && { basePrice: priceToYen(basePrice) }),
    ...(limits && { limits }),
    ...(tick && { tick }),
    topix500,
  }
}

/**
 * Returns which column of the exchange's table of tick sizes an issue follows. Funds and notes follow the column of TOPIX500 since
 * 2021-11-29. Those with a unit of 1 are undefined: their tick sizes also depend on earlier closing prices.
 */
function tickTable({ section, unit, topix500 }: IssueMaster): TickTable | undefined {
  if (topix500) return 'topix500'
  if (!FUND_SECTION.test(section)) return 'other'
  return unit === 1 ? undefined : 'topix500'
}

function tickOf(table: TickTable, basePrice = 0): IssueTick {
  const size = basePrice > 0 ? { size: priceToYen(tickSize(basePrice, table === 'topix500')) } : {}
  return { table, ...size, computed: true }
}

/** Limits are whole steps of the tick size; of an unknown tick size, steps of the finer column. */
function limitsOf(basePrice: FeedPrice | undefined, table: TickTable | undefined): IssueLimits | undefined {
  if (basePrice === undefined || basePrice <= 0) return undefined
  const { upper, lower } = priceLimits(basePrice, table !== 'other')
  return { upper: priceToYen(upper), lower: priceToYen(lower), computed: true }
}
