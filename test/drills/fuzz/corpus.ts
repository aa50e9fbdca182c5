/** Input to mutate: what one line of a generated market sends around its opening, as frames and as messages. */
import { contentOf } from '../../../ingest-task/line/content.ts'
import type { Frame } from '../../../ingest-task/line/frame.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { HOUR, SECOND } from '../../../local/exchange/hours.ts'
import { LineFeed } from '../../../local/line/line-feed.ts'
import { asTradingDate } from '../../../market/units.ts'
import { parseFrame } from '../../ingest-task/line/damaged-frames.ts'

export const LINE = 1
export const TRADING_DATE = asTradingDate(20261120)

const OPTIONS = { seed: 3, issues: 60, rate: 60, tradingDate: TRADING_DATE, from: 9 * HOUR - 10 * SECOND }
const UNTIL = 9 * HOUR + 20 * SECOND
/** Events between two flushes: frames of one message, and frames large enough to be zipped. */
const FLUSHES = [1, 3, 40, 2, 8, 1, 90]

export interface Corpus {
  /** Numbered frames and parts of a snapshot, as bytes. */
  readonly frames: readonly Buffer[]
  /** Frames with a payload, decoded. */
  readonly contents: readonly Frame[]
  /** Live messages of the line, from the first one on. */
  readonly messages: readonly Buffer[]
  /** Messages of a snapshot, which hold whole boards. */
  readonly boards: readonly Buffer[]
}

export function readCorpus(): Corpus {
  const frames: Buffer[] = []
  const messages: Buffer[] = []
  const feed = new LineFeed(LINE, frame => frames.push(frame))
  let taken = 0
  let due = 0
  for (const event of openExchange(OPTIONS).advance(UNTIL)) {
    if (event.line !== LINE) continue
    feed.take(event)
    if (event.kind === 'message') messages.push(Buffer.from(event.bytes))
    if (taken++ < due) continue
    feed.flush()
    due = taken + FLUSHES[frames.length % FLUSHES.length]!
  }
  feed.flush()
  frames.push(...feed.snapshot())
  const contents = frames.map(parseFrame).filter(({ payload }) => payload.length > 0)
  const boards = contents.flatMap(frame => {
    const content = frame.snapshot ? contentOf(frame) : undefined
    return content?.kind === 'messages' ? cut(Buffer.from(content.bytes)) : []
  })
  return { frames, contents, messages, boards }
}

/** Cuts bytes into messages. */
function cut(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + Number(bytes.toString('latin1', at + 1, at + 7))
    messages.push(bytes.subarray(at, end))
    at = end
  }
  return messages
}
