import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import type { Audience } from '../../contract/publication.ts'
import type { StreamRecord } from '../../functions/store-ticks/read-batch.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { decodeHeader } from '../../market/codec/envelope.ts'
import { dayRecordOf } from '../../market/day-record.ts'
import { DAY_MICROSECONDS, dateOf, momentOf, momentToIso, timeOfDay } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import {
  addMicros,
  asEpochMicros,
  asEpochSeconds,
  asTradingDate,
  type DayMicros,
  type EpochMicros,
  type TradingDate,
} from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { boardAsOf, boardsAsOf } from '../../prices/boards-answer.ts'
import { DELAY_MICROSECONDS, marketTime, visibleUntil } from '../../prices/cut.ts'
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
import { PriceTruth } from './price-truth.ts'
import { nowFor, sourceAt, standing } from './standing-source.ts'

const ISSUES = ['7203', '130A'] as const
const DATES = [LAST_OLD_DATE, FIRST_NEW_DATE] as const
const AUDIENCES: readonly Audience[] = ['everybody', 'registered']
/** After every test has ended. */
const EXPIRES = asEpochSeconds(Math.floor(Date.now() / 1000) + 3_600)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Two trading dates as the stream delivers them: in batches of any size, repeated, interrupted. */
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
          // A closed day between the two dates.
          momentNear(old).map(time => momentOf(asTradingDate(20241103), time)),
        ),
        { minLength: 1, maxLength: 2 },
      ),
      limit: fc.integer({ min: 1, max: 5 }),
      back: fc.nat({ max: 5 * DAY_MICROSECONDS }),
    }),
  )

/** Returns batches of all lanes together, or batches of single lanes in any order. */
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

/** Merges queues. Each queue keeps its order; `order` selects the queue of the next item. */
function interleaved<T>(queues: readonly (readonly T[])[], order: readonly number[]): T[] {
  const remaining = queues.map(queue => [...queue])
  const all: T[] = []
  for (let turn = 0; ; turn++) {
    const waiting = remaining.filter(({ length }) => length > 0)
    if (waiting.length === 0) return all
    all.push(waiting[order[turn % order.length]! % waiting.length]!.shift()!)
  }
}

/** Returns the trading date of a market time (epoch µs), and the time of that day. */
function placeOf(moment: EpochMicros): { date: TradingDate; until: DayMicros } {
  const date = RULES.latestTradingDate(moment)
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

/**
 * Compares every answer for one issue with the truth at `moment`.
 * @param named the moment as the request names it; `undefined` asks for the cut.
 */
async function checkAnswers(
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
  const shown = shownAt(RULES, moment)
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

/** Finishes the first date as close-of-day does. */
async function finish(table: TicksTable, final: boolean): Promise<void> {
  for (const issue of ISSUES) {
    const ticks = ticksBetween(table, issue, LAST_OLD_DATE, { time: 0, sequence: 0 }, DAY_MICROSECONDS)
    const record = await dayRecordOf(RULES.hoursOf(LAST_OLD_DATE), ticks, final)
    for (const Item of record === undefined ? [] : dayItems(record, EXPIRES))
      await table.client.send(new PutCommand({ TableName: table.table, Item }))
  }
}

test('every answer has all ticks up to the cut of its audience, and none after it', async () => {
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
            await checkAnswers(source, truth, issue, cut, undefined, { limit, back })
            const earlier = addMicros(cut, -(back % DAY_MICROSECONDS))
            await checkAnswers(source, truth, issue, earlier, momentToIso(earlier), { limit, back })
          }
          const { data } = await boardsAsOf(source, ISSUES, undefined)
          const { date, until } = placeOf(cut)
          const boards = ISSUES.flatMap(issue => new PriceTruth(ticks, issue).board(date, until) ?? [])
          assert.deepEqual(data.boards, boards)
          await refusesAll(source, momentToIso(addMicros(cut, 1)))
        }
      }
    }),
    { numRuns: 10 },
  )
})

/** Checks that every answer refuses the first microsecond after the cut. */
async function refusesAll(source: PriceSource, tooRecent: string): Promise<void> {
  const refused = { name: 'Problem', code: 'too-recent' }
  const range = { issue: ISSUES[0], from: undefined, to: tooRecent }
  const page = { ...range, limit: 1, after: undefined }
  await assert.rejects(boardAsOf(source, ISSUES[0], tooRecent), refused)
  await assert.rejects(boardsAsOf(source, ISSUES, tooRecent), refused)
  await assert.rejects(ticksOf(source, page), refused)
  await assert.rejects(tradesOf(source, page), refused)
  await assert.rejects(barsIn(source, { ...range, interval: '1d' }), refused)
  await assert.rejects(dayAsOf(source, ISSUES[0], tooRecent), refused)
}

test('the cut is twenty minutes ago for everybody', () => {
  const now = momentOf(FIRST_NEW_DATE, 36_000_000_000)
  for (const stored of [now, addMicros(now, -5), addMicros(now, -9_000_000_000)])
    assert.equal(visibleUntil('everybody', now, { stored, storing: 5 }), now - DELAY_MICROSECONDS)
})

test('the cut of registered users is what is stored, and at least what is usually stored by now', () => {
  const now = momentOf(FIRST_NEW_DATE, 36_000_000_000)
  const cutFor = (behind: number) =>
    now - visibleUntil('registered', now, { stored: addMicros(now, -behind), storing: 50 })
  assert.deepEqual([0, 1, 49, 50, 51, 9_000_000_000].map(cutFor), [0, 1, 49, 50, 50, 50])
  assert.equal(cutFor(-7), 0, 'never later than now')
  // Storing takes real time. A market clock of 7.5 times the speed passes 7.5 times as much market time.
  assert.equal(marketTime({ ...standing(now), speed: () => 7.5 }, 180), 1_350_000_000)
})
