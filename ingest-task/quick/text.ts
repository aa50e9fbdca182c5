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

/**
 * Lines of tab-separated fields.
 * @throws TextError naming the line that has not `columns` fields.
 */
export function decodeRows(bytes: Uint8Array, columns: number): string[][] {
  const text = decodeText(bytes)
  if (text === '') return []
  return text.split('\n').map((line, index) => {
    const fields = line.split('\t')
    if (fields.length !== columns) {
      throw new TextError(
        `line ${index + 1}: expected ${columns} fields, got ${fields.length} in ${JSON.stringify(line)}`,
      )
    }
    return fields
  })
}

export function encodeRows(rows: readonly (readonly string[])[]): Buffer {
  return encodeText(rows.map(fields => fields.join('\t')).join('\n'))
}
