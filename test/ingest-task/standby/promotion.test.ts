/** A standby that takes over while the replaced task goes on, as readers of the stream see it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLaneOrder } from '../../../functions/broadcast/lane-order.ts'
import { Ingest } from '../../../ingest-task/ingest.ts'
import type { LineContent } from '../../../ingest-task/line-seam.ts'
import type { Published } from '../../../ingest-task/publish/recover.ts'
import { snapshotMessage } from '../../../local/exchange/flex.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import { type Clock, systemClock } from '../../../market/clock.ts'
import { laneOf } from '../../../market/lane.ts'
import { momentOf } from '../../../market/moment.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { collectLog } from '../collect-log.ts'
import { handFedLine } from '../hand-fed-line.ts'
import { openStream, STREAM } from '../ingest-stream.ts'

const LINE = 2
const LANES = 2
const DATE = asTradingDate(20261120)
const NINE = 9 * 3_600_000_000
const EPOCH = 1_795_132_800_000
/** Three issues in each lane. */
const ISSUES = [0, 1].flatMap(lane =>
  Array.from({ length: 50 }, (_, index) => String(1300 + index))
    .filter(code => laneOf(code, LANES) === lane)
    .slice(0, 3),
)
const clock: Clock = { ...systemClock, now: () => momentOf(DATE, NINE) }

/** Returns message `sequence` of the line: the next board of an issue. */
function message(sequence: number): Uint8Array {
  const board = emptyBoard(ISSUES[sequence % ISSUES.length]!)
  board.values[F.updateNumber] = Math.ceil(sequence / ISSUES.length)
  board.values[F.statusTime] = NINE - 1_000_000 + sequence
  return snapshotMessage(board, LINE, sequence)
}

/** Content in the order of the line. The line numbers it from the first live message on. */
const live = (sequence: number): LineContent => ({
  kind: 'messages',
  bytes: message(sequence),
  snapshot: false,
  position: sequence,
})
const boards: readonly LineContent[] = [
  { kind: 'opened', tradingDate: DATE, position: 0 },
  ...ISSUES.map((_, sequence): LineContent => {
    return { kind: 'messages', bytes: message(sequence + 1), snapshot: true, position: 0 }
  }),
  { kind: 'snapshot-end', position: ISSUES.length },
]
const FIRST = ISSUES.length + 1

test('readers get every tick and no gap, although the replaced task goes on, and the losses of the line stay known', async t => {
  const stream = await openStream()
  const ingests: Ingest[] = []
  t.after(async () => {
    await Promise.all(ingests.map(ingest => ingest.close()))
    await stream.close()
  })
  const open = (published: Published | undefined, isStandby: boolean) => {
    const line = handFedLine()
    const ingest = new Ingest({
      config: { line: LINE, lanes: LANES, streamName: STREAM, clock },
      client: stream.client,
      openLine: line.open,
      log: collectLog(),
      published,
      isStandby,
      epoch: asEpochMillis(EPOCH),
      delivered() {},
    })
    ingests.push(ingest)
    return { ingest, deliver: line.deliver }
  }
  const lanes = Array.from({ length: LANES }, () => ({ epoch: asEpochMillis(1), counter: 1, sequence: 0 }))
  const before: Published = {
    tradingDate: DATE,
    position: 1,
    reached: 0,
    lanes,
    boards: [],
    lost: 4,
    master: [],
  }
  const holder = open(before, false)
  const standby = open(undefined, true)
  const tasks = [holder, standby]
  const deliver = (...contents: readonly LineContent[]): void => {
    for (const content of contents) for (const task of tasks) task.deliver(content)
  }
  const published = ({ ingest }: typeof holder, reached: number) =>
    until(async () => ingest.place?.reached === reached, `everything up to message ${reached} in the stream`)
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index)

  holder.deliver({ kind: 'opened', tradingDate: DATE, position: 1 })
  for (const content of boards.slice(1, -1)) holder.deliver(content)
  holder.deliver(boards.at(-1)!)
  for (const content of boards) standby.deliver(content)
  deliver({ kind: 'state', state: 'live', since: clock.now() }, ...numbers(FIRST, 20).map(live))
  await published(holder, 20)
  const place = JSON.parse(JSON.stringify(holder.ingest.place))
  assert.equal(place.lost, 4)
  const news = { kind: 'news', time: NINE, headline: '新製品', issues: [], position: 30 } as const
  deliver(...numbers(21, 30).map(live), news)
  await published(holder, 30)
  assert.ok(standby.ingest.covers(place))
  standby.ingest.promote(asEpochMillis(EPOCH + 1), place)
  deliver(...numbers(31, 40).map(live))
  await Promise.all([published(standby, 40), published(holder, 40)])

  const order = createLaneOrder()
  const envelopes = await stream.envelopes()
  const places = envelopes.map(envelope => ({ envelope, place: order.enter(envelope) }))
  assert.equal(
    places.filter(({ place }) => place === 'gap').length,
    LANES,
    'the first envelopes of the lanes',
  )
  const taken = places.filter(({ place }) => place !== 'late').map(({ envelope }) => envelope)
  const sequences = taken.flatMap(({ kind, ...envelope }) =>
    kind === 'ticks' && 'ticks' in envelope ? envelope.ticks.map(({ sequence }) => sequence) : [],
  )
  assert.deepEqual(
    [...new Set(sequences)].sort((a, b) => a - b),
    numbers(1, 40),
  )
  const events = taken.flatMap(envelope =>
    envelope.kind === 'events' && envelope.epoch === EPOCH + 1 ? envelope.events : [],
  )
  // A slow machine repeats the state.
  const kinds = new Set(events.map(event => (event.type === 'line' ? `lost ${event.lost}` : event.type)))
  kinds.delete('complete')
  assert.deepEqual([...kinds], ['lost 4', 'news'])
})
