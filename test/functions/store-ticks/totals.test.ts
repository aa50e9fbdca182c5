/** The totals of lanes: what a reader of the whole market sees after any delivery. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { STORE_WINDOW_SECONDS } from '../../../cdk/sizing.ts'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { readBatch } from '../../../functions/store-ticks/read-batch.ts'
import { storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { SPACING, totalsItems, WrittenTotals } from '../../../functions/store-ticks/totals-writer.ts'
import { KEY_FRAME_MARKET_TIME } from '../../../ingest-task/publish/key-frames.ts'
import { F } from '../../../market/board.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { decodeEnvelope, encodeBoards } from '../../../market/codec/envelope.ts'
import { laneName, laneNames, laneOf } from '../../../market/lane.ts'
import { type IssueTotals, totalsOf } from '../../../market/market-row.ts'
import { momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMicros, addMillis, asEpochSeconds, nowMillis, PRICE_SCALE } from '../../../market/units.ts'
import { readLaneTotals } from '../../../tables/ticks/lane-totals.ts'
import { type TicksItem, totalsKey, totalsTime } from '../../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { refusingClient } from '../refusing-client.ts'
import { LANES } from '../stored-lanes.ts'
import { openSender, sampleTicks, slicesOf, TRADING_DATE, ticksOfLine } from '../stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'
import { deliver, deliveriesOf, fate, recordsOf } from './batch-delivery.ts'

const EXPIRES = asEpochSeconds(2_000_000_000)
const MINUTE = 60_000_000
const laneOfTick = ({ board }: Tick): string => laneName(1, laneOf(board.issue, LANES))

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Returns envelopes of ticks with a key frame of every lane after each slice. */
function framedEnvelopes(slices: readonly (readonly Tick[])[]): Uint8Array[] {
  const sender = openSender(1)
  return slices.flatMap(slice => [...sender.send(slice), ...sender.keyFrames()])
}

/** Returns the items of a batch. */
const itemsOf = (envelopes: readonly Uint8Array[]) =>
  totalsItems(readBatch(recordsOf(envelopes), createEpochFence()).passed, EXPIRES)

/** Returns the totals of a lane by the truth, after its ticks up to a place in the stream. */
function truthOf(ticks: readonly Tick[], lane: string): IssueTotals[] {
  const latest = new Map(
    ticks.filter(tick => laneOfTick(tick) === lane).map(tick => [tick.board.issue, tick]),
  )
  return [...latest.values()]
    .flatMap(tick => totalsOf(tick) ?? [])
    .toSorted((a, b) => (a.issue < b.issue ? -1 : 1))
}

async function readSorted(table: TicksTable, lane: string, until: number) {
  const totals = await readLaneTotals(table, lane, TRADING_DATE, until)
  return totals && { ...totals, issues: totals.issues.toSorted((a, b) => (a.issue < b.issue ? -1 : 1)) }
}

const scenario = fc.tuple(ticksOfLine({ minLength: 1, maxLength: 30 })).chain(([ticks]) =>
  slicesOf(ticks).chain(slices =>
    fc.record({
      ticks: fc.constant(ticks),
      batches: deliveriesOf(recordsOf(framedEnvelopes(slices))),
      fates: fc.array(fc.tuple(fate, fc.nat()), { minLength: 1, maxLength: 4 }),
      isWarm: fc.boolean(),
    }),
  ),
)

test('the totals at any moment are those of ticks up to it, as they were together at one place of the stream', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, fc.nat(), async ({ ticks, batches, fates, isWarm }, luck) => {
      // One environment stores all batches, or each batch has a new one.
      const table = {
        ...(await addTicksTable(tables)),
        ...(isWarm ? { writtenTotals: new WrittenTotals() } : {}),
      }
      for (const [index, batch] of batches.entries()) {
        const [how, part] = fates[index % fates.length]!
        await deliver(table, batch, how, part)
      }
      for (const until of [ticks[luck % ticks.length]!.time, ticks.at(-1)!.time]) {
        for (const lane of laneNames(LANES)) {
          const found = await readSorted(table, lane, until)
          if (found === undefined) continue
          assert.ok(found.time <= until)
          const ofLane = ticks.filter(tick => laneOfTick(tick) === lane)
          const places = ofLane.map((_, count) => truthOf(ofLane.slice(0, count + 1), lane))
          assert.ok(
            places.some(place => isSame(place, found.issues)),
            `totals of ${lane} were never true`,
          )
        }
      }
      // Each stream ends with key frames. A delivery in halves may part a frame from its ticks, never from its boards.
      for (const lane of new Set(ticks.map(laneOfTick)))
        assert.deepEqual((await readSorted(table, lane, ticks.at(-1)!.time))?.issues, truthOf(ticks, lane))
    }),
    { numRuns: 25 },
  )
})

function isSame(a: readonly IssueTotals[], b: readonly IssueTotals[]): boolean {
  return JSON.stringify(a.map(Object.values)) === JSON.stringify(b.map(Object.values))
}

/** Returns a key frame of these ticks in parts of two, with counters from `first` on. */
function partsOf(ticks: readonly Tick[], first: number, epoch = 1): Uint8Array[] {
  const [header] = openSender(epoch).send([ticks[0]!]).map(decodeEnvelope)
  const parts = Math.ceil(ticks.length / 2)
  return Array.from({ length: parts }, (_, index) =>
    encodeBoards(
      { ...header!, counter: first + index },
      index + 1,
      parts,
      ticks.slice(2 * index, 2 * index + 2).map(({ trade: _, ...tick }) => tick),
    ),
  )
}

/** The latest ticks of four issues, as if they were of one lane. */
const BOARDS = [...new Map(sampleTicks(200).map(tick => [tick.board.issue, tick])).values()]

test('a key frame in parts counts when all its parts have come, one after the other', () => {
  const [one, two] = partsOf(BOARDS, 1) as [Uint8Array, Uint8Array]
  const again = partsOf(BOARDS, 7) as [Uint8Array, Uint8Array]
  assert.equal(BOARDS.length, 4)
  assert.equal(itemsOf([one, two]).length, 1)
  for (const incomplete of [[one], [two], [one, again[1]], [two, one], [one, one]])
    assert.deepEqual(itemsOf(incomplete), [])
  // Parts of two frames do not make a frame, also if a task was replaced between them.
  assert.deepEqual(itemsOf([one, partsOf(BOARDS, 1, 2)[1]!]), [])
  assert.equal(itemsOf([one, ...again]).length, 1)
  assert.equal(itemsOf([one, two, again[0]]).length, 1)
})

test('a batch has the totals of its last key frame, however long after the last tick the frame comes', () => {
  const sender = openSender(1)
  const ticks = sampleTicks(20).filter(tick => laneOfTick(tick) === '1-0')
  const last = ticks.at(-1)!.time
  const framesAfter = (duration: number): Uint8Array[] => [
    ...sender.complete(addMicros(momentOf(TRADING_DATE, last), duration)),
    ...sender.keyFrames(),
  ]
  const placesOf = (envelopes: readonly Uint8Array[]) =>
    itemsOf(envelopes).map(({ key, time }) => [key, time])
  const place = [totalsKey('1-0'), totalsTime(TRADING_DATE, last)]
  const sent = sender.send(ticks)
  assert.deepEqual(placesOf(sent), [])
  // The line was down from the tick on.
  assert.deepEqual(placesOf([...sent, ...framesAfter(10 * MINUTE)]), [place])
  // store-ticks was held up: one batch has the tick and many key frames after it.
  assert.deepEqual(placesOf([...sent, ...framesAfter(MINUTE / 6), ...framesAfter(9 * MINUTE)]), [place])
})

test('totals that do not change are written once, and again if the table did not take them', async () => {
  const table = await addTicksTable(tables)
  const sender = openSender(1)
  const ticks = sampleTicks(20).filter(tick => laneOfTick(tick) === '1-0')
  const [earlier, latest] = [ticks.slice(0, -1), ticks.slice(-1)]
  const writtenTotals = new WrittenTotals()
  /** Returns the times of the totals that a batch puts. */
  const putsOf = async (envelopes: readonly Uint8Array[], takesTotals: boolean): Promise<string[]> => {
    const isTotals = ({ key }: TicksItem): boolean => key.endsWith('#totals')
    const { client, requests } = refusingClient<TicksItem>(items =>
      items.filter(item => takesTotals || !isTotals(item)),
    )
    const options = {
      ...table,
      client,
      calendar: RULES,
      keepDays: 31,
      unitsPerLane: 1_000_000,
      writtenTotals,
    }
    const deadline = addMillis(nowMillis(), takesTotals ? 10_000 : 500)
    const { totalsError } = await storeBatch(recordsOf(envelopes), options, deadline, createEpochFence())
    assert.equal(totalsError === undefined, takesTotals)
    return [
      ...new Set(
        requests
          .flat()
          .filter(isTotals)
          .map(({ time }) => time),
      ),
    ]
  }
  const timeOf = (some: readonly Tick[]): string => totalsTime(TRADING_DATE, some.at(-1)!.time)
  assert.deepEqual(await putsOf([...sender.send(earlier), ...sender.keyFrames()], false), [timeOf(earlier)])
  assert.deepEqual(await putsOf(sender.keyFrames(), true), [timeOf(earlier)])
  assert.deepEqual(await putsOf(sender.keyFrames(), true), [])
  assert.deepEqual(await putsOf([...sender.send(latest), ...sender.keyFrames()], true), [timeOf(latest)])
  assert.deepEqual(await putsOf(sender.keyFrames(), true), [])
})

test('a batch of much market time has totals of moments within it, as they were there', () => {
  const sender = openSender(1)
  const minutes = 20
  const [tick] = sampleTicks(1)
  const of = laneOfTick(tick!)
  const sent = Array.from({ length: minutes }, (_, minute) => {
    const time = tick!.time + minute * MINUTE
    const values = tick!.board.values.slice()
    values[F.volume] = 100 * (minute + 1)
    values[F.last] = 1_000 * PRICE_SCALE
    const later = { ...tick!, time, sequence: tick!.sequence + minute, board: { ...tick!.board, values } }
    const read = addMicros(momentOf(TRADING_DATE, time), MINUTE)
    return [...sender.send([later]), ...sender.complete(read), ...sender.keyFrames()]
  }).flat()
  const items = itemsOf(sent).filter(({ key }) => key.startsWith(of))
  // Every second minute, back from the last one. The last reported moment is much later than most of them.
  const expected = Array.from({ length: minutes / 2 }, (_, index) => minutes - 1 - 2 * index)
  assert.deepEqual(
    items.map(({ time }) => time),
    expected.map(minute => totalsTime(TRADING_DATE, tick!.time + minute * MINUTE)),
  )
})

test('a usual batch has the totals of one moment, and a batch of a fast clock those of each key frame', () => {
  assert.ok(SPACING > 1_000_000 * STORE_WINDOW_SECONDS)
  assert.ok(SPACING <= KEY_FRAME_MARKET_TIME)
})

test('totals that the table does not take are reported, and the batch is stored', async () => {
  const table = await addTicksTable(tables)
  const { client } = refusingClient<TicksItem>(items => items.filter(({ key }) => !key.endsWith('#totals')))
  const records = recordsOf(framedEnvelopes([sampleTicks(5)]))
  const options = { ...table, client, calendar: RULES, keepDays: 31, unitsPerLane: 1_000_000 }
  const result = await storeBatch(records, options, addMillis(nowMillis(), 1_000), createEpochFence())
  assert.deepEqual([result.ticks, result.failedFrom], [5, undefined])
  assert.match(String(result.totalsError), /got \d left/)
})
