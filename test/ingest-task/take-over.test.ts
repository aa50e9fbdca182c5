import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Envelope } from '../../market/codec/envelope.ts'
import { timeOfDay } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { until } from '../until.ts'
import { HOST, LANES, MARKET, NOBODY } from './line-and-stream.ts'
import { assertOrdered, assertTrue, assertWhole, openTruth } from './line-truth.ts'
import type { TaskProcess } from './task-process.ts'
import { openTaskStage, type TaskStage } from './task-stage.ts'

const LINE = 2

interface Pair extends TaskStage {
  readonly holder: TaskProcess
  readonly standby: TaskProcess
}

/** Starts two tasks of a line, and waits until the second is ready to take over. */
async function openPair(t: TestContext): Promise<Pair> {
  const stage = await openTaskStage(t, LINE)
  const holder = stage.start()
  await holder.logged('line is live')
  const standby = stage.start()
  await standby.logged('ready to take the lease')
  await holder.logged('a standby is ready')
  return { ...stage, holder, standby }
}

/** Returns the ticks that a reader takes: none of an epoch before the newest of a lane, and none that a lane has passed. */
function readTicks(envelopes: readonly Envelope[]): { ticks: Tick[]; repeats: number } {
  let repeats = 0
  const ticks: Tick[] = []
  for (let lane = 0; lane < LANES; lane++) {
    const ofLane = envelopes.filter(envelope => envelope.line === LINE && envelope.lane === lane)
    const started = new Set<number>()
    let epoch = 0
    let sequence = 0
    for (const envelope of ofLane) {
      if (envelope.epoch < epoch) continue
      epoch = envelope.epoch
      started.add(epoch)
      if (envelope.kind !== 'ticks') continue
      for (const tick of envelope.ticks) {
        // The first epoch starts with a snapshot, whose ticks are in no order.
        if (started.size > 1 && tick.sequence <= sequence) repeats++
        else ticks.push(tick)
      }
      sequence = Math.max(sequence, ...envelope.ticks.map(tick => tick.sequence))
    }
  }
  return { ticks, repeats }
}

/** Checks the stream against the exchange, and returns its epochs in their order. */
async function checkStream({
  stream,
  clock,
  standby,
}: Omit<Pair, 'holder' | 'start'>): Promise<{ repeats: number; epochs: number[] }> {
  standby.child.kill('SIGTERM')
  assert.equal(await standby.ended, 0)
  const envelopes = await stream.envelopes()
  const truth = openTruth(MARKET).of(LINE, timeOfDay(clock.now()))
  const { ticks, repeats } = readTicks(envelopes)
  assertOrdered(ticks)
  assertTrue(ticks, truth)
  const live = assertWhole(ticks, truth)
  assert.ok(live > 50, `${live} messages after the snapshot`)
  const epochs = [...new Set(envelopes.map(({ epoch }) => epoch))].sort((a, b) => a - b)
  // The snapshot of the first task may follow messages that nobody has read.
  for (const envelope of envelopes) {
    if (envelope.kind !== 'ticks' || envelope.epoch === epochs[0]) continue
    for (const { lost } of envelope.ticks) assert.equal(lost, undefined)
  }
  return { repeats, epochs }
}

/** Waits until a task has put ticks of its own. */
async function untilPublished({ stream }: TaskStage, task: TaskProcess): Promise<void> {
  await task.logged('lease taken')
  const { epoch } = task.log.find(({ message }) => message === 'lease taken')!
  await until(async () => {
    const envelopes = await stream.envelopes()
    return envelopes.some(envelope => envelope.epoch === epoch && envelope.kind === 'ticks')
  }, `ticks of epoch ${epoch}`)
}

test('a standby goes on after a killed holder: no tick is lost', async t => {
  const pair = await openPair(t)
  await wait(300)
  pair.holder.child.kill('SIGKILL')
  await untilPublished(pair, pair.standby)
  await wait(300)
  const { epochs } = await checkStream(pair)
  assert.equal(epochs.length, 2)
})

test('a standby goes on after SIGTERM of the holder, and nothing comes twice', async t => {
  const pair = await openPair(t)
  await wait(300)
  pair.holder.child.kill('SIGTERM')
  assert.equal(await pair.holder.ended, 0)
  await untilPublished(pair, pair.standby)
  await wait(300)
  const { epochs, repeats } = await checkStream(pair)
  assert.deepEqual([epochs.length, repeats], [2, 0])
  const texts = pair.holder.log.map(({ message }) => message).filter(message => message !== 'figures')
  assert.deepEqual(texts.slice(-3), ['stopping', 'handing over', 'stopped'])
})

test('a holder that was frozen ends when it finds that it was overtaken', async t => {
  const pair = await openPair(t)
  await wait(300)
  pair.holder.child.kill('SIGSTOP')
  await untilPublished(pair, pair.standby)
  pair.holder.child.kill('SIGCONT')
  assert.equal(await pair.holder.ended, 1)
  assert.ok(pair.holder.log.some(({ message }) => message === 'overtaken by another task'))
  await wait(300)
  assert.equal((await checkStream(pair)).epochs.length, 2)
})

test('a task that never reaches the table publishes its line after some silence', async t => {
  const stage = await openTaskStage(t, LINE, `http://${HOST}:${NOBODY}`)
  const task = stage.start()
  await untilPublished(stage, task)
  await wait(500)
  const { epochs } = await checkStream({ ...stage, standby: task })
  assert.equal(epochs.length, 1)
})
