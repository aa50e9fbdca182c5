import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LANES } from '../../../cdk/sizing.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { HOUR, SECOND } from '../../../local/exchange/hours.ts'
import { createRandom } from '../../../local/exchange/random.ts'
import { copyBoard } from '../../../market/board.ts'
import { decodeEnvelope, EnvelopeWriter, encodeEvents } from '../../../market/codec/envelope.ts'
import { laneOf } from '../../../market/lane.ts'
import type { StreamEvent } from '../../../market/market-event.ts'
import { isoTime } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { checkUpdates } from './app-account.ts'
import { type Findings, nothingFound } from './findings.ts'
import { LINE, TRADING_DATE } from './opening-record.ts'
import { checkStored } from './store-account.ts'
import { checkTicks } from './tick-account.ts'
import type { StreamEntry } from './watched-stream.ts'

const EPOCH = asEpochMillis(Date.UTC(2026, 10, 20))
const NEXT_EPOCH = asEpochMillis(EPOCH + 1)

/** The ticks of a small market around its opening, by their counter from 1. */
const truth: Tick[] = []
for (const event of openExchange({
  seed: 3,
  issues: 30,
  rate: 100,
  tradingDate: TRADING_DATE,
  from: 9 * HOUR - SECOND,
}).advance(9 * HOUR + 4 * SECOND)) {
  if (event.kind !== 'message' || event.line !== LINE) continue
  const { line, sequence, time, board, trade } = event
  const tick = { tradingDate: TRADING_DATE, line, sequence, time, board: copyBoard(board) }
  truth[sequence] = trade === undefined ? tick : { ...tick, trade }
}
const ticks = truth.slice(1)
/** The middle of a stream that two tasks publish. */
const HALF = Math.floor(ticks.length / 2)

/** Creates the stream of a task. Each envelope has the ticks of one lane among ten messages. */
function openTask(epoch: typeof EPOCH) {
  const counters = Array.from({ length: LANES }, () => 0)
  let place = 0
  const entryOf = (bytes: Uint8Array): StreamEntry => ({
    sequenceNumber: String(epoch * 1_000_000 + ++place),
    arrivedAt: asEpochMillis(epoch + place * 50),
    bytes,
    envelope: decodeEnvelope(bytes),
  })
  const headerOf = (lane: number, reached: number) => {
    const counter = ++counters[lane]!
    return { line: LINE, lane, epoch, counter, tradingDate: TRADING_DATE, position: 1, reached }
  }
  return {
    publish(some: readonly Tick[]): StreamEntry[] {
      const entries: StreamEntry[] = []
      for (let at = 0; at < some.length; at += 10) {
        const group = some.slice(at, at + 10)
        for (const [lane, inLane] of Map.groupBy(group, ({ board }) => laneOf(board.issue, LANES))) {
          const writer = new EnvelopeWriter()
          for (const tick of inLane) writer.add(tick)
          entries.push(entryOf(writer.finish(headerOf(lane, group.at(-1)!.sequence))))
        }
      }
      return entries
    },
    report: (event: StreamEvent): StreamEntry => entryOf(encodeEvents(headerOf(0, 1), [event])),
  }
}

async function findingsOf(entries: readonly StreamEntry[]): Promise<Findings> {
  const found = nothingFound()
  checkTicks(entries, truth, found, USUAL)
  checkUpdates(entries, truth, found, USUAL)
  await checkStored(entries, truth, found, createRandom(1))
  return found
}

const USUAL = { isCold: false, isClockWrong: false }
const counts = ({ lost, doubled, wrong, reported }: Findings) => ({ lost, doubled, wrong, reported })
const NOTHING = { lost: 0, doubled: 0, wrong: 0, reported: 0 }

test('a stream of one task with every tick is faultless', async () => {
  const found = await findingsOf(openTask(EPOCH).publish(ticks))
  assert.deepEqual(counts(found), NOTHING, found.problems.join('\n'))
})

test('a message that the stream lacks is lost, also for apps and readers of the table', async () => {
  const missing = ticks.find(({ trade, sequence }) => trade !== undefined && sequence > HALF)!
  const found = await findingsOf(openTask(EPOCH).publish(ticks.filter(tick => tick !== missing)))
  assert.equal(found.lost, 3, found.problems.join('\n'))
})

test('ticks of the replaced task that the next one lacks are lost', async () => {
  const first = openTask(EPOCH).publish(ticks.slice(0, HALF))
  const late = openTask(EPOCH)
  late.publish(ticks.slice(0, HALF))
  const next = openTask(NEXT_EPOCH).publish(ticks.slice(HALF + 10))
  const found = nothingFound()
  checkTicks([...first, ...next, ...late.publish(ticks.slice(HALF, HALF + 10))], truth, found, USUAL)
  assert.equal(found.lost, 10)
})

test('a wrong board and a false mark are wrong', async () => {
  const changed = ticks.map((tick, index) => {
    if (index !== HALF) return tick
    const board = copyBoard(tick.board)
    board.values[0]! += 1
    return { ...tick, board }
  })
  const found = nothingFound()
  checkTicks(openTask(EPOCH).publish(changed), truth, found, USUAL)
  assert.equal(found.wrong, 1, found.problems.join('\n'))
  const marked = nothingFound()
  const lost = ticks.map((tick, index): Tick => (index === HALF ? { ...tick, lost: true } : tick))
  checkTicks(openTask(EPOCH).publish(lost), truth, marked, USUAL)
  assert.equal(marked.wrong, 1)
})

test('a lane that is reported as complete too early is wrong', () => {
  const until = isoTime(TRADING_DATE, ticks[HALF + 20]!.time)
  const task = openTask(EPOCH)
  const before = [...task.publish(ticks.slice(0, HALF)), task.report({ type: 'complete', until })]
  const found = nothingFound()
  checkTicks([...before, ...task.publish(ticks.slice(HALF))], truth, found, USUAL)
  assert.equal(found.wrong, 1)
})

test('lost messages are reported after both tasks have died, and wrong at any other time', () => {
  for (const [isCold, expected] of [
    [true, { ...NOTHING, reported: 10 }],
    [false, { ...NOTHING, lost: 10, wrong: 1 }],
  ] as const) {
    const task = openTask(EPOCH)
    const entries = [
      ...task.publish(ticks.slice(0, HALF)),
      task.report({ type: 'line', line: LINE, state: 'live', since: isoTime(TRADING_DATE, 0), lost: 10 }),
      ...task.publish(ticks.slice(HALF + 10)),
    ]
    const found = nothingFound()
    checkTicks(entries, truth, found, { ...USUAL, isCold })
    assert.deepEqual(counts(found), expected)
  }
})
