/** Writes the largest numbers that the layout of a message has room for. */
import { below, pick, type Random } from '../../../local/exchange/random.ts'

/** The place of a number in a tag. */
interface Place {
  readonly at: number
  readonly digits: number
  /** Offset of the number of decimals, if there is one. */
  readonly decimals?: number
  /** Offset of the sign, if there is one. */
  readonly sign?: number
}

const DIGITS = 14
const signed = (at: number): Place => ({ at, digits: DIGITS, sign: at + DIGITS })
const price = (at: number): Place => ({ ...signed(at + 1), decimals: at })
const SUMS = [signed(18), signed(47)]
const QUOTES = [price(5), signed(35), price(51), signed(81)]

/** Places by the name of the tag. Quotes are not listed: their name is Q and the level. */
const PLACES: Readonly<Record<string, readonly Place[]>> = {
  NO: [{ at: 2, digits: 8 }],
  '4P': [price(4), price(28), price(52), price(75)],
  QM: SUMS,
  QO: SUMS,
  VL: [{ at: 6, digits: DIGITS }],
  VA: [{ at: 6, digits: DIGITS, decimals: 5 }],
  VW: [signed(6)],
}

/** Returns a copy of a tag in which one number or all are nines, mostly as many as there is room for. */
export function withNines(tag: Buffer, random: Random): Buffer {
  const name = tag.toString('latin1', 0, 2)
  const places = PLACES[name] ?? (name.startsWith('Q') ? QUOTES : [])
  const copy = Buffer.from(tag)
  if (places.length === 0) return copy
  for (const { at, digits, decimals, sign } of random() < 0.5 ? places : [pick(random, places)]) {
    const nines = random() < 0.6 ? digits : 1 + below(random, digits)
    copy.write('9'.repeat(nines).padStart(digits), at, 'latin1')
    if (decimals !== undefined) copy.write(pick(random, ['0', '1', '2', '4', '4', '4']), decimals, 'latin1')
    if (sign !== undefined) copy.write('+', sign, 'latin1')
  }
  return copy
}
