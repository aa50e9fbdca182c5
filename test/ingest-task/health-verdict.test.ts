import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createHealth, type HealthSigns, isWell, signsOf } from '../../ingest-task/health-verdict.ts'
import type { IngestStats } from '../../ingest-task/ingest.ts'
import { EMPTY_STATS } from './empty-stats.ts'

const IDLE = { envelopes: 0, waitingBytes: 0 }
const READY: HealthSigns = { ready: true, hindrance: undefined, otherWorks: false, publisher: IDLE }
const NOTHING: HealthSigns = { ...READY, ready: false }

describe('the verdict on a task', () => {
  test('is unproved until the task has worked once, and proved from then on', () => {
    const judge = createHealth()
    assert.equal(judge(NOTHING, 0), 'unproved')
    assert.equal(judge(READY, 1000), 'proved')
    for (const hindrance of [undefined, 'line', 'stream'] as const)
      assert.equal(judge({ ...NOTHING, hindrance, otherWorks: true }, 2000), 'proved')
  })

  test('is waiting after the line or the stream has prevented the proof for 20 s', () => {
    for (const hindrance of ['line', 'stream'] as const) {
      const judge = createHealth()
      const hindered = { ...NOTHING, hindrance }
      assert.equal(judge(hindered, 1000), 'unproved')
      assert.equal(judge(hindered, 20_999), 'unproved')
      assert.equal(judge(hindered, 21_000), 'waiting')
      assert.equal(judge(hindered, 90_000), 'waiting')
      assert.equal(judge(NOTHING, 91_000), 'unproved')
      assert.equal(judge(hindered, 92_000), 'unproved')
      assert.equal(judge(hindered, 112_000), 'waiting')
    }
  })

  test('is unproved while another task of the line works, whatever prevents the proof', () => {
    const judge = createHealth()
    const alone = { ...NOTHING, hindrance: 'line' } as const
    const beside = { ...alone, otherWorks: true }
    for (let at = 0; at < 100_000; at += 1000) assert.equal(judge(beside, at), 'unproved')
    assert.equal(judge(alone, 100_000), 'unproved')
    assert.equal(judge(alone, 120_000), 'waiting')
    assert.equal(judge(beside, 121_000), 'unproved')
  })

  test('is stuck when bytes have waited for more than a minute and nothing was published', () => {
    const judge = createHealth()
    const looks = [
      { at: 0, envelopes: 0, waitingBytes: 0, health: 'proved' },
      { at: 1000, envelopes: 0, waitingBytes: 50, health: 'proved' },
      { at: 60_000, envelopes: 0, waitingBytes: 90, health: 'proved' },
      { at: 60_001, envelopes: 0, waitingBytes: 90, health: 'stuck' },
      { at: 70_000, envelopes: 1, waitingBytes: 90, health: 'proved' },
      { at: 130_000, envelopes: 1, waitingBytes: 90, health: 'proved' },
      { at: 130_001, envelopes: 1, waitingBytes: 90, health: 'stuck' },
      // A publisher without waiting bytes does not stand still.
      { at: 140_000, envelopes: 1, waitingBytes: 0, health: 'proved' },
      { at: 900_000, envelopes: 1, waitingBytes: 0, health: 'proved' },
    ]
    for (const { at, health, ...publisher } of looks)
      assert.equal(judge({ ...READY, publisher }, at), health, `at ${at}`)
  })

  test('lets the check pass when it is proved or waiting', () => {
    assert.deepEqual((['proved', 'waiting', 'unproved', 'stuck'] as const).map(isWell), [
      true,
      true,
      false,
      false,
    ])
  })
})

describe('the signs of a task alone', () => {
  const stats = (state: IngestStats['line']['state'], frames: number, envelopes: number): IngestStats => ({
    ...EMPTY_STATS,
    line: { ...EMPTY_STATS.line, state, frames },
    publisher: { ...EMPTY_STATS.publisher, envelopes },
  })
  const cases = [
    { line: 'stale', frames: 0, envelopes: 2, ready: false, hindrance: 'line' },
    { line: 'recovering', frames: 9, envelopes: 2, ready: false, hindrance: undefined },
    { line: 'stale', frames: 9, envelopes: 2, ready: false, hindrance: undefined },
    { line: 'live', frames: 9, envelopes: 0, ready: false, hindrance: 'stream' },
    { line: 'live', frames: 9, envelopes: 1, ready: true, hindrance: undefined },
  ] as const
  for (const { line, frames, envelopes, ready, hindrance } of cases)
    test(`are ready ${ready} and hindered by ${hindrance} with a ${line} line, ${frames} frames and ${envelopes} envelopes`, () => {
      const signs = signsOf(stats(line, frames, envelopes))
      assert.deepEqual([signs.ready, signs.hindrance, signs.otherWorks], [ready, hindrance, false])
      assert.equal(signs.publisher.envelopes, envelopes)
    })
})
