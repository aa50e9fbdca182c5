/** Compressed messages: deflated JSON as printable characters (market/protocol.ts), read with what browsers and Node have. */
import { fromCharPairs } from '../market/char-pairs.ts'
import { DICTIONARY } from '../market/deflate-dictionary.ts'
import type { Encoding } from '../market/protocol.ts'

const FORMAT = 'deflate-raw'
/** The encoding that {@link inflate} reads. */
export const ENCODING: Encoding = 'deflate-1'
/** The most bytes of an inflated message: eight times those of the largest message of API Gateway (128 KB). */
export const MAX_INFLATED_BYTES = 1024 * 1024

/**
 * The dictionary as a stored block that is not the last one (RFC 1951, 3.2.4), because DecompressionStream takes no
 * dictionary. Its head is a zero, the length and the complement of the length, in the order of the low byte. The blocks
 * after it refer to it as to text that was there before.
 */
const DICTIONARY_BLOCK = Uint8Array.of(
  0,
  DICTIONARY.length,
  DICTIONARY.length >> 8,
  ~DICTIONARY.length,
  ~DICTIONARY.length >> 8,
  // ASCII. React Native has no TextEncoder in all its versions.
  ...Array.from(DICTIONARY, character => character.charCodeAt(0)),
)

/** Returns whether the runtime can read compressed messages: browsers since 2023, Node since 20.12. */
export function canInflate(): boolean {
  try {
    new DecompressionStream(FORMAT)
    return true
  } catch {
    return false
  }
}

/** @throws Error if the text has other characters, the data is damaged or cut off, or more than {@link MAX_INFLATED_BYTES}. */
export async function inflate(compressed: string): Promise<string> {
  const blocks = new Blob([DICTIONARY_BLOCK, fromCharPairs(compressed)])
  const reader = blocks.stream().pipeThrough(new DecompressionStream(FORMAT)).getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = -DICTIONARY.length
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return (text + decoder.decode()).slice(DICTIONARY.length)
    size += value.byteLength
    if (size > MAX_INFLATED_BYTES) {
      await reader.cancel()
      throw new RangeError(`expected a message of at most ${MAX_INFLATED_BYTES} bytes, got more`)
    }
    text += decoder.decode(value, { stream: true })
  }
}
