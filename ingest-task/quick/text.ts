/** Text of the line: lines of tab-separated fields in Windows-31J. */
import { decodeWindows31J, encodeWindows31J } from './windows-31j.ts'

/** A field of a text has the wrong form. */
export class TextError extends Error {
  override readonly name = 'TextError'
  readonly kind = 'text'
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
 * Returns the tab-separated fields of a line. Bytes that are no character become U+FFFD: one such character must not cost
 * the whole line.
 * @param columns the numbers of fields that a line may have.
 * @throws TextError when the line has another number of fields.
 */
export function decodeRow(line: Uint8Array, ...columns: readonly number[]): string[] {
  const text = decodeWindows31J(line)
  const fields = text.split('\t')
  if (!columns.includes(fields.length)) {
    throw new TextError(`expected ${columns.join(' or ')} fields, got ${fields.length} in ${quoted(text)}`)
  }
  return fields
}

/**
 * Returns the tab-separated fields of every line.
 * @throws TextError when a line has not `columns` fields.
 */
export function decodeRows(bytes: Uint8Array, columns: number): string[][] {
  return linesOf(bytes).map(line => decodeRow(line, columns))
}

export function encodeRows(rows: readonly (readonly string[])[]): Buffer {
  return encodeWindows31J(rows.map(fields => fields.join('\t')).join('\n'))
}
