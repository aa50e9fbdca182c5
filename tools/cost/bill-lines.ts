/** A bill: lines, each a quantity times a price. */
import { PRICES, type Price } from './prices.ts'

export type PriceName = keyof typeof PRICES

export interface Line {
  readonly service: string
  readonly what: string
  /** In the unit of the price. */
  readonly quantity: number
  readonly price: Price
  /** Dollars. */
  readonly amount: number
}

export interface Bill {
  readonly lines: readonly Line[]
  readonly total: number
}

export const GB = 1e9

export function line(service: string, what: string, quantity: number, name: PriceName): Line {
  const price: Price = PRICES[name]
  return { service, what, quantity, price, amount: (quantity / price.per) * price.dollars }
}

export function billOf(lines: readonly Line[]): Bill {
  return { lines, total: lines.reduce((sum, { amount }) => sum + amount, 0) }
}

/** Returns the dollars of each service, in the order of the lines. */
export function servicesOf({ lines }: Bill): ReadonlyMap<string, number> {
  const services = new Map<string, number>()
  for (const { service, amount } of lines) services.set(service, (services.get(service) ?? 0) + amount)
  return services
}

/** Returns the dollars for the second task of each line: the lines whose text starts with `standby`. */
export function standbyOf({ lines }: Bill): number {
  return lines.reduce((sum, { what, amount }) => sum + (what.startsWith('standby') ? amount : 0), 0)
}

/** Returns the dollars for storing ticks: the lines whose text starts with `ticks`. */
export function storingOf({ lines }: Bill): number {
  return lines.reduce((sum, { what, amount }) => sum + (what.startsWith('ticks') ? amount : 0), 0)
}
