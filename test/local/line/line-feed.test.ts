import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentOf } from '../../../ingest-task/line/content.ts'
import { type Frame, FrameReader } from '../../../ingest-task/line/frame.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { elsewhereMessage } from '../../../local/exchange/flex.ts'
import { LineFeed } from '../../../local/line/line-feed.ts'
import { asTradingDate } from '../../../market/units.ts'
import { newLineBoards } from '../../ingest-task/new-line-boards.ts'

const DATE = asTradingDate(20261120)
const OPENING = 9 * 3_600_000_000

test('a reader that joins after a message of another exchange goes on after its counter', () => {
  const exchange = openExchange({
    seed: 2,
    issues: 9,
    rate: 50,
    tradingDate: DATE,
    from: OPENING - 5_000_000,
  })
  const sent: Buffer[] = []
  const feed = new LineFeed(1, frame => sent.push(frame))
  for (const event of exchange.advance(OPENING)) if (event.line === 1) feed.take(event)
  const sequence = feed.messages + 1
  const bytes = elsewhereMessage(1, sequence, '7203')
  feed.take({ kind: 'elsewhere', line: 1, sequence, time: OPENING, bytes })
  assert.equal(feed.messages, sequence)

  const boards = newLineBoards(1, DATE, () => {})
  const frames: Frame[] = [...new FrameReader().read(Buffer.concat(feed.snapshot()))]
  for (const frame of frames) {
    if (frame.type !== 'prices') continue
    const content = contentOf(frame)
    assert.ok(content.kind === 'messages')
    boards.replace(content.bytes)
  }
  boards.endSnapshot()
  assert.equal(boards.reached, sequence)
  assert.equal(boards.counts.elsewhere, 1)
})
