import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { contentOf } from '../../../ingest-task/line/content.ts'
import { encodeFrame, type FrameType } from '../../../ingest-task/line/frame.ts'
import { encodeMaster } from '../../../ingest-task/quick/records.ts'
import { encodeText } from '../../../ingest-task/quick/text.ts'
import type { Exchange } from '../../../local/exchange/exchange.ts'
import { until } from '../../until.ts'
import type { Running } from '../line-and-stream.ts'
import {
  always,
  type FaultyLine,
  first,
  isLivePrices,
  openFaultyLine,
  parse,
  RECOVERED,
  withPayload,
} from './line-faults.ts'

/** Turns of the line from one news to the next: some ten news a second. */
const NEWS_TURNS = 20
const PASSED_OVER = 'unreadable content left out'
const LEFT_OUT = 'rows of the issue master left out'

/** Market news on line 1, now and then. */
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
    types.includes(parse(bytes).type)

/** Text, sound in its frame, that says nothing. */
const withoutSense = (bytes: Buffer): Buffer =>
  encodeFrame({ ...parse(bytes), zip: false, payload: encodeText('?') })

/** The first issue has a code that is none. */
function withBadRow(bytes: Buffer): Buffer {
  const content = contentOf(parse(bytes))
  assert.ok(content.kind === 'issues')
  const [issue, ...others] = content.issues
  const payload = encodeMaster([{ ...issue!, code: '?' }, ...others])
  return encodeFrame({ ...parse(bytes), zip: false, payload })
}

/** An archive of which not all is there. */
const torn = (bytes: Buffer): Buffer => withPayload(bytes, Buffer.from('PK'))

/** It may be live again in the moment in which something is passed over. */
async function untilLive(task: Running): Promise<void> {
  await until(() => task.stats().line.state === 'live', 'a live line')
}

let line: FaultyLine

before(async () => {
  line = await openFaultyLine(withNews)
})
after(() => line.close())

describe('what is no price and can never be read', { concurrency: 2 }, () => {
  test('is passed over where it stands, and no price is lost for it', async () => {
    const { seen, stats, log } = await line.alone(async (cable, task) => {
      cable.damage(frame => [isOf('news', 'market')(frame) ? withoutSense(frame) : frame])
      await task.logged(PASSED_OVER)
      await task.logged(PASSED_OVER)
      cable.damage(undefined)
      await untilLive(task)
    })
    assert.deepEqual([seen.missing, seen.reasons, stats.line.snapshots], [[], [], 1])
    const passed = log.filter(({ message }) => message === PASSED_OVER)
    assert.ok(passed.length >= 2)
    assert.equal(stats.badMessages, passed.length)
    assert.match(String(passed[0]!.details.reason), /^news frame \d+: expected 3 fields, got 1 in "\?"$/)
  })

  test('is asked for again first where it did not come as it was sent', async () => {
    const { seen, stats } = await line.alone(async (cable, task) => {
      const passed = task.logged(PASSED_OVER)
      cable.damage(always(frame => [torn(frame)], isOf('news')))
      await passed
      await untilLive(task)
    })
    assert.deepEqual([seen.missing, seen.reasons], [[], ['zip-truncated', 'zip-truncated']])
    assert.deepEqual([stats.line.snapshots, stats.badMessages], [1, 1])
  })

  test('costs a snapshot the row of the master and the text that it is, and nothing else', async () => {
    const { seen, stats, log } = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.refuseResends()
      const lose = first(1, () => [])
      cable.damage(frame => {
        if (isLivePrices(frame)) return lose(frame)
        if (isOf('master')(frame)) return [withBadRow(frame)]
        return [isOf('market')(frame) ? withoutSense(frame) : frame]
      })
      await live
    })
    assert.deepEqual([seen.states, seen.reasons, stats.line.snapshots], [RECOVERED, [], 2])
    const warned = log.filter(({ message }) => [LEFT_OUT, PASSED_OVER].includes(message))
    assert.deepEqual(
      warned.map(({ message, details }) => [message, details.rows]),
      [
        [LEFT_OUT, 1],
        [PASSED_OVER, undefined],
      ],
    )
    assert.deepEqual(warned[0]!.details.reasons, ['row 1: expected an issue code, got "?"'])
    assert.equal(stats.badMessages, 2)
  })

  test('ends a snapshot that is torn only so many times', async () => {
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
