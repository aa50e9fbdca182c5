import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { contentOf } from '../../../ingest-task/line/content.ts'
import { encodeFrame, type Frame, FrameReader } from '../../../ingest-task/line/frame.ts'
import { zip } from '../../../ingest-task/quick/zip.ts'
import type { Lines } from '../../../local/line/server.ts'
import { timeOfDay } from '../../../market/clock.ts'
import { MARKET, marketClock, openLines, type Running, runIngest, statesOf } from '../line-and-stream.ts'
import { openStream, type Stream } from '../stream.ts'
import { assertOrdered, assertTrue, openTruth, snapshotCounter, ticksOf } from '../truth.ts'
import { type Cable, type Damage, openCable } from './cable.ts'

const LINE = 1
const clock = marketClock()
const truth = openTruth(MARKET)
let lines: Lines

before(async () => {
  lines = await openLines(clock)
})
after(() => lines.close())

interface Result {
  readonly states: readonly string[]
  readonly reasons: readonly unknown[]
  /** Numbers of messages between the first and the last tick of which there is no tick. */
  readonly missing: readonly number[]
}

/** Runs an ingest task behind a cable, lets `fault` happen once it is live, and checks all that came out. */
async function suffer(fault: (cable: Cable, task: Running) => Promise<void>): Promise<Result> {
  const stream: Stream = await openStream()
  const cable = await openCable(lines.ports[LINE - 1]!)
  try {
    const task = runIngest(stream, clock, LINE, cable.port)
    await task.logged('line is live')
    await wait(100)
    await fault(cable, task)
    cable.damage(undefined)
    await wait(200)
    await task.close()
    const envelopes = await stream.envelopes()
    const ticks = ticksOf(envelopes, LINE)
    assertOrdered(ticks)
    assertTrue(ticks, truth.of(LINE, timeOfDay(clock.now())))
    const seen = new Set(ticks.map(({ sequence }) => sequence))
    const [first, last] = [snapshotCounter(ticks), Math.max(...seen)]
    return {
      states: statesOf(envelopes, LINE),
      reasons: task.log.flatMap(({ details }) => ('kind' in details ? [details.kind] : [])),
      missing: Array.from({ length: last - first }, (_, i) => first + i).filter(number => !seen.has(number)),
    }
  } finally {
    await cable.close()
    await stream.close()
  }
}

/** Damages the first `count` price frames, and lets all later ones through. */
function once(count: number, damage: Damage): Damage {
  let left = count
  return frame => (isLivePrices(frame) && left-- > 0 ? damage(frame) : [frame])
}

const parse = (bytes: Buffer): Frame => new FrameReader().read(bytes).next().value as Frame
const isLivePrices = (bytes: Buffer): boolean => {
  const { type, snapshot } = parse(bytes)
  return type === 'prices' && !snapshot
}
const withPayload = (bytes: Buffer, payload: Uint8Array): Buffer =>
  encodeFrame({ ...parse(bytes), zip: true, payload })

const RECOVERED = ['stale', 'recovering', 'live', 'recovering', 'live', 'stale']
const RECONNECTED = ['stale', 'recovering', 'live', 'stale', 'recovering', 'live', 'stale']

// Most of their time the tests wait; the feed server takes no more than four readers of a line.
describe('a line that misbehaves', { concurrency: 3 }, () => {
  test('lost frames are asked for again on the same connection', async () => {
    const result = await suffer(async (cable, task) => {
      const live = task.logged('line is live')
      cable.damage(once(3, () => []))
      await live
    })
    assert.deepEqual(result, { states: RECOVERED, reasons: [], missing: [] })
  })

  test('repeated frames are dropped', async () => {
    const result = await suffer(async cable => {
      cable.damage(frame => [frame, frame])
      await wait(200)
    })
    assert.deepEqual(result, { states: ['stale', 'recovering', 'live', 'stale'], reasons: [], missing: [] })
  })

  test('frames that overtake each other are put in order', async () => {
    const result = await suffer(async (cable, task) => {
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
    assert.deepEqual(result.missing, [])
  })

  const zipped = (bytes: number): Buffer => zip('prices.txt', Buffer.alloc(bytes, 'board'), false)
  const withByte = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes)
    copy[at]! ^= 0x55
    return copy
  }

  for (const [name, kind, damage] of [
    ['a changed byte', 'frame-crc', frame => [withByte(frame, frame.length - 1)]],
    ['a frame that starts with something else', 'magic', frame => [Buffer.from('HTTP'), frame]],
    ['a length over the limit', 'frame-length', frame => [withByte(frame, 10)]],
    ['a truncated archive', 'zip-truncated', frame => [withPayload(frame, zipped(500).subarray(0, 45))]],
    ['an archive with a wrong CRC', 'zip-crc', frame => [withPayload(frame, withByte(zipped(500), 14))]],
    ['a bomb', 'zip-bomb', frame => [withPayload(frame, zipped(50_000_000))]],
  ] as const satisfies readonly (readonly [string, string, Damage])[]) {
    test(`${name} resets the connection, and what it cost is asked for again`, async () => {
      const result = await suffer(async (cable, task) => {
        const live = task.logged('line is live')
        cable.damage(once(1, damage))
        await live
      })
      assert.deepEqual(result, { states: RECONNECTED, reasons: [kind], missing: [] })
    })
  }

  test('a connection that dies without a word is noticed and replaced', async () => {
    const result = await suffer(async (cable, task) => {
      const live = task.logged('line is live')
      cable.freeze()
      await live
    })
    assert.deepEqual(result, { states: RECONNECTED, reasons: ['silent'], missing: [] })
  })

  test('a connection cut in the middle of a frame is replaced', async () => {
    const result = await suffer(async (cable, task) => {
      const live = task.logged('line is live')
      cable.damage(
        once(1, frame => {
          setImmediate(cable.cut)
          return [frame.subarray(0, 30)]
        }),
      )
      await live
    })
    assert.equal(result.states.join(), RECONNECTED.join())
    assert.deepEqual(result.missing, [])
  })

  test('a frame that can never be read is given up, and boards are right after it', async () => {
    const result = await suffer(async (cable, task) => {
      const live = task.logged('line is live')
      let poison: number | undefined
      cable.damage(frame => {
        if (!isLivePrices(frame)) return [frame]
        const { sequence } = parse(frame)
        poison ??= sequence
        return [sequence === poison ? withPayload(frame, Buffer.from('PK')) : frame]
      })
      await live
    })
    assert.deepEqual(result.reasons, Array(3).fill('zip-truncated'))
    assert.ok(result.missing.length > 0)
  })

  test('a bad market message makes no tick, and boards are right after it', async () => {
    const result = await suffer(async (cable, task) => {
      const live = task.logged('line is live')
      const bad = task.logged('bad market message')
      cable.damage(
        once(1, frame => {
          const whole = parse(frame)
          const content = contentOf(whole)
          assert.ok(content.kind === 'messages')
          // The last byte of the first message's first tag, a digit of NO.
          const payload = withByte(Buffer.from(content.bytes), 50)
          return [encodeFrame({ ...whole, zip: false, payload })]
        }),
      )
      await bad
      await live
    })
    assert.deepEqual([result.states, result.reasons], [RECOVERED, []])
  })

  test('a refused login says why and is tried again', async () => {
    const stream = await openStream()
    const task = runIngest(stream, clock, 2, lines.ports[0]!)
    await task.logged('connection to the line ended')
    await task.logged('connection to the line ended')
    await task.close()
    await stream.close()
    const reasons = task.log.flatMap(({ details }) => ('kind' in details ? [details.reason] : []))
    assert.equal(reasons[0], 'login refused: line: this is another line')
    assert.ok(reasons.length >= 2)
  })
})
