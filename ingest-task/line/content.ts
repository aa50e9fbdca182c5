/** Reads the content of frames: unpacks zip and decodes Shift_JIS text. Market messages stay bytes. */
import type { LineContent } from '../line-seam.ts'
import { decodeMaster, decodeNews, decodePhase } from '../quick/records.ts'
import { TextError } from '../quick/text.ts'
import { unzip, ZipError } from '../quick/zip.ts'
import { type Frame, LineError } from './frame.ts'
import { positionOf } from './position.ts'

/**
 * Returns the content of a numbered frame or of a part of a snapshot.
 * @param session of the line, for the position; 0 when the position does not matter.
 * @throws LineError naming the frame and what is wrong with it.
 */
export function contentOf(frame: Frame, session = 0): LineContent {
  const position = frame.snapshot ? 0 : positionOf(session, frame.sequence)
  try {
    const payload = frame.zip ? unzip(frame.payload) : frame.payload
    switch (frame.type) {
      case 'prices':
        return { kind: 'messages', bytes: payload, snapshot: frame.snapshot, position }
      case 'master':
        return { kind: 'issues', ...decodeMaster(payload), position }
      case 'news':
        return { kind: 'news', ...decodeNews(payload), position }
      case 'market':
        return { kind: 'phase', ...decodePhase(payload), position }
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
