import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { timeOfDay } from '../../market/moment.ts'
import { startTables } from '../functions/tables.ts'
import { until } from '../until.ts'
import { openStream, type Stream } from './ingest-stream.ts'
import { LANES, MARKET, NOBODY } from './line-and-stream.ts'
import { assertOrdered, assertTrue, assertWhole, openTruth, ticksOf } from './line-truth.ts'
import { MAIN, taskEnvironment } from './task-process.ts'
import { openTaskStage } from './task-stage.ts'

const LINE = 3
const HEALTH_FILE = '/dev/null'

/** Returns whether the last envelope of every lane has a position that the next task can resume after. */
async function hasPositions(stream: Stream): Promise<boolean> {
  const last = new Map((await stream.envelopes()).map(({ lane, position }) => [lane, position]))
  return last.size === LANES && [...last.values()].every(position => position > 0)
}

test('a task resumes after a killed task without a gap or a repeat, and publishes everything on SIGTERM', async t => {
  const { stream, clock, start } = await openTaskStage(t, LINE)
  const killed = start()
  await killed.logged('line is live')
  await until(() => hasPositions(stream), 'an envelope with a position in every lane')
  await wait(500)
  killed.child.kill('SIGKILL')
  await killed.ended
  const stopped = start()
  await stopped.logged('line is live')
  await wait(500)
  stopped.child.kill('SIGTERM')
  assert.equal(await stopped.ended, 0)
  const stopping = stopped.log.filter(({ message }) => message.startsWith('stopp'))
  assert.deepEqual(
    stopping.map(({ message }) => message),
    ['stopping', 'stopped'],
  )

  const envelopes = await stream.envelopes()
  const truth = openTruth(MARKET).of(LINE, timeOfDay(clock.now()))
  const [first, second, ...others] = [...new Set(envelopes.map(({ epoch }) => epoch))].sort((a, b) => a - b)
  assert.deepEqual(others, [])
  for (let lane = 0; lane < LANES; lane++) {
    const ofLane = envelopes.filter(envelope => envelope.lane === lane)
    const last = ofLane.findLast(({ epoch }) => epoch === first)!
    const next = ofLane.find(({ epoch }) => epoch === second)!
    assert.deepEqual(next.follows, { epoch: first, counter: last.counter })
  }
  const ticks = ticksOf(envelopes, LINE)
  assertOrdered(ticks)
  assertTrue(ticks, truth)
  // After the first task's snapshot, every message has exactly one tick.
  const live = assertWhole(ticks, truth)
  assert.ok(live > 20, `${live} messages after the snapshot`)
  const after = ticksOf(
    envelopes.filter(({ epoch }) => epoch === second),
    LINE,
  )
  assert.ok(after.length > 20, `${after.length} messages after the restart`)
})

test('a task with an unexpected error logs it in one line and ends', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const tables = await startTables()
  t.after(() => tables[Symbol.asyncDispose]())
  // The folder does not exist, so the task cannot create its file.
  const environment = taskEnvironment({
    stream,
    tables,
    line: LINE,
    port: NOBODY,
    clock: 'system',
    healthFile: `${HEALTH_FILE}/until`,
  })
  const child = spawn(process.execPath, [MAIN], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  const last = JSON.parse(complaints.trimEnd().split('\n').at(-1)!) as Record<string, unknown>
  const { level, message, lineNumber } = last
  assert.deepEqual(
    { code, level, message, lineNumber },
    { code: 1, level: 'ERROR', message: 'task failed', lineNumber: LINE },
  )
  assert.match(JSON.stringify(last.error), /ENOTDIR|ENOENT/)
})

test('a task with an invalid environment ends at once and prints the problems', async () => {
  const child = spawn(process.execPath, [MAIN], { env: { LANES: '0' }, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 1)
  assert.match(
    complaint,
    /LINE_HOST: expected a value, got none\n(.*\n)*.*LANES: expected a whole number from 1 to 64, got "0"/,
  )
})
