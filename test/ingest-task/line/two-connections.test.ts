import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cable } from './cable.ts'
import { parseFrame, withBadMessage, withChangedByte } from './damaged-frames.ts'
import {
  always,
  assertDeclared,
  type FaultyLine,
  first,
  hasHiddenMessage,
  LIVE,
  openFaultyLine,
  RECONNECTED,
  RECOVERED,
  type Result,
} from './line-faults.ts'

/** Delay of a slow connection, milliseconds: less than the fill time, more than one turn of the server. */
const LAG = 200

let line: FaultyLine

before(async () => {
  line = await openFaultyLine()
})
after(() => line.close())

function assertStaysLive({ seen, stats }: Result, reasons = ''): void {
  assert.deepEqual({ ...seen, reasons: seen.reasons.join() }, { states: LIVE, reasons, missing: [] })
  assert.equal(stats.line.resends, 0)
}

/** Delays a connection, and waits until frames arrive again. */
async function lag(cable: Cable): Promise<void> {
  cable.delay(LAG)
  await wait(LAG)
}

describe('a line with two connections, one of them faulty', { concurrency: 3 }, () => {
  for (const [name, pick] of [
    ['A', (a: Cable, _: Cable) => a],
    ['B', (_: Cable, b: Cable) => b],
  ] as const) {
    test(`stays live when ${name} hangs up`, async () => {
      const result = await line.both(async (a, b, task) => {
        const ended = task.logged('connection to the line ended')
        pick(a, b).cut()
        await ended
      })
      // The kind depends on whether the hang-up comes in the middle of a write.
      assertStaysLive(result, result.seen.reasons.join() === 'socket' ? 'socket' : 'closed')
    })

    test(`stays live when ${name} goes silent`, async () => {
      const result = await line.both(async (a, b, task) => {
        const ended = task.logged('connection to the line ended')
        pick(a, b).freeze()
        await ended
      })
      assertStaysLive(result, 'silent')
    })

    test(`takes frames from the other connection while ${name} is late`, async () => {
      const result = await line.both(async (a, b) => {
        await lag(pick(a, b))
        await wait(3 * LAG)
      })
      assertStaysLive(result)
      const { A, B } = result.stats.line.wins
      assert.ok(name === 'A' ? B! > A! : A! > B!)
      assert.equal(result.stats.line.repeats, 0)
    })

    test(`stays live when ${name} loses frames that the other connection brings later`, async () => {
      const result = await line.both(async (a, b) => {
        const bad = pick(a, b)
        await lag(bad === a ? b : a)
        bad.damage(first(5, () => []))
        await wait(3 * LAG)
      })
      assertStaysLive(result)
    })

    test(`stays live and ends ${name} after a damaged frame of it`, async () => {
      const result = await line.both(async (a, b, task) => {
        const ended = task.logged('connection to the line ended')
        await lag(pick(a, b) === a ? b : a)
        pick(a, b).damage(first(1, frame => [withChangedByte(frame, frame.length - 1)]))
        await ended
      })
      assertStaysLive(result, 'frame-crc')
    })
  }

  test('takes the copy of the other connection after an unreadable message', async () => {
    const result = await line.both(async (a, b) => {
      await lag(b)
      a.damage(first(1, frame => [withBadMessage(parseFrame(frame))]))
      await wait(3 * LAG)
    })
    assertStaysLive(result)
    assert.equal(result.stats.badMessages, 1)
  })

  test('requests a frame that both connections have lost', async () => {
    const result = await line.both(async (a, b, task) => {
      const live = task.logged('line is live')
      const lost = always(() => [])
      a.damage(lost)
      b.damage(lost)
      await task.logged('line is recovering')
      a.damage(undefined)
      await live
    })
    assert.deepEqual(result.seen, { states: RECOVERED, reasons: [], missing: [] })
  })

  test('requests the missed frames after both connections hung up', async () => {
    const result = await line.both(async (a, b, task) => {
      const live = task.logged('line is live')
      a.cut()
      b.cut()
      await live
    })
    assert.equal(result.seen.states.join(), RECONNECTED.join())
    assert.deepEqual(result.seen.missing, [])
  })

  test('declares messages lost that both connections refuse to send again', async () => {
    const result = await line.both(async (a, b, task) => {
      const live = task.logged('line is live')
      const lost = always(() => [], hasHiddenMessage)
      for (const cable of [a, b]) {
        cable.refuseResends()
        cable.damage(lost)
      }
      await live
    })
    assert.deepEqual([result.seen.states, result.seen.reasons], [RECOVERED, []])
    assert.equal(result.stats.line.refused, 2)
    assertDeclared(result)
  })
})
