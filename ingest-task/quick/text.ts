/**
 * Text as the line carries it: Windows-31J, the Shift_JIS of Japanese practice with 髙, 﨑, ① and ㈱, in lines of
 * fields divided by tabs.
 */
import iconv from 'iconv-lite'

const ENCODING = 'windows-31j'
/** What iconv-lite puts in place of bytes that stand for no character. */
const REPLACEMENT = '\ufffd'

/** The bytes are not text of the line, or their fields are not what they should be. */
export class TextError extends Error {
  override readonly name = 'TextError'
  readonly kind = 'text'
}

/** @throws TextError when bytes stand for no character. */
export function decodeText(bytes: Uint8Array): string {
  const text = iconv.decode(bytes, ENCODING)
  const bad = text.indexOf(REPLACEMENT)
  if (bad >= 0) {
    throw new TextError(
      `expected Windows-31J, got bytes that are none after ${JSON.stringify(text.slice(Math.max(0, bad - 10), bad))}`,
    )
  }
  return text
}

export function encodeText(text: string): Buffer {
  return iconv.encode(text, ENCODING)
}

/** What of a text an error shows: enough to find it, however long it is. */
const SHOWN_CHARACTERS = 40

export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text)
}

/** Ends a line; Windows-31J has it in no character of two bytes. */
const LINE_FEED = 0x0a

/** The lines of a text, as bytes: one that cannot be read spoils no other. */
export function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  if (bytes.length === 0) return lines
  let from = 0
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
    lines.push(bytes.subarray(from, end))
    from = end + 1
  }
  lines.push(bytes.subarray(from))
  return lines
}

/**
 * The tab-separated fields of a line.
 * @throws TextError when they are not `columns`, or not text.
 */
export function decodeRow(line: Uint8Array, columns: number): string[] {
  const text = decodeText(line)
  const fields = text.split('\t')
  if (fields.length !== columns) {
    throw new TextError(`expected ${columns} fields, got ${fields.length} in ${quoted(text)}`)
  }
  return fields
}

/**
 * Lines of tab-separated fields.
 * @throws TextError when one of them has not `columns` fields, or is no text.
 */
export function decodeRows(bytes: Uint8Array, columns: number): string[][] {
  return linesOf(bytes).map(line => decodeRow(line, columns))
}

export function encodeRows(rows: readonly (readonly string[])[]): Buffer {
  return encodeText(rows.map(fields => fields.join('\t')).join('\n'))
}
