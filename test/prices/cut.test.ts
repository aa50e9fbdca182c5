import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import type { StreamRecord } from '../../functions/store-ticks/read-batch.ts'
import { latestTradingDate } from '../../market/calendar.ts'
import { decodeHeader } from '../../market/codec/envelope.ts'
import { dayRecordOf } from '../../market/day-record.ts'
import { DAY_MICROSECONDS, dateOf, momentOf, momentToIso, timeOfDay } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import {
  addMicros,
  asEpochMicros,
  asTradingDate,
  type DayMicros,
  type EpochMicros,
  type TradingDate,
} from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { boardAsOf, boardsAsOf } from '../../prices/boards-answer.ts'
import { type Audience, DELAY_MICROSECONDS, visibleUntil, youngestVisible } from '../../prices/cut.ts'
import { dayAsOf, shownAt } from '../../prices/days-answer.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import { ticksOf, tradesOf } from '../../prices/ticks-answer.ts'
import { dayItems } from '../../tables/ticks/day-items.ts'
import { ticksBetween } from '../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { dayOf, FIRST_NEW_DATE, LAST_OLD_DATE, momentNear } from '../functions/random-days.ts'
import { deliver, deliveriesOf, fate, recordsOf } from '../functions/store-ticks/batch-delivery.ts'
import { envelopesOf, slicesOf } from '../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { nowFor, sourceAt, standing } from './price-source.ts'
import { PriceTruth } from './price-truth.ts'

const ISSUES = ['7203', '130A'] as const
const DATES = [LAST_OLD_DATE, FIRST_NEW_DATE] as const
const AUDIENCES: readonly Audience[] = ['everybody', 'registered']
/** After every test has ended. */
const EXPIRES = Math.floor(Date.now() / 1000) + 3_600

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Two trading dates as the stream brings them: in batches of any size, again, cut off. */
const scenario = fc
  .tuple(
    dayOf(LAST_OLD_DATE, ISSUES, { minLength: 1, maxLength: 25 }),
    dayOf(FIRST_NEW_DATE, ISSUES, { minLength: 1, maxLength: 25 }),
  )
  .chain(([old, recent]) =>
    fc.record({
      ticks: fc.constant([...old, ...recent]),
      deliveries: fc.tuple(...[old, recent].map(day => slicesOf(day).chain(deliveriesFor))),
      fates: fc.array(fc.tuple(fate, fc.nat()), { minLength: 1, maxLength: 4 }),
      finished: fc.constantFrom(undefined, false, true),
      moments: fc.array(
        fc.oneof(
          momentNear(recent).map(time => momentOf(FIRST_NEW_DATE, time)),
          momentNear(old).map(time => momentOf(LAST_OLD_DATE, time)),
          // Two closed days stand between the dates.
          momentNear(old).map(time => momentOf(asTradingDate(20241103), time)),
        ),
        { minLength: 1, maxLength: 2 },
      ),
      limit: fc.integer({ min: 1, max: 5 }),
      back: fc.nat({ max: 5 * DAY_MICROSECONDS }),
    }),
  )

/** Batches of all lanes together, or of each lane alone, one lane before another in any order. */
function deliveriesFor(slices: Tick[][]): fc.Arbitrary<StreamRecord[][]> {
  const envelopes = envelopesOf(slices)
  const lanes = Map.groupBy(envelopes, bytes => decodeHeader(bytes).header.lane)
  const alone = fc
    .tuple(
      fc.tuple(...[...lanes.values()].map(lane => deliveriesOf(recordsOf(lane)))),
      fc.array(fc.nat(), { minLength: 1 }),
    )
    .map(([ofLanes, order]) => interleaved(ofLanes, order))
  return fc.oneof(deliveriesOf(recordsOf(envelopes)), alone)
}

/** All of `queues`, each in its order; `order` says from which one the next comes. */
function interleaved<T>(queues: readonly (readonly T[])[], order: readonly number[]): T[] {
  const left = queues.map(queue => [...queue])
  const all: T[] = []
  for (let turn = 0; ; turn++) {
    const waiting = left.filter(({ length }) => length > 0)
    if (waiting.length === 0) return all
    all.push(waiting[order[turn % order.length]! % waiting.length]!.shift()!)
  }
}

/** Of a market time: its trading date, and how far into it. */
function placeOf(moment: EpochMicros): { date: TradingDate; until: DayMicros } {
  const date = latestTradingDate(moment)
  return { date, until: dateOf(moment) === date ? timeOfDay(moment) : DAY_MICROSECONDS - 1 }
}

async function pagesOf<T>(
  ask: (after: string | undefined) => Promise<{ page: T[]; next?: string }>,
): Promise<T[]> {
  const all: T[] = []
  let after: string | undefined
  do {
    const { page, next } = await ask(after)
    all.push(...page)
    after = next
  } while (after !== undefined)
  return all
}

/** Every route of one issue against the truth at `moment`, which `named` says or the cut is. */
async function check(
  source: PriceSource,
  truth: PriceTruth,
  issue: string,
  moment: EpochMicros,
  named: string | undefined,
  { limit, back }: { limit: number; back: number },
): Promise<void> {
  const { date, until } = placeOf(moment)
  const asOf = momentToIso(moment)
  const board = await boardAsOf(source, issue, named)
  assert.deepEqual(board.data.board, truth.board(date, until))
  assert.equal(board.stamp.asOf, asOf)

  const start = asEpochMicros(Math.max(momentOf(date, 0), moment - back))
  const from = dateOf(start) === date ? timeOfDay(start) : DAY_MICROSECONDS - 1
  const range = { issue, from: momentToIso(start), to: named }
  const ticks = await pagesOf(async after => {
    const { data } = await ticksOf(source, { ...range, limit, after })
    assert.ok(data.ticks.length <= limit)
    return { page: data.ticks, ...(data.next && { next: data.next }) }
  })
  assert.deepEqual(ticks, truth.ticks(date, from, until))
  const trades = await pagesOf(async after => {
    const { data } = await tradesOf(source, { ...range, limit, after })
    return { page: data.trades, ...(data.next && { next: data.next }) }
  })
  assert.deepEqual(trades, truth.trades(date, from, until))

  const long = { issue, from: momentToIso(addMicros(moment, -back)), to: named }
  for (const [interval, minutes] of [
    ['1m', 1],
    ['1h', 60],
  ] as const) {
    const { data } = await barsIn(source, { ...long, interval })
    const expected = partsOf(addMicros(moment, -back), moment).flatMap(part =>
      truth.bars(part.date, part.from, part.until, minutes),
    )
    assert.deepEqual(data.bars, expected, interval)
  }
  const { data: days } = await barsIn(source, { ...long, interval: '1d' })
  assert.deepEqual(
    days.bars,
    partsOf(addMicros(moment, -back), moment).flatMap(part => truth.dayBar(part.date, part.until)),
  )

  const { data } = await dayAsOf(source, issue, named)
  const shown = shownAt(moment)
  const { open, high, low, last } = data.day
  const four = [open, high, low, last].map(point => point?.price)
  assert.deepEqual(open === undefined ? undefined : four, truth.prices(shown.date, shown.until))
}

function partsOf(from: EpochMicros, to: EpochMicros): { date: TradingDate; from: number; until: number }[] {
  const end = placeOf(to)
  return DATES.filter(date => date >= dateOf(from) && date <= end.date).map(date => ({
    date,
    from: date === dateOf(from) ? timeOfDay(from) : 0,
    until: date === end.date ? end.until : DAY_MICROSECONDS - 1,
  }))
}

/** The day before as close-of-day leaves it. */
async function finish(table: TicksTable, final: boolean): Promise<void> {
  for (const issue of ISSUES) {
    const ticks = ticksBetween(table, issue, LAST_OLD_DATE, { time: 0, sequence: 0 }, DAY_MICROSECONDS)
    const record = await dayRecordOf(ticks, final)
    for (const Item of record === undefined ? [] : dayItems(record, EXPIRES))
      await table.client.send(new PutCommand({ TableName: table.table, Item }))
  }
}

test('no answer holds anything younger than its audience may see, and none misses anything older', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ ticks, deliveries, fates, finished, moments, limit, back }) => {
      const table = await addTicksTable(tables)
      for (const [index, batch] of deliveries.flat().entries()) {
        const [how, luck] = fates[index % fates.length]!
        await deliver(table, batch, how, luck)
      }
      if (finished !== undefined) await finish(table, finished)
      for (const cut of moments) {
        for (const audience of AUDIENCES) {
          const source = sourceAt(table, audience, nowFor(audience, cut))
          for (const issue of ISSUES) {
            const truth = new PriceTruth(ticks, issue)
            await check(source, truth, issue, cut, undefined, { limit, back })
            const earlier = addMicros(cut, -(back % DAY_MICROSECONDS))
            await check(source, truth, issue, earlier, momentToIso(earlier), { limit, back })
          }
          const { data } = await boardsAsOf(source, ISSUES, undefined)
          const { date, until } = placeOf(cut)
          const boards = ISSUES.flatMap(issue => new PriceTruth(ticks, issue).board(date, until) ?? [])
          assert.deepEqual(data.boards, boards)
          await refuses(source, momentToIso(addMicros(cut, 1)))
        }
      }
    }),
    { numRuns: 10 },
  )
})

/** The first microsecond behind the cut, named in every way. */
async function refuses(source: PriceSource, young: string): Promise<void> {
  const refused = { name: 'Problem', code: 'too-recent' }
  const range = { issue: ISSUES[0], from: undefined, to: young }
  const page = { ...range, limit: 1, after: undefined }
  await assert.rejects(boardAsOf(source, ISSUES[0], young), refused)
  await assert.rejects(boardsAsOf(source, ISSUES, young), refused)
  await assert.rejects(ticksOf(source, page), refused)
  await assert.rejects(tradesOf(source, page), refused)
  await assert.rejects(barsIn(source, { ...range, interval: '1d' }), refused)
  await assert.rejects(dayAsOf(source, ISSUES[0], young), refused)
}

test('the cut is twenty minutes for everybody, and what storing takes for the registered', () => {
  const now = momentOf(FIRST_NEW_DATE, 36_000_000_000)
  assert.equal(visibleUntil('everybody', now, 5), now - DELAY_MICROSECONDS)
  assert.equal(visibleUntil('registered', now, 5), now - 5)
  // Storing takes real time: as much more of the market's as that is faster.
  const clock = { ...standing(now), speed: () => 7.5 }
  assert.equal(youngestVisible('registered', clock, 180), now - 1_350_000_000)
  assert.equal(youngestVisible('everybody', clock, 180), now - DELAY_MICROSECONDS)
})
