/**
 * Windows-31J, the variant of Shift_JIS in common use, which has characters such as 髙, 﨑, ① and ㈱, and the 1,880
 * user-defined characters (外字 gaiji) F040 to F9FC as U+E000 to U+E757 (Encoding Standard, Shift_JIS decoder).
 *
 * The table of characters is that of Node.js (ICU). An npm package with the table would add 5 MB to the memory of a task.
 */

/** Stands in a text for bytes that are no character. */
export const REPLACEMENT = '\ufffd'

/** The user-defined characters: 188 for each lead byte from F0 to F9. */
const GAIJI_LEAD = 0xf0
const GAIJI_LAST_LEAD = 0xf9
const GAIJI_START = 0xe000
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

/** Bytes up to this one are the character of the same number. ICU swaps three of them, and does not have 80. */
const LAST_CONTROL = 0x80

/** Characters by their bytes as a number: one byte, or first byte × 256 + second byte. */
const CHARACTERS = readCharacters()

function readCharacters(): ReadonlyMap<number, string> {
  const codes: number[] = []
  for (let lead = 0; lead < 0x100; lead++) {
    if (!isLead(lead)) codes.push(lead)
    else
      for (let trail = 0; trail < 0x100; trail++) if (trailIndex(trail) >= 0) codes.push(lead * 0x100 + trail)
  }
  const decoder = new TextDecoder('shift_jis')
  const characters = new Map<number, string>()
  for (const code of codes) {
    const character =
      code <= LAST_CONTROL ? String.fromCharCode(code) : (gaijiOf(code) ?? decoder.decode(bytesOf(code)))
    // The table has no pair of characters for one code. A second character is the second byte, read for itself.
    if (character.length === 1 && character !== REPLACEMENT) characters.set(code, character)
  }
  return characters
}

function bytesOf(code: number): Uint8Array {
  return Uint8Array.from(code < 0x100 ? [code] : [code >> 8, code & 0xff])
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

/** A byte that is no character, and no part of a character. */
const NO_CHARACTER = 0xff
/** The first bytes of NEC's selection of IBM characters: all of them have another code, which is used instead. */
const NEC_SELECTED: readonly number[] = [0xed, 0xee]

/** Codes by their characters. Made for the first text: a task encodes its login only. */
let codes: ReadonlyMap<string, number> | undefined

/** Returns the lowest code of each character, as the encoder of the Encoding Standard does. */
function readCodes(): ReadonlyMap<string, number> {
  const lowest = new Map<string, number>()
  for (const [code, character] of CHARACTERS) {
    if (!NEC_SELECTED.includes(code >> 8) && !lowest.has(character)) lowest.set(character, code)
  }
  return lowest
}

/** Encodes text. A character that Windows-31J does not have becomes a byte that is decoded as {@link REPLACEMENT}. */
export function encodeWindows31J(text: string): Buffer {
  codes ??= readCodes()
  const bytes: number[] = []
  for (const character of text) {
    const code = codes.get(character) ?? NO_CHARACTER
    if (code >= 0x100) bytes.push(code >> 8)
    bytes.push(code & 0xff)
  }
  return Buffer.from(bytes)
}
