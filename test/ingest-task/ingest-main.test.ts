import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { formatSegments, parseClock } from '../../market/clock.ts'
import { momentOf, timeOfDay } from '../../market/moment.ts'
import { nowMillis, toEpochMillis } from '../../market/units.ts'
import { startTables } from '../functions/tables.ts'
import { until } from '../until.ts'
import { openStream, type Stream } from './ingest-stream.ts'
import { LANES, MARKET, NOBODY, openLines } from './line-and-stream.ts'
import { assertOrdered, assertTrue, assertWhole, openTruth, ticksOf } from './line-truth.ts'
import { MAIN, taskEnvironment } from './task-process.ts'

const LINE = 3
const HEALTH_FILE = '/dev/null'

/** Starts the task, and waits for its log message that the line is live. */
async function start(environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout! })) {
    const { message } = JSON.parse(line) as { message: string }
    if (message === 'line is live') break
  }
  child.stdout!.resume()
  return child
}

/** Returns whether the last envelope of every lane has a position that the next task can resume after. */
async function hasPositions(stream: Stream): Promise<boolean> {
  const last = new Map((await stream.envelopes()).map(({ lane, position }) => [lane, position]))
  return last.size === LANES && [...last.values()].every(position => position > 0)
}

test('a task resumes after a killed task without a gap or a repeat, and publishes everything on SIGTERM', async t => {
  const segments = [
    { real: nowMillis(), market: toEpochMillis(momentOf(MARKET.tradingDate, MARKET.from)), speed: 10 },
  ]
  const clock = parseClock(formatSegments(segments))
  const stream = await openStream()
  t.after(() => stream.close())
  const tables = await startTables()
  t.after(() => tables[Symbol.asyncDispose]())
  const lines = await openLines(clock)
  t.after(() => lines.close())
  const environment = taskEnvironment({
    stream,
    tables,
    line: LINE,
    port: lines.ports[LINE - 1]!,
    clock: formatSegments(segments),
    healthFile: HEALTH_FILE,
  })
  const killed = await start(environment)
  await until(() => hasPositions(stream), 'an envelope with a position in every lane')
  await wait(500)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const stopped = await start(environment)
  let logged = ''
  stopped.stdout!.setEncoding('utf8').on('data', chunk => {
    logged += chunk
  })
  await wait(500)
  stopped.kill('SIGTERM')
  const [code] = await once(stopped, 'close')
  assert.equal(code, 0)
  const stopping = logged.split('\n').filter(line => line.includes('"stopp'))
  assert.deepEqual(
    stopping.map(line => (JSON.parse(line) as { message: string }).message),
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
