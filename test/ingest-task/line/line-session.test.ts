import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openStream } from '../ingest-stream.ts'
import { marketClock, runIngest } from '../line-and-stream.ts'
import type { Damage } from './cable.ts'
import { parseFrame, withBadMessage, withChangedByte } from './damaged-frames.ts'
import {
  always,
  assertDeclared,
  type FaultyLine,
  first,
  hasHiddenMessage,
  isLivePrices,
  LIVE,
  openFaultyLine,
  RECONNECTED,
  RECOVERED,
  withPayload,
  zipped,
} from './line-faults.ts'

let line: FaultyLine

before(async () => {
  line = await openFaultyLine()
})
after(() => line.close())

// The tests wait most of their time. The feed server accepts at most eight connections of a line.
describe('a line with one faulty connection', { concurrency: 3 }, () => {
  test('requests lost frames on the same connection', async () => {
    const result = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.damage(first(3, () => []))
      await live
    })
    assert.deepEqual(result.seen, { states: RECOVERED, reasons: [], missing: [] })
  })

  test('drops repeated frames', async () => {
    const result = await line.alone(async cable => {
      cable.damage(frame => [frame, frame])
      await wait(200)
    })
    assert.deepEqual(result.seen, {
      states: LIVE,
      reasons: [],
      missing: [],
    })
  })

  test('puts frames in order', async () => {
    const result = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      let held: Buffer | undefined
      cable.damage(frame => {
        if (!isLivePrices(frame)) return [frame]
        const pair = held === undefined ? [] : [frame, held]
        held = held === undefined ? frame : undefined
        return pair
      })
      await live
      await wait(200)
      cable.cut()
      await task.logged('line is live')
    })
    assert.deepEqual(result.seen.missing, [])
  })

  for (const [name, kind, damage] of [
    ['a changed byte', 'frame-crc', frame => [withChangedByte(frame, frame.length - 1)]],
    ['a frame that starts with something else', 'magic', frame => [Buffer.from('HTTP'), frame]],
    ['a length over the limit', 'frame-length', frame => [withChangedByte(frame, 10)]],
    ['a truncated archive', 'zip-truncated', frame => [withPayload(frame, zipped(500).subarray(0, 45))]],
    [
      'an archive with a wrong CRC',
      'zip-crc',
      frame => [withPayload(frame, withChangedByte(zipped(500), 14))],
    ],
    ['a bomb', 'zip-bomb', frame => [withPayload(frame, zipped(50_000_000))]],
  ] as const satisfies readonly (readonly [string, string, Damage])[]) {
    test(`ends the connection after ${name}, and requests the lost frames`, async () => {
      const result = await line.alone(async (cable, task) => {
        const live = task.logged('line is live')
        cable.damage(first(1, damage))
        await live
      })
      assert.deepEqual(result.seen, { states: RECONNECTED, reasons: [kind], missing: [] })
    })
  }

  test('replaces a connection that goes silent', async () => {
    const result = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.freeze()
      await live
    })
    assert.deepEqual(result.seen, { states: RECONNECTED, reasons: ['silent'], missing: [] })
  })

  test('replaces a connection that is cut in the middle of a frame', async () => {
    const result = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.damage(
        first(1, frame => {
          setImmediate(cable.cut)
          return [frame.subarray(0, 30)]
        }),
      )
      await live
    })
    assert.equal(result.seen.states.join(), RECONNECTED.join())
    assert.deepEqual(result.seen.missing, [])
  })

  test('declares the messages of a frame lost that stays unreadable', async () => {
    const result = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.damage(always(frame => [withPayload(frame, Buffer.from('PK'))], hasHiddenMessage))
      await live
    })
    assert.deepEqual(result.seen.reasons, Array(3).fill('zip-truncated'))
    assertDeclared(result)
  })

  test('requests a frame again that has an unreadable message', async () => {
    const result = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.damage(first(1, frame => [withBadMessage(parseFrame(frame))]))
      await live
    })
    assert.deepEqual(result.seen, { states: RECOVERED, reasons: [], missing: [] })
    assert.deepEqual([result.stats.badMessages, result.lost], [1, 0])
  })

  test('declares a message lost that stays unreadable', async () => {
    const result = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.damage(always(frame => [withBadMessage(parseFrame(frame))], hasHiddenMessage))
      await live
    })
    assert.deepEqual([result.seen.states, result.seen.reasons], [RECOVERED, []])
    assert.equal(result.stats.badMessages, 3)
    assertDeclared(result)
  })

  test('declares messages lost that the line refuses to send again, and has true boards afterwards', async () => {
    const result = await line.alone(async (cable, task) => {
      const live = task.logged('line is live')
      cable.refuseResends()
      cable.damage(always(() => [], hasHiddenMessage))
      await live
    })
    assert.deepEqual([result.seen.states, result.seen.reasons], [RECOVERED, []])
    assert.equal(result.stats.line.refused, 1)
    assertDeclared(result)
  })

  test('logs the reason of a refused login and tries again', async () => {
    const stream = await openStream()
    const task = runIngest(stream, marketClock(), 2, line.port)
    await task.logged('connection to the line ended')
    await task.logged('connection to the line ended')
    await task.close()
    await stream.close()
    const reasons = task.log.flatMap(({ details }) => ('kind' in details ? [details.reason] : []))
    assert.equal(reasons[0], 'login refused: line: this is a different line')
    assert.ok(reasons.length >= 2)
  })
})
