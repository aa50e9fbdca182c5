/**
 * Windows-31J, the variant of Shift_JIS in common use, which has characters such as 髙, 﨑, ① and ㈱, and the 1,880
 * user-defined characters (外字 gaiji) F040 to F9FC as U+E000 to U+E757 (Encoding Standard, Shift_JIS decoder).
 *
 * iconv-lite has the table of the other characters. It lacks the last 187 user-defined characters, F941 to F9FC, and
 * encodes none of them.
 */
import iconv from 'iconv-lite'

const ENCODING = 'windows-31j'
/** Stands in a text for bytes that are no character. */
export const REPLACEMENT = '\ufffd'

/** The user-defined characters: 188 for each lead byte from F0 to F9. */
const GAIJI_LEAD = 0xf0
const GAIJI_LAST_LEAD = 0xf9
const GAIJI_START = 0xe000
/** Splits a text at each of them, and keeps them. */
const GAIJI = /([\ue000-\ue757])/
/** Characters of a lead byte: the second byte is 40 to 7E or 80 to FC. */
const TRAILS = 188

function isLead(byte: number): boolean {
  return (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc)
}

/** Returns the number of a second byte among the second bytes, from 0; −1 for any other byte. */
function trailIndex(byte: number): number {
  if (byte < 0x40 || byte === 0x7f || byte > 0xfc) return -1
  return byte - (byte < 0x7f ? 0x40 : 0x41)
}

/** Characters by their bytes as a number: one byte, or first byte × 256 + second byte. */
const CHARACTERS = readCharacters()

function readCharacters(): ReadonlyMap<number, string> {
  const codes: number[] = []
  for (let lead = 0; lead < 0x100; lead++) {
    if (!isLead(lead)) codes.push(lead)
    else
      for (let trail = 0; trail < 0x100; trail++) if (trailIndex(trail) >= 0) codes.push(lead * 0x100 + trail)
  }
  const characters = new Map<number, string>()
  for (const code of codes) {
    const character = gaijiOf(code) ?? iconv.decode(bytesOf(code), ENCODING)
    // The table has no pair of characters for one code. A second character is the second byte, read for itself.
    if (character.length === 1 && character !== REPLACEMENT) characters.set(code, character)
  }
  return characters
}

function bytesOf(code: number): Buffer {
  return Buffer.from(code < 0x100 ? [code] : [code >> 8, code & 0xff])
}

function gaijiOf(code: number): string | undefined {
  const lead = code >> 8
  if (lead < GAIJI_LEAD || lead > GAIJI_LAST_LEAD) return undefined
  return String.fromCharCode(GAIJI_START + (lead - GAIJI_LEAD) * TRAILS + trailIndex(code & 0xff))
}

/**
 * Decodes text. Bytes that are no character become {@link REPLACEMENT}. An ASCII byte after a wrong first byte stays a
 * character of its own, so no separator is lost (Encoding Standard, Shift_JIS decoder).
 */
export function decodeWindows31J(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    const next = isLead(byte) ? bytes[at + 1] : undefined
    const character = CHARACTERS.get(next === undefined ? byte : byte * 0x100 + next)
    text += character ?? REPLACEMENT
    if (next !== undefined && (character !== undefined || next >= 0x80)) at++
  }
  return text
}

/**
 * Encodes text. If a character has several codes, any of them is used. A character that Windows-31J does not have becomes
 * a byte that is decoded as {@link REPLACEMENT}.
 */
export function encodeWindows31J(text: string): Buffer {
  const parts = text
    .split(GAIJI)
    .map((part, index) => (index % 2 === 1 ? gaijiBytes(part) : plainBytes(part)))
  return Buffer.concat(parts)
}

function gaijiBytes(character: string): Buffer {
  const index = character.charCodeAt(0) - GAIJI_START
  const trail = index % TRAILS
  return Buffer.from([GAIJI_LEAD + Math.floor(index / TRAILS), trail + (trail < 0x3f ? 0x40 : 0x41)])
}

/** What iconv-lite writes for a character that it cannot encode. */
const QUESTION_MARK = 0x3f
/** No character, and no part of a character. */
const NO_CHARACTER = 0xff

function plainBytes(text: string): Buffer {
  const bytes = iconv.encode(text, ENCODING)
  // No second byte of a character has the value of the question mark.
  if (!text.includes('?') && !bytes.includes(QUESTION_MARK)) return bytes
  return Buffer.concat(
    Array.from(text, character => {
      const code = iconv.encode(character, ENCODING)
      return character !== '?' && code[0] === QUESTION_MARK ? Buffer.from([NO_CHARACTER]) : code
    }),
  )
}
