/** The output of preflight. */
import type { CheckResult, Status } from './check-result.ts'

export function summaryOf(results: readonly CheckResult[]): Record<Status, number> {
  const count = (status: Status): number => results.filter(result => result.status === status).length
  return { ok: count('ok'), missing: count('missing'), unknown: count('unknown') }
}

/** Returns a line for each result, and a second line with what to do. */
export function resultLines(results: readonly CheckResult[]): string {
  const lines = results.map(({ area, status, found, todo }) => {
    const line = `${status.padEnd(9)}${area.padEnd(11)}${found}\n`
    return todo === undefined ? line : `${line}${' '.repeat(20)}${todo}\n`
  })
  const { ok, missing, unknown } = summaryOf(results)
  return `${lines.join('')}\n${ok} ok, ${missing} missing, ${unknown} unknown\n`
}
