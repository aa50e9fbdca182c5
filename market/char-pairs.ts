/** Bytes as printable text: two characters hold 13 bits, so text is 16/13 as long as the bytes. Base64 is 4/3 as long. */

/** The 91 characters from `$` to `~`. 91² is above 2¹³. There is no quote among them: JSON has one at its second character. */
const FIRST = 0x24
const CHARACTERS = 91
const PAIR_BITS = 13
const PAIR_VALUES = 1 << PAIR_BITS
/** A last character without a partner holds so many bits. 91 is above 2⁶. */
const SINGLE_BITS = 6
const SINGLE_VALUES = 1 << SINGLE_BITS

/** The character codes of each value of a pair. */
const LOW_CODES = Uint8Array.from({ length: PAIR_VALUES }, (_, value) => FIRST + (value % CHARACTERS))
const HIGH_CODES = Uint8Array.from(
  { length: PAIR_VALUES },
  (_, value) => FIRST + Math.floor(value / CHARACTERS),
)

/**
 * Returns the character codes of bytes. The bytes are a number of bits, the lowest bit of the first byte first. Each pair
 * holds the next 13 bits as `low + 91 × high`; up to 6 bits at the end take a single character.
 */
export function toCharPairs(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const pairs = Math.floor((bytes.length * 8) / PAIR_BITS)
  const rest = bytes.length * 8 - pairs * PAIR_BITS
  const codes = new Uint8Array(2 * pairs + (rest === 0 ? 0 : rest <= SINGLE_BITS ? 1 : 2))
  let bits = 0
  let count = 0
  let at = 0
  for (let index = 0; index < bytes.length; index++) {
    bits |= bytes[index]! << count
    count += 8
    if (count < PAIR_BITS) continue
    const value = bits & (PAIR_VALUES - 1)
    codes[at] = LOW_CODES[value]!
    codes[at + 1] = HIGH_CODES[value]!
    at += 2
    bits >>= PAIR_BITS
    count -= PAIR_BITS
  }
  if (count > 0) codes[at] = LOW_CODES[bits]!
  if (count > SINGLE_BITS) codes[at + 1] = HIGH_CODES[bits]!
  return codes
}

/**
 * Returns the bytes of a text of {@link toCharPairs}. Bits after the last whole byte are dropped.
 * @throws RangeError for a character or a value that such a text cannot have.
 */
export function fromCharPairs(text: string): Uint8Array<ArrayBuffer> {
  const pairs = text.length >> 1
  const bytes = new Uint8Array((pairs * PAIR_BITS + (text.length % 2) * SINGLE_BITS) >> 3)
  let bits = 0
  let count = 0
  let at = 0
  for (let index = 0; index < text.length; index += 2) {
    const isPair = index + 1 < text.length
    bits |= (isPair ? pairAt(text, index) : singleAt(text, index)) << count
    count += isPair ? PAIR_BITS : SINGLE_BITS
    for (; count >= 8; count -= 8) {
      bytes[at++] = bits & 0xff
      bits >>= 8
    }
  }
  return bytes
}

function pairAt(text: string, index: number): number {
  const value = digitAt(text, index) + CHARACTERS * digitAt(text, index + 1)
  if (value < PAIR_VALUES) return value
  throw new RangeError(`expected a pair of at most ${PAIR_VALUES - 1}, got ${value} at ${index}`)
}

function singleAt(text: string, index: number): number {
  const value = digitAt(text, index)
  if (value < SINGLE_VALUES) return value
  throw new RangeError(`expected a last character of at most ${SINGLE_VALUES - 1}, got ${value} at ${index}`)
}

function digitAt(text: string, index: number): number {
  const digit = text.charCodeAt(index) - FIRST
  if (digit >= 0 && digit < CHARACTERS) return digit
  throw new RangeError(`expected characters from "$" to "~", got ${JSON.stringify(text[index])} at ${index}`)
}
