/** How the calendar shows a date: its weekday, and why it is open or closed. */
import type { CalendarDayJson } from '../../market/calendar/calendar-json.ts'

const WEEKDAYS = ['Sun 日', 'Mon 月', 'Tue 火', 'Wed 水', 'Thu 木', 'Fri 金', 'Sat 土'] as const
const CEREMONIES = {
  'first-of-year': '大発会 (first trading date of the year)',
  'last-of-year': '大納会 (last trading date of the year)',
} as const
const EXCEPTIONS = {
  closed: 'closed by exception',
  open: 'additional trading date',
  hours: 'other hours',
  'new-hours': 'new hours from this date on',
} as const

/** More do not fit into a terminal of 80 columns. */
const PHASES_PER_LINE = 4

/** Returns `Tue 火`. @param date `YYYY-MM-DD`. */
export function weekdayText(date: string): string {
  return WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()]!
}

/** Returns names, ceremony and exception of a date; an empty text on a usual date. */
export function reasonText({ name, ceremony, exception }: CalendarDayJson): string {
  return [
    name && `${name.ja} (${name.en})`,
    ceremony && CEREMONIES[ceremony],
    exception && `! ${EXCEPTIONS[exception.kind]}: ${exception.note}`,
  ]
    .filter(text => text !== undefined)
    .join(', ')
}

/** Returns lines such as `08:00 order-acceptance  09:00 morning`, from the start of the system to its end. */
export function phasesText({ phases }: CalendarDayJson): string[] {
  const texts = phases.slice(1).map(({ phase, from }) => `${from.slice(11, 16)} ${phase}`)
  const rows = Array.from({ length: Math.ceil(texts.length / PHASES_PER_LINE) }, (_, row) =>
    texts.slice(row * PHASES_PER_LINE, (row + 1) * PHASES_PER_LINE),
  )
  return rows.map(row => row.join('  '))
}
