import { tickSize } from '../../market/tick-size.ts'

/** Returns whether an order may be placed at `price` (10⁻⁴ yen). */
export function isOnTick(price: number, topix500: boolean): boolean {
  return price > 0 && price % tickSize(price, topix500) === 0
}
