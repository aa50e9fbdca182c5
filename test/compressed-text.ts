/** Compressed messages of tests, written and read with `node:zlib` instead of the code of server and client. */
import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { fromCharPairs, toCharPairs } from '../market/char-pairs.ts'
import { DICTIONARY } from '../market/deflate-dictionary.ts'

const dictionary = Buffer.from(DICTIONARY)

/** Returns a text in the encoding `deflate-1`, also if it is longer than the text. */
export function compressed(text: string | Uint8Array): string {
  return asText(deflateRawSync(text, { dictionary }))
}

/** Returns the text of a compressed message. @throws Error if it is none. */
export function readCompressed(message: string): string {
  return inflateRawSync(fromCharPairs(message), { dictionary }).toString()
}

/** Returns bytes as printable characters. */
export function asText(bytes: Uint8Array): string {
  return Buffer.from(toCharPairs(bytes)).toString('latin1')
}

/** Returns a JSON string that compression makes longer: characters without an order, always the same. */
export function randomText(characters: number): string {
  const bytes = Array.from(
    { length: characters },
    (_, index) => createHash('md5').update(`${index}`).digest()[0]!,
  )
  // The 91 characters from `#` on, without the backslash.
  return `"${String.fromCharCode(...bytes.map(byte => 0x23 + (byte % 91))).replaceAll('\\', '!')}"`
}
