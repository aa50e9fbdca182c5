/** Formats a planned or actual value of a resource for people. */
import type { MarketValue } from '../../tables/control/market-state.ts'

/** Returns `on` or `off` for a switch, and `?` for a value that could not be read. */
export function valueText(value: MarketValue['value'] | undefined): string {
  if (value === undefined) return '?'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return String(value)
}
