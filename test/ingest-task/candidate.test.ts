import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeOfDay } from '../../market/moment.ts'
import { until } from '../until.ts'
import { MARKET, NOBODY } from './line-and-stream.ts'
import { assertOrdered, assertTrue, assertWhole, openTruth } from './line-truth.ts'
import { openTaskStage } from './task-stage.ts'

const LINE = 2
/** Ten seconds without progress of the holder, the hand-over, and a cold start. */
const TAKING = { limitMs: 40_000 }

test('a task with a line takes the lease of a first task that cannot reach its line', async t => {
  const { stream, clock, lease, start } = await openTaskStage(t, LINE)
  const first = start(NOBODY)
  await first.logged('lease taken')
  const isRenewed = async () => ((await lease())?.beat ?? 0) > 1
  await until(isRenewed, 'a renewed lease')
  assert.equal((await lease())?.works, false)
  const second = start()
  const isTaken = () => second.log.some(({ message }) => message === 'lease taken')
  const hasTicks = async (): Promise<boolean> =>
    (await stream.envelopes()).filter(({ kind }) => kind === 'ticks').length > 20
  await until(isTaken, 'the task with a line to hold the lease', TAKING)
  await until(hasTicks, 'ticks', TAKING)
  await until(async () => (await lease())?.works === true, 'a holder that works')
  second.child.kill('SIGTERM')
  assert.equal(await second.ended, 0)
  const envelopes = await stream.envelopes()
  const truth = openTruth(MARKET).of(LINE, timeOfDay(clock.now()))
  const ticks = envelopes.flatMap(envelope => (envelope.kind === 'ticks' ? envelope.ticks : []))
  assertOrdered(ticks)
  assertTrue(ticks, truth)
  assertWhole(ticks, truth)
  assert.equal(await first.ended, 0)
  assert.ok(first.log.some(({ message }) => message === 'handing over'))
})
