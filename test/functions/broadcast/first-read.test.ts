import assert from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitForFirstRead } from '../../../functions/broadcast/first-read.ts'

interface Course {
  /** By time (ms): the number of rooms that are known from then on. */
  readonly known?: Readonly<Record<number, number>>
  /** When all rooms are read (ms). */
  readonly readAt?: number
  readonly pause?: number
}

/** Returns how long an environment waits (ms), by a mocked clock. */
async function waitOf(t: TestContext, { known = {}, readAt, pause = 50 }: Course): Promise<number> {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 0 })
  // Named imports of built-in modules get the mocked functions only so.
  syncBuiltinESMExports()
  t.mock.method(performance, 'now', () => Date.now())
  const knownRooms = (): number => {
    const times = Object.keys(known).map(Number)
    return known[Math.max(-1, ...times.filter(time => time <= Date.now()))] ?? 0
  }
  const refresh = readAt === undefined ? new Promise<void>(() => {}) : sleep(readAt)
  let end: number | undefined
  const waiting = waitForFirstRead({ knownRooms }, refresh, pause).then(() => {
    end = Date.now()
  })
  while (end === undefined && Date.now() < 5_000) {
    await new Promise(setImmediate)
    if (end === undefined) t.mock.timers.tick(1)
  }
  await waiting
  t.mock.reset()
  t.mock.timers.reset()
  syncBuiltinESMExports()
  return end ?? Number.NaN
}

test('an environment waits until all rooms are read', async t => {
  assert.equal(await waitOf(t, { readAt: 30 }), 30)
  assert.equal(await waitOf(t, { readAt: 230, known: { 40: 1, 90: 2, 140: 3, 190: 4 } }), 230)
})

test('it gives up after a second without any room, also with a longer pause', async t => {
  assert.equal(await waitOf(t, {}), 1_000)
  assert.equal(await waitOf(t, { pause: 700 }), 1_000)
})

test('it gives up after a pause in which no further room was read', async t => {
  assert.equal(await waitOf(t, { known: { 0: 1 } }), 50)
  assert.equal(await waitOf(t, { known: { 120: 1, 160: 2 } }), 250)
})
