/** Decodes a recorded line frame by frame: market messages, and other content as objects with a `kind`. */
import { contentOf } from '../../ingest-task/line/content.ts'
import { type Frame, isContent, LineError } from '../../ingest-task/line/frame.ts'
import { priceToYen } from '../../market/units.ts'
import { clockText } from './clock-text.ts'
import { createMessageDecoder } from './flex-messages.ts'
import type { Decoder, Item } from './item.ts'
import { createFrameFinder, type FrameOrFault } from './line-frames.ts'

/** Creates a decoder. It skips frames without market content: logins, heartbeats, requests. */
export function createLineDecoder(): Decoder {
  const finder = createFrameFinder()
  return {
    *read(chunk) {
      for (const found of finder.read(chunk)) yield* itemsOf(found)
    },
    *end() {
      for (const found of finder.end()) yield* itemsOf(found)
    },
  }
}

function* itemsOf(found: FrameOrFault): Generator<Item> {
  if ('fault' in found) yield found
  else if (isContent(found.frame.type)) {
    try {
      yield* contentItems(found.frame, found.offset)
    } catch (error) {
      if (!(error instanceof LineError)) throw error
      yield { fault: `frame at stream offset ${found.offset}: ${error.message}` }
    }
  }
}

function* contentItems(frame: Frame, offset: number): Generator<Item> {
  const content = contentOf(frame)
  /** `snapshot`: the content is part of a snapshot, as of this frame. */
  const origin = { frame: frame.sequence, ...(frame.snapshot ? { snapshot: true } : {}) }
  switch (content.kind) {
    case 'messages': {
      const messages = createMessageDecoder()
      for (const part of [messages.read(Buffer.from(content.bytes)), messages.end()]) {
        for (const item of part) yield placed(item, origin, offset)
      }
      break
    }
    case 'issues': {
      const issues = content.issues.map(issue => ({ ...issue, basePrice: priceToYen(issue.basePrice) }))
      yield { shown: { kind: 'issues', ...origin, issues } }
      for (const reason of content.unread) {
        yield { fault: `frame ${frame.sequence} at stream offset ${offset}, issue master: ${reason}` }
      }
      break
    }
    case 'news': {
      const { time, headline, issues } = content
      yield { shown: { kind: 'news', ...origin, time: clockText(time), headline, issues } }
      break
    }
    case 'phase':
      yield { shown: { kind: 'phase', ...origin, time: clockText(content.time), phase: content.phase } }
  }
}

function placed(item: Item, origin: { readonly frame: number }, offset: number): Item {
  return 'shown' in item
    ? { shown: { ...item.shown, ...origin } }
    : { fault: `frame ${origin.frame} at stream offset ${offset}, in its payload: ${item.fault}` }
}
