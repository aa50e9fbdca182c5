/**
 * Text of the line: lines of tab-separated fields in Windows-31J, the variant of Shift_JIS in common use, which has
 * characters such as 髙, 﨑, ① and ㈱.
 */
import iconv from 'iconv-lite'

const ENCODING = 'windows-31j'
/** Stands in the output of iconv-lite for bytes that are no character. */
const REPLACEMENT = '\ufffd'

/** Bytes are no Windows-31J text, or a field of the text has the wrong form. */
export class TextError extends Error {
  override readonly name = 'TextError'
  readonly kind = 'text'
}

/**
 * Decodes text.
 * @throws TextError when bytes are no character.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = iconv.decode(bytes, ENCODING)
  const bad = text.indexOf(REPLACEMENT)
  if (bad >= 0) {
    throw new TextError(
      `expected Windows-31J, got other bytes after ${JSON.stringify(text.slice(Math.max(0, bad - 10), bad))}`,
    )
  }
  return text
}

export function encodeText(text: string): Buffer {
  return iconv.encode(text, ENCODING)
}

/** Characters of a text that an error shows: enough to find the text. */
const SHOWN_CHARACTERS = 40

/** Returns the start of a text in quotes, for an error. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text)
}

/** Ends a line. No Windows-31J character of two bytes contains this byte. */
const LINE_FEED = 0x0a

/** Splits text into lines, still as bytes, so that an unreadable line does not affect the others. */
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
 * Returns the tab-separated fields of a line.
 * @throws TextError when the line is not text or has not `columns` fields.
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
 * Returns the tab-separated fields of every line.
 * @throws TextError when a line is not text or has not `columns` fields.
 */
export function decodeRows(bytes: Uint8Array, columns: number): string[][] {
  return linesOf(bytes).map(line => decodeRow(line, columns))
}

export function encodeRows(rows: readonly (readonly string[])[]): Buffer {
  return encodeText(rows.map(fields => fields.join('\t')).join('\n'))
}
