/** What preflight found out about one thing that a deployment needs. */

/**
 * `ok`: it is there. `missing`: it is not, and the deployment or the system fails. `unknown`: preflight could not find out.
 */
export type Status = 'ok' | 'missing' | 'unknown'

export interface CheckResult {
  /** The area, in a word or two: `quota`, `secret`. */
  readonly area: string
  readonly status: Status
  /** What was found. */
  readonly found: string
  /** What to do, unless the status is `ok`. */
  readonly todo?: string
}

export const ok = (area: string, found: string): CheckResult => ({ area, status: 'ok', found })

export const missing = (area: string, found: string, todo: string): CheckResult => ({
  area,
  status: 'missing',
  found,
  todo,
})

/** @param error what the request failed with. @param right the right or the reachability that it needs. */
export const unknown = (area: string, error: unknown, right: string): CheckResult => ({
  area,
  status: 'unknown',
  found: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  todo: right,
})
