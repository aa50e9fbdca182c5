/** A year of the calendar at a glance: a line a month with a sign a date, and the holidays and exceptions. */
import type { CalendarDayJson } from '../../market/calendar/calendar-json.ts'
import { reasonText, weekdayText } from './day-text.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const LEGEND = 'o open   - weekend   H holiday   Y year end   ! exception or halt   > today'
/** Days of the longest month. */
const COLUMNS = 31

/** @param today `YYYY-MM-DD`; marked if it is in the year. */
export function yearText(days: readonly CalendarDayJson[], today: string): string {
  const tens = Array.from({ length: COLUMNS }, (_, index) =>
    (index + 1) % 10 === 0 ? (index + 1) / 10 : ' ',
  )
  const ones = Array.from({ length: COLUMNS }, (_, index) => (index + 1) % 10)
  const openDays = days.filter(({ open }) => open).length
  const lines = [
    `${days[0]!.date.slice(0, 4)}  ${openDays} trading dates, ${days.length - openDays} closed`,
    '',
    `     ${tens.join('')}`.trimEnd(),
    `     ${ones.join('')}`,
    ...MONTHS.map((month, index) => {
      const own = days.filter(({ date }) => Number(date.slice(5, 7)) === index + 1)
      const signs = own.map(day => signOf(day, today)).join('')
      return `${month}  ${signs.padEnd(COLUMNS)}  ${own.filter(({ open }) => open).length}`
    }),
    '',
    LEGEND,
    '',
    ...days.flatMap(day => {
      const reason = reasonText(day)
      return reason === ''
        ? []
        : [`${day.date} ${weekdayText(day.date)}  ${day.open ? 'open  ' : 'closed'}  ${reason}`]
    }),
  ]
  return `${lines.join('\n')}\n`
}

function signOf({ date, open, closedBy, exception }: CalendarDayJson, today: string): string {
  if (date === today) return '>'
  if (exception !== undefined || closedBy === 'halt') return '!'
  if (open) return 'o'
  return closedBy === 'weekend' ? '-' : closedBy === 'holiday' ? 'H' : 'Y'
}
