import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FrameType } from '../../../ingest-task/line/frame.ts'
import type { Exchange } from '../../../local/exchange/exchange.ts'
import { until } from '../../until.ts'
import type { Running } from '../line-and-stream.ts'
import { parseFrame, withBadText } from './damaged-frames.ts'
import {
  always,
  type FaultyLine,
  first,
  isLivePrices,
  openFaultyLine,
  RECOVERED,
  withPayload,
} from './line-faults.ts'

/** Turns of the line between two news: about ten news a second. */
const NEWS_TURNS = 20
const CONTENT_LEFT_OUT = 'unreadable content left out'
const ROWS_LEFT_OUT = 'rows of the issue master left out'

/** Adds market news on line 1. */
function withNews(exchange: Exchange): Exchange {
  let turns = 0
  return {
    ...exchange,
    *advance(until) {
      yield* exchange.advance(until)
      if (++turns % NEWS_TURNS > 0) return
      yield { kind: 'news', line: 1, time: until, headline: '東証、もみ合い', issues: [] }
    },
  }
}

const isOf =
  (...types: FrameType[]) =>
  (bytes: Buffer): boolean =>
    types.includes(parseFrame(bytes).type)

/** Returns a frame with a truncated archive. */
const torn = (bytes: Buffer): Buffer => withPayload(bytes, Buffer.from('PK'))

/** Waits for a live line. The line may be live already when content is left out. */
async function untilLive(task: Running): Promise<void> {
  await until(() => task.stats().line.state === 'live', 'a live line')
}

let line: FaultyLine

before(async () => {
  line = await openFaultyLine(withNews)
})
after(() => line.close())

describe('unreadable content other than prices', { concurrency: 2 }, () => {
  test('is left out, and no price is lost', async () => {
    const { seen, stats, log } = await line.alone(async (cable, task) => {
      cable.damage(frame => [isOf('news', 'market')(frame) ? withBadText(parseFrame(frame)) : frame])
      await task.logged(CONTENT_LEFT_OUT)
      await task.logged(CONTENT_LEFT_OUT)
      cable.damage(undefined)
      await untilLive(task)
    })
    assert.deepEqual([seen.missing, seen.reasons, stats.line.snapshots], [[], [], 1])
    const passed = log.filter(({ message }) => message === CONTENT_LEFT_OUT)
    assert.ok(passed.length >= 2)
    assert.equal(stats.badMessages, passed.length)
    for (const { details } of passed) {
      assert.match(
        String(details.reason),
        /^(news frame \d+: expected 3|market frame \d+: expected 2) fields, got 1 in "\?"$/,
      )
    }
  })

  test('is requested again before it is left out, if its frame was damaged', async () => {
    const { seen, stats } = await line.alone(async (cable, task) => {
      const passed = task.logged(CONTENT_LEFT_OUT)
      cable.damage(always(frame => [torn(frame)], isOf('news')))
      await passed
      await untilLive(task)
    })
    assert.deepEqual([seen.missing, seen.reasons], [[], ['zip-truncated', 'zip-truncated']])
    assert.deepEqual([stats.line.snapshots, stats.badMessages], [1, 1])
  })

  test('is left out of a snapshot, a row of the master or a text, and nothing else is lost', async () => {
    const { seen, stats, log } = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.refuseResends()
      const lose = first(1, () => [])
      cable.damage(frame => {
        if (isLivePrices(frame)) return lose(frame)
        if (isOf('master')(frame)) return [withBadText(parseFrame(frame))]
        return [isOf('market')(frame) ? withBadText(parseFrame(frame)) : frame]
      })
      await live
    })
    assert.deepEqual([seen.states, seen.reasons, stats.line.snapshots], [RECOVERED, [], 2])
    const warned = log.filter(({ message }) => [ROWS_LEFT_OUT, CONTENT_LEFT_OUT].includes(message))
    assert.deepEqual(
      warned.map(({ message, details }) => [message, details.rows]),
      [
        [ROWS_LEFT_OUT, 1],
        [CONTENT_LEFT_OUT, undefined],
      ],
    )
    assert.deepEqual(warned[0]!.details.reasons, ['row 1: expected an issue code, got "?"'])
    assert.equal(stats.badMessages, 2)
  })

  test('ends a connection with a damaged snapshot twice, and is then left out', async () => {
    const { seen, stats } = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.refuseResends()
      const lose = first(1, () => [])
      cable.damage(frame => (isOf('master')(frame) ? [torn(frame)] : lose(frame)))
      await live
    })
    assert.deepEqual(seen.reasons, ['zip-truncated', 'zip-truncated'])
    assert.deepEqual([stats.line.snapshots, stats.badMessages], [4, 1])
    assert.equal(seen.states.at(-2), 'live')
  })
})
