import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Published } from '../../ingest-task/publish/recover.ts'
import { snapshotMessage } from '../../local/exchange/flex.ts'
import { copyBoard, emptyBoard, F } from '../../market/board.ts'
import { type Clock, systemClock } from '../../market/clock.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../market/units.ts'
import { type LineMessage, readMessages, withTag } from './flex/bad-message.ts'
import { handFedLine } from './hand-fed-line.ts'
import { openStream } from './ingest-stream.ts'
import { runIngest } from './line-and-stream.ts'
import { ticksOf } from './line-truth.ts'

const LINE = 1
const DATE = asTradingDate(20261120)
const HOUR = 3_600_000_000
const LATEST = 86_399_999_999
const messages = readMessages(7)
/** Market time stands still after all messages came. */
const NOW = 9 * HOUR + 60_000_000
const clock: Clock = { ...systemClock, now: () => momentOf(DATE, NOW) }

async function open(t: TestContext, published?: Published) {
  const stream = await openStream()
  const line = handFedLine()
  const task = runIngest(stream, clock, LINE, 0, { opener: () => line.open, published })
  t.after(async () => {
    await task.close()
    await stream.close()
  })
  line.deliver({ kind: 'opened', tradingDate: DATE, position: published?.position ?? 0 })
  let position = published?.position ?? 0
  return {
    stream,
    task,
    line,
    live: (...some: LineMessage[]) =>
      line.deliver({
        kind: 'messages',
        bytes: Buffer.concat(some.map(({ bytes }) => bytes)),
        snapshot: false,
        position: ++position,
      }),
  }
}

test('a bad message is passed over the third time it comes, and the messages after it are read', async t => {
  const { task, line, live } = await open(t)
  assert.ok(live(...messages.slice(0, 80)))
  const [bad, ...others] = messages.slice(80, 90)
  const frame = [{ ...bad!, bytes: withTag(bad!.bytes, 'ST', 0, 'SX') }, ...others]
  assert.deepEqual([live(...frame), live(...frame)], [false, false])
  assert.equal(task.stats().ticks, 80)
  assert.equal(live(...frame), false)
  const sameIssue = others.filter(({ issue }) => issue === bad!.issue).length
  assert.equal(task.stats().ticks, 89 - sameIssue)
  assert.equal(task.stats().lost, 1 + sameIssue)
  // A line without snapshots delivers the frame again: everything in it is known.
  assert.ok(live(...frame))
  assert.ok(live(...messages.slice(90, 100)))
  // The whole board of the issue heals it.
  const board = copyBoard(emptyBoard(bad!.issue))
  board.values[F.updateNumber] = 1
  line.deliver({ kind: 'messages', bytes: snapshotMessage(board, LINE, 100), snapshot: true, position: 0 })
  line.deliver({ kind: 'snapshot-end', position: 1000 })
  const before = task.stats().ticks
  assert.ok(live(...messages.slice(100, 140)))
  assert.equal(task.stats().ticks, before + 40)
})

test('impossible values are counted, and one warning in ten seconds names them', async t => {
  const { task, live } = await open(t)
  const changed = messages
    .slice(0, 100)
    .map((message, index) =>
      index < 90 ? message : { ...message, bytes: withTag(message.bytes, 'ST', 10, '235959999999') },
    )
  assert.ok(live(...changed))
  const { impossibleTimes, impossibleValues, ticks } = task.stats()
  assert.deepEqual(
    { impossibleTimes, impossibleValues, ticks },
    { impossibleTimes: 10, impossibleValues: 0, ticks: 100 },
  )
  const warnings = task.log.filter(({ message }) => message === 'impossible values in a market message')
  assert.deepEqual(
    warnings.map(({ details }) => details),
    [{ messages: 1, issue: messages[90]!.issue, sequence: 91, fields: { statusTime: LATEST } }],
  )
})

test('news and phases of the future have the time of their arrival', async t => {
  const { stream, task, line } = await open(t)
  line.deliver({ kind: 'news', time: LATEST, headline: '上方修正', issues: [], position: 1 })
  line.deliver({ kind: 'phase', time: LATEST, phase: 'morning', position: 2 })
  line.deliver({ kind: 'phase', time: 9 * HOUR, phase: 'morning', position: 3 })
  assert.equal(task.stats().impossibleTimes, 2)
  await task.close()
  const events = (await stream.envelopes()).flatMap(envelope =>
    envelope.kind === 'events' ? envelope.events : [],
  )
  assert.deepEqual(
    events.flatMap(event => ('time' in event ? [event.time] : [])),
    [
      '2026-11-20T09:01:00.000000+09:00',
      '2026-11-20T09:01:00.000000+09:00',
      '2026-11-20T09:00:00.000000+09:00',
    ],
  )
})

test('a new task does not inherit a time that is to come', async t => {
  const board = emptyBoard(messages[0]!.issue)
  board.values[F.updateNumber] = 1
  board.values[F.statusTime] = LATEST
  const published: Published = {
    tradingDate: DATE,
    position: 7,
    reached: 1,
    lanes: [0, 1, 2].map(() => ({ epoch: asEpochMillis(1), counter: 1, sequence: 1 })),
    boards: [{ tradingDate: DATE, line: LINE, sequence: 1, time: LATEST, board }],
    lost: 0,
    master: [],
  }
  const { stream, task, line, live } = await open(t, published)
  assert.equal(line.resume?.time, NOW)
  assert.ok(live(...messages.slice(0, 60)))
  await task.close()
  const ticks = ticksOf(await stream.envelopes(), LINE)
  const times = (ofIssue: readonly Tick[]): number[] => ofIssue.map(({ time }) => time)
  assert.equal(ticks.length, 59)
  assert.ok(times(ticks).every(time => time <= NOW + 1_000_000))
  assert.ok(ticks.every(({ board: { values } }) => values[F.statusTime]! <= NOW + 1_000_000))
})
