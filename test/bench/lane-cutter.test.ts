import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createCutter, cutEnvelopes, keyFrameBytes } from '../../bench/lane-cutter.ts'
import { settledTicks } from '../../bench/opening.ts'
import { LANES } from '../../cdk/sizing.ts'
import { FLUSH_MILLISECONDS } from '../../ingest-task/publish/gather-time.ts'
import { KEY_FRAME_INTERVAL } from '../../ingest-task/publish/key-frames.ts'
import { LOOK_INTERVAL } from '../../ingest-task/publish/publisher.ts'
import { decodeEnvelope } from '../../market/codec/envelope.ts'
import { LINES } from '../../market/lane.ts'
import type { Tick } from '../../market/tick.ts'

const TICKS = settledTicks({ ticksPerSecond: 2_000, seconds: 1 }, LINES)
const LATEST = [...new Map(TICKS.map(tick => [tick.board.issue, tick])).values()]

function contentsOf(ticks: readonly Tick[]) {
  return cutEnvelopes(ticks).map(bytes => {
    const content = decodeEnvelope(bytes)
    assert(content.kind === 'ticks')
    return content
  })
}

suite('lanes by market time', () => {
  test('put every tick into one envelope', () => {
    const sequences = contentsOf(TICKS).flatMap(({ ticks }) =>
      ticks.map(tick => `${tick.line} ${tick.sequence}`),
    )
    assert.equal(sequences.length, TICKS.length)
    assert.equal(new Set(sequences).size, TICKS.length)
  })

  test('hold a tick for the flush time, and at most until the next look', () => {
    const spans = contentsOf(TICKS).map(({ ticks }) => ticks.at(-1)!.time - ticks[0]!.time)
    const longest = Math.max(...spans)
    assert.ok(longest > (FLUSH_MILLISECONDS / 2) * 1000, `longest ${longest} µs`)
    assert.ok(longest <= (FLUSH_MILLISECONDS + LOOK_INTERVAL) * 1000, `longest ${longest} µs`)
  })

  test('send a key frame of each lane once an interval', () => {
    const kinds: string[] = []
    const own = LATEST.filter(({ line }) => line === 1)
    const cutter = createCutter(
      1,
      bytes => kinds.push(decodeEnvelope(bytes).kind),
      () => own,
    )
    const [tick] = own
    const end = tick!.time + KEY_FRAME_INTERVAL * 1000
    for (let { time } = tick!; time <= end; time += LOOK_INTERVAL * 1000) cutter.add({ ...tick!, time })
    cutter.finish()
    assert.equal(kinds.filter(kind => kind === 'boards').length, LANES)
    assert.ok(kinds.includes('ticks'))
  })

  test('report the bytes of key frames as sent', () => {
    assert.ok(keyFrameBytes(LATEST) > keyFrameBytes(LATEST.slice(1)))
    assert.equal(keyFrameBytes([]), 0)
  })
})
