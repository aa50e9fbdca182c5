/** Finds and logs texts that have characters which could not be decoded. */
import type { Log } from './ingest-log.ts'

/** Stands in a text for bytes that are no character. */
const REPLACEMENT = '\ufffd'
/** Texts that a warning names. There may be thousands, all for one reason. */
const MAX_NAMED_TEXTS = 5

/**
 * Logs the texts that have an unknown character. The rest of such a text is used.
 * @returns their number.
 */
export function logReplacedTexts(log: Log, texts: readonly string[]): number {
  const replaced = texts.filter(text => text.includes(REPLACEMENT))
  const { length } = replaced
  if (length > 0) {
    log.warn('texts with unknown characters', { texts: length, first: replaced.slice(0, MAX_NAMED_TEXTS) })
  }
  return length
}
