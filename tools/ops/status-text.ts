/** Formats a status for the terminal. */
import type { StatusReport, StatusRow } from './status-report.ts'
import { valueText } from './value-text.ts'

/** Returns the status as a heading, a table with a line a resource, and the problems. */
export function statusText(system: string, report: StatusReport): string {
  const { time, phase, level, reason, hold, next, lastRun, problems } = report
  const held =
    hold === undefined
      ? 'none'
      : `${hold.mode} until ${minute(hold.until)}${hold.reason === '' ? '' : `: ${hold.reason}`}`
  return [
    `itastream, ${system}`,
    '',
    `  market time   ${second(time)} in Tokyo, ${phase}`,
    `  level         ${level} (${reason})`,
    `  hold          ${held}`,
    `  next change   ${minute(next.time)}: ${next.phase}, ${next.level}`,
    `  last run      ${lastRun === undefined ? 'none' : second(lastRun)}`,
    '',
    ...tableOf(report.rows),
    '',
    ...(problems.length === 0
      ? ['Everything is as planned.']
      : ['Problems:', ...problems.map(text => `  - ${text}`)]),
    '',
  ].join('\n')
}

/** A row starts with `≠` if the next run of market-hours will change the resource. */
function tableOf(rows: readonly StatusRow[]): string[] {
  const cells = [
    ['resource', 'plan', 'now', ''],
    ...rows.map(({ kind, name, planned, found, notes }) => [
      `${kind} ${name}`,
      valueText(planned),
      valueText(found),
      notes.join(', '),
    ]),
  ]
  const width = (column: number): number => Math.max(...cells.map(row => row[column]!.length))
  const [first, second, third] = [width(0), width(1), width(2)]
  return cells.map(([resource = '', plan = '', now = '', note = ''], index) => {
    const mark = rows[index - 1]?.differs === true ? '≠' : ' '
    const row = `${mark} ${resource.padEnd(first)}   ${plan.padStart(second)}   ${now.padStart(third)}   ${note}`
    return row.trimEnd()
  })
}

/** `2026-11-20 09:05:00` of an ISO 8601 time with the Tokyo offset. */
function second(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}

/** `2026-11-20 09:05` of an ISO 8601 time with the Tokyo offset. */
function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}
