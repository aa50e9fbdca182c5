/** Rows of an issue master. */
import type { IssueMaster } from '../../market/market-event.ts'

/** Returns the rows of issues 1300, 1301, … */
export function listedIssues(count: number): IssueMaster[] {
  return Array.from({ length: count }, (_, index) => ({
    code: String(1300 + index),
    name: `銘柄${index}`,
    section: 'プライム',
    unit: 100,
    basePrice: 10_000_000,
    topix500: false,
  }))
}
