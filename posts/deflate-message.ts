/** Compresses messages for connections with the encoding `deflate-1`: API Gateway sends text frames only. */
import { constants, deflateRawSync } from 'node:zlib'
import { toCharPairs } from '../market/char-pairs.ts'
import { DICTIONARY } from '../market/deflate-dictionary.ts'

/** Level 9 takes up to a quarter more CPU time for 0.2 % fewer bytes, level 1 half the time for 16 % more (docs/performance.md). */
const OPTIONS = { level: 6, dictionary: Buffer.from(DICTIONARY, 'latin1') }
/** Without matches of up to 5 bytes: in long texts their distances cost more than their digits. */
const LONG_OPTIONS = { ...OPTIONS, strategy: constants.Z_FILTERED }
/** Characters from which a text is shorter with {@link LONG_OPTIONS} (docs/performance.md). */
const LONG_TEXT = 8_192

/** Returns the text deflated (RFC 1951) as printable characters if this is shorter than the text, else the text. */
export function deflated(text: string): string {
  const codes = toCharPairs(deflateRawSync(text, text.length < LONG_TEXT ? OPTIONS : LONG_OPTIONS))
  return codes.length < Buffer.byteLength(text) ? Buffer.from(codes.buffer).toString('latin1') : text
}
