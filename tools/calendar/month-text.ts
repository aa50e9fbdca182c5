/** A month of the calendar as text: a line a date, and the phases wherever they change. */
import type { CalendarDayJson } from '../../market/calendar/calendar-json.ts'
import { phasesText, reasonText, weekdayText } from './day-text.ts'

/** @param today `YYYY-MM-DD`; marked if it is in the month. */
export function monthText(days: readonly CalendarDayJson[], today: string): string {
  const [year = '', month = ''] = days[0]!.date.split('-')
  const openDays = days.filter(({ open }) => open).length
  const lines = [
    `${year}-${month}  ${Number(year)}年${Number(month)}月  ${openDays} trading dates, ${days.length - openDays} closed`,
    '',
  ]
  let shown: string[] = []
  for (const day of days) {
    const phases = day.open ? phasesText(day) : shown
    if (phases.join() !== shown.join()) lines.push(...phases.map(line => `    ${line}`))
    shown = phases
    const mark = day.date === today ? '>' : ' '
    const reason = reasonText(day)
    lines.push(
      `${mark} ${day.date.slice(5)} ${weekdayText(day.date)}  ${day.open ? 'open  ' : 'closed'}  ${reason}`.trimEnd(),
    )
  }
  if (days.some(({ date }) => date === today)) lines.push('', '> today')
  return `${lines.join('\n')}\n`
}
