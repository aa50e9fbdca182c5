/** Formats numbers and times. An unknown value is an en dash, never a zero. */
import type { TradingDate, Yen } from '../../../market/units.ts'

export const NOTHING = '–'

const WEEKDAYS = ['日', '月', '火', '水', '木', '金', '土']
const ENGLISH_WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const ENGLISH_MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** 億 (oku, 10⁸) and 万 (man, 10⁴), the units in which Japanese counts money. */
const OKU = 100_000_000
const MAN = 10_000

const whole = new Intl.NumberFormat('ja-JP', { maximumFractionDigits: 0 })
const byDecimals = new Map<number, Intl.NumberFormat>()

function decimalFormat(decimals: number): Intl.NumberFormat {
  let format = byDecimals.get(decimals)
  if (format === undefined) {
    format = new Intl.NumberFormat('ja-JP', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    })
    byDecimals.set(decimals, format)
  }
  return format
}

/** Formats a price in yen with the decimals of its issue. */
export function price(yen: Yen | undefined, decimals: number): string {
  return yen === undefined ? NOTHING : decimalFormat(decimals).format(yen)
}

export function quantity(shares: number | undefined): string {
  return shares === undefined ? NOTHING : whole.format(shares)
}

/** Formats shares for a narrow cell: in 万 from eight digits, in 億 from nine. */
export function shortQuantity(shares: number | undefined): string {
  if (shares === undefined) return NOTHING
  if (shares < 1000 * MAN) return whole.format(shares)
  return shares < OKU ? `${whole.format(shares / MAN)}万` : `${decimalFormat(2).format(shares / OKU)}億`
}

/** Formats a volume for a list: all digits up to six, then `104.7万`, `2,187万`, `1.50億`. */
export function listQuantity(shares: number | undefined): string {
  if (shares === undefined || shares < 100 * MAN || shares >= 1000 * MAN) return shortQuantity(shares)
  return `${decimalFormat(1).format(shares / MAN)}万`
}

/** Formats a difference: `+12.5`, `−3`, `±0`. The three signs have the same width. */
export function signed(value: number, decimals: number): string {
  const text = decimalFormat(decimals).format(Math.abs(value))
  return value > 0 ? `+${text}` : value < 0 ? `−${text}` : `±${text}`
}

/** Formats a turnover: `12.3億円`, `456万円`. */
export function turnover(yen: Yen | undefined): string {
  if (yen === undefined) return NOTHING
  if (yen >= OKU) return `${decimalFormat(yen >= 1000 * OKU ? 0 : 1).format(yen / OKU)}億円`
  return yen >= MAN ? `${whole.format(yen / MAN)}万円` : `${whole.format(yen)}円`
}

/** Formats a turnover for a list, without the unit: `12.3億`. */
export function listTurnover(yen: Yen | undefined): string {
  return turnover(yen).replace('円', '')
}

/** Returns `09:31:05` of an ISO 8601 time with the Tokyo offset. */
export function timeOf(iso: string | undefined): string {
  return iso === undefined ? NOTHING : iso.slice(11, 19)
}

/** Returns `09:31` of an ISO 8601 time with the Tokyo offset. */
export function minuteOf(iso: string | undefined): string {
  return iso === undefined ? '' : iso.slice(11, 16)
}

/** Formats a date: `2026-11-20 (金)`. */
export function dateWithWeekday(date: TradingDate): string {
  const [year, month, day] = [Math.trunc(date / 10_000), Math.trunc(date / 100) % 100, date % 100]
  const weekday = WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()]
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')} (${weekday})`
}

/** Formats a time in Tokyo: `11月24日 (火) 9:00` and `Tue, Nov 24, 9:00`. @param iso ISO 8601 with the Tokyo offset. */
export function openingText(iso: string): { readonly ja: string; readonly en: string } {
  const date = new Date(`${iso.slice(0, 10)}T00:00:00Z`)
  const [month, day, weekday] = [date.getUTCMonth(), date.getUTCDate(), date.getUTCDay()]
  const time = minuteOf(iso).replace(/^0/, '')
  return {
    ja: `${month + 1}月${day}日 (${WEEKDAYS[weekday]}) ${time}`,
    en: `${ENGLISH_WEEKDAYS[weekday]}, ${ENGLISH_MONTHS[month]} ${day}, ${time}`,
  }
}

/** Returns the decimals that prices need: 0 for whole yen, 1 for a tick size of a tenth or a half. */
export function decimalsOf(prices: Iterable<number | undefined>): number {
  for (const yen of prices) if (yen !== undefined && yen % 1 !== 0) return 1
  return 0
}

/** Compares a price with a base. The result is the class that sets its colour. */
export function direction(value: number | undefined, base: number | undefined): 'up' | 'down' | 'same' {
  if (value === undefined || base === undefined || value === base) return 'same'
  return value > base ? 'up' : 'down'
}
