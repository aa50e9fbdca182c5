/**
 * What a line yields once its protocol is done with: all that the rest of ingest-task knows of a line.
 * A line of another protocol replaces this folder and yields the same.
 */
import type { IssueMaster, LineState } from '../../market/event.ts'
import { decodeMarketState, decodeMaster, decodeNews, type MarketState, type News } from '../quick/records.ts'
import { TextError } from '../quick/text.ts'
import { unzip, ZipError } from '../quick/zip.ts'
import { type Frame, LineError } from './frame.ts'

export type LineContent =
  /** The line carries this trading date from here on; whole boards follow. */
  | { readonly kind: 'opened'; readonly tradingDate: number }
  /** Market messages, back to back. Of a snapshot: the whole board of every issue, at the sequence of its latest message. */
  | { readonly kind: 'messages'; readonly bytes: Uint8Array; readonly snapshot: boolean }
  /** The snapshot is complete: messages after it go on where it stood. */
  | { readonly kind: 'snapshot-end' }
  | { readonly kind: 'issues'; readonly issues: readonly IssueMaster[] }
  | ({ readonly kind: 'news' } & News)
  | ({ readonly kind: 'phase' } & MarketState)
  /** Since a moment of market time, epoch µs. */
  | { readonly kind: 'state'; readonly state: LineState; readonly since: number }

/**
 * The content of a numbered or snapshot frame.
 * @throws LineError naming what is wrong with it.
 */
export function contentOf(frame: Frame): LineContent {
  try {
    const payload = frame.zip ? unzip(frame.payload) : frame.payload
    switch (frame.type) {
      case 'prices':
        return { kind: 'messages', bytes: payload, snapshot: frame.snapshot }
      case 'master':
        return { kind: 'issues', issues: decodeMaster(payload) }
      case 'news':
        return { kind: 'news', ...decodeNews(payload) }
      case 'market':
        return { kind: 'phase', ...decodeMarketState(payload) }
      default:
        throw new LineError('frame-type', `expected a content frame, got ${frame.type}`)
    }
  } catch (error) {
    if (error instanceof ZipError || error instanceof TextError) {
      throw new LineError(error.kind, `${frame.type} frame ${frame.sequence}: ${error.message}`, {
        cause: error,
      })
    }
    throw error
  }
}
