/** The days on which the exchange is closed by rule, with their names: weekends, national holidays, the year end. */
import holidays from '@holiday-jp/holiday_jp'
import { isoDate } from '../moment.ts'
import { asTradingDate, type TradingDate } from '../units.ts'

/** A name in Japanese and in English. */
export interface Name {
  readonly ja: string
  readonly en: string
}

/** Why the exchange is closed on a date by rule. */
export type ClosedBy = 'weekend' | 'holiday' | 'year-end' | 'halt'

/** A date on which the exchange is closed by rule. */
export interface ClosedDay {
  readonly by: ClosedBy
  /** Absent on a usual weekend. */
  readonly name?: Name
}

/** The exchange is closed from December 31 to January 3 (JPX, 営業時間・休業日一覧). */
const YEAR_END: ReadonlySet<number> = new Set([1231, 101, 102, 103])
const YEAR_END_NAME: Name = { ja: '年末年始', en: 'Year-end and New Year holidays' }

/** The national holidays, by date `YYYY-MM-DD`. */
const HOLIDAYS: ReadonlyMap<string, Name> = new Map(
  Object.values(holidays.holidays).map(({ date, name, name_en }) => [date, { ja: name, en: name_en }]),
)

/** Dates without any trading that no rule announced. Source: JPX, report on the system failure of 2020-10-01. */
const HALTS: ReadonlyMap<TradingDate, Name> = new Map([
  [
    asTradingDate(20201001),
    { ja: 'システム障害による終日売買停止', en: 'All-day halt after a system failure' },
  ],
])

/** Returns why the exchange is closed on a date by rule; undefined on trading dates. */
export function closedDayOn(date: TradingDate): ClosedDay | undefined {
  const holiday = HOLIDAYS.get(isoDate(date))
  const halt = HALTS.get(date)
  const isYearEnd = YEAR_END.has(date % 10_000)
  const by = isWeekend(date)
    ? 'weekend'
    : isYearEnd
      ? 'year-end'
      : holiday !== undefined
        ? 'holiday'
        : halt && 'halt'
  if (by === undefined) return undefined
  const name = holiday ?? (isYearEnd ? YEAR_END_NAME : halt)
  return { by, ...(name === undefined ? {} : { name }) }
}

/** Returns the day of the week, 0 for Sunday. */
export function weekdayOf(date: TradingDate): number {
  return new Date(`${isoDate(date)}T00:00:00Z`).getUTCDay()
}

function isWeekend(date: TradingDate): boolean {
  return weekdayOf(date) % 6 === 0
}
