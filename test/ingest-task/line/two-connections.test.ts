import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cable } from './cable.ts'
import {
  always,
  assertDeclared,
  type FaultyLine,
  first,
  LIVE,
  openFaultyLine,
  RECONNECTED,
  RECOVERED,
  type Result,
  tellsTwice,
  withBadMessage,
  withByte,
} from './line-faults.ts'

/** Milliseconds that a slow connection is behind: less than it gets to fill, more than one turn of anything. */
const LAG = 200

let line: FaultyLine

before(async () => {
  line = await openFaultyLine()
})
after(() => line.close())

function assertUnnoticed({ seen, stats }: Result, reasons = ''): void {
  assert.deepEqual({ ...seen, reasons: seen.reasons.join() }, { states: LIVE, reasons, missing: [] })
  assert.equal(stats.line.resends, 0)
}

/** Lags by more than one frame, so that what it carries is the same as ever, only later. */
async function lag(cable: Cable): Promise<void> {
  cable.delay(LAG)
  await wait(LAG)
}

describe('a line with two connections, one of which misbehaves', { concurrency: 3 }, () => {
  for (const [name, pick] of [
    ['A', (a: Cable, _: Cable) => a],
    ['B', (_: Cable, b: Cable) => b],
  ] as const) {
    test(`${name} may hang up without anybody noticing`, async () => {
      const result = await line.both(async (a, b, task) => {
        const ended = task.logged('connection to the line ended')
        pick(a, b).cut()
        await ended
      })
      // Whether a hang-up comes in the middle of something is chance.
      assertUnnoticed(result, result.seen.reasons.join() === 'socket' ? 'socket' : 'closed')
    })

    test(`${name} may go silent without anybody noticing`, async () => {
      const result = await line.both(async (a, b, task) => {
        const ended = task.logged('connection to the line ended')
        pick(a, b).freeze()
        await ended
      })
      assertUnnoticed(result, 'silent')
    })

    test(`${name} may lag, and the other wins`, async () => {
      const result = await line.both(async (a, b) => {
        await lag(pick(a, b))
        await wait(3 * LAG)
      })
      assertUnnoticed(result)
      const { A, B } = result.stats.line.wins
      assert.ok(name === 'A' ? B! > A! : A! > B!)
      assert.equal(result.stats.line.repeats, 0)
    })

    test(`${name} may lose what the other brings later`, async () => {
      const result = await line.both(async (a, b) => {
        const bad = pick(a, b)
        await lag(bad === a ? b : a)
        bad.damage(first(5, () => []))
        await wait(3 * LAG)
      })
      assertUnnoticed(result)
    })

    test(`${name} may bring what cannot be read, and is reset`, async () => {
      const result = await line.both(async (a, b, task) => {
        const ended = task.logged('connection to the line ended')
        await lag(pick(a, b) === a ? b : a)
        pick(a, b).damage(first(1, frame => [withByte(frame, frame.length - 1)]))
        await ended
      })
      assertUnnoticed(result, 'frame-crc')
    })
  }

  test('a bad message inside a good frame is made good by the other copy', async () => {
    const result = await line.both(async (a, b) => {
      await lag(b)
      a.damage(first(1, withBadMessage))
      await wait(3 * LAG)
    })
    assertUnnoticed(result)
    assert.equal(result.stats.badMessages, 1)
  })

  test('a frame that both have lost is asked for again', async () => {
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

  test('when both hang up, what was missed is asked for again', async () => {
    const result = await line.both(async (a, b, task) => {
      const live = task.logged('line is live')
      a.cut()
      b.cut()
      await live
    })
    assert.equal(result.seen.states.join(), RECONNECTED.join())
    assert.deepEqual(result.seen.missing, [])
  })

  test('what both refuse to send again is declared lost', async () => {
    const result = await line.both(async (a, b, task) => {
      const live = task.logged('line is live')
      const lost = always(() => [], tellsTwice)
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
