import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { PutCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { extendTo, MESSAGES_PER_EXTENSION } from '../../../functions/store-ticks/half-hour-writer.ts'
import { storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { barStart } from '../../../market/bar-times.ts'
import { type Bar, minuteBarsOf } from '../../../market/bars.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { laneOf } from '../../../market/lane.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, asEpochSeconds, nowMillis } from '../../../market/units.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { minutesAsOf, readFinished } from '../../../tables/ticks/read-minutes.ts'
import { tickAsOf, ticksBetween } from '../../../tables/ticks/read-ticks.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { writeUnits } from '../../../tables/ticks/write-units.ts'
import { dayOf, FIRST_NEW_DATE, MINUTE, momentNear } from '../random-days.ts'
import { LANES } from '../stored-lanes.ts'
import { envelopesOf, MORNING, slicesOf, TRADING_DATE } from '../stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'
import { deliver, deliveriesOf, fate, recordsOf, store } from './batch-delivery.ts'
import { tradingTicks } from './busy-ticks.ts'

/** The first two are in one lane. */
const ISSUES = ['7203', '6758', '130A'] as const
/** Time for a batch whose half-hours get no answer (ms). */
const LIMIT_MS = 5_000
const EXPIRES = asEpochSeconds(Math.floor(Date.now() / 1000) + 3_600)
const END = 24 * 60 * MINUTE - 1

const HOURS = RULES.hoursOf(TRADING_DATE)
const NEW_HOURS = RULES.hoursOf(FIRST_NEW_DATE)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Extends the half-hours of an issue, as store-ticks does when an extension is due. */
async function extend(table: TicksTable, issue: string, date = FIRST_NEW_DATE): Promise<number> {
  const last = await tickAsOf(table, issue, date, END)
  const items = last === undefined ? [] : await extendTo({ ...table, calendar: RULES }, last, EXPIRES)
  for (const Item of items) await table.client.send(new PutCommand({ TableName: table.table, Item }))
  return items.length
}

/** Computes minute bars from all stored ticks. */
async function barsOfTicks(table: TicksTable, issue: string, from: number, until: number): Promise<Bar[]> {
  const bars = await minuteBarsOf(
    NEW_HOURS,
    ticksBetween(table, issue, FIRST_NEW_DATE, { time: 0, sequence: 0 }, until),
  )
  return bars.filter(({ time }) => time >= barStart(NEW_HOURS, from))
}

suite('half-hours', () => {
  const scenario = dayOf(FIRST_NEW_DATE, ISSUES, { minLength: 1, maxLength: 40 }).chain(ticks =>
    slicesOf(ticks).chain(slices => {
      const records = recordsOf(envelopesOf(slices))
      return fc.record({
        ticks: fc.constant(ticks),
        batches: deliveriesOf(records),
        // Records that are given up, and delivered again after all others.
        givenUp: fc.tuple(fc.nat({ max: records.length }), fc.nat({ max: 3 })),
        fates: fc.array(fate, { minLength: 1, maxLength: 6 }),
        luck: fc.nat(),
        moments: fc.array(fc.tuple(momentNear(ticks), momentNear(ticks)), { minLength: 1, maxLength: 2 }),
      })
    }),
  )

  test('never change the bars that a reader computes from ticks, whatever is delivered again', async () => {
    let extended = 0
    await fc.assert(
      fc.asyncProperty(scenario, async ({ ticks, batches, givenUp, fates, luck, moments }) => {
        const table = await addTicksTable(tables)
        const compare = async (): Promise<void> => {
          for (const issue of ISSUES) {
            for (const [a, b] of moments) {
              const [from, until] = a < b ? [a, b] : [b, a]
              const of = { issue, date: FIRST_NEW_DATE, hours: NEW_HOURS }
              assert.deepEqual(
                await minutesAsOf(table, of, from, until),
                await barsOfTicks(table, issue, from, until),
              )
            }
          }
        }
        const [first, count] = givenUp
        const missing = new Set(batches.flat().slice(first, first + count))
        const late = [...missing]
        for (const [index, batch] of [...batches, late].entries()) {
          const records = batch === late ? late : batch.filter(record => !missing.has(record))
          if (records.length === 0) continue
          await deliver(table, records, fates[index % fates.length]!, luck + index)
          for (const issue of ISSUES) extended += await extend(table, issue)
          await compare()
        }
        for (const issue of ISSUES) {
          const own = ticks.filter(({ board }) => board.issue === issue)
          const truth = await minuteBarsOf(NEW_HOURS, fromArray(own))
          assert.deepEqual(
            await minutesAsOf(table, { issue, date: FIRST_NEW_DATE, hours: NEW_HOURS }, 0, END),
            truth,
          )
        }
      }),
      // Shrinking a counterexample would take minutes.
      { numRuns: 8, endOnFailure: true },
    )
    assert.ok(extended > 0, 'half-hours were written')
  })

  /** Returns ticks of 7203, a minute apart, from the start of the morning on. Each has a trade. */
  const minutely = (count: number): Tick[] =>
    tradingTicks(3 * count)
      .filter((_, index) => index % 3 === 0)
      .map((tick, index) => ({ ...tick, time: HOURS.morning.start + index * MINUTE }))

  test('are cut by a batch that starts before stored ticks, although it ends after them', async () => {
    const table = await addTicksTable(tables)
    const ticks = minutely(4)
    const records = recordsOf(envelopesOf([ticks.slice(0, 1), ticks.slice(1, 3), ticks.slice(3)]))
    // The first record was given up.
    await store(table, records.slice(1, 2))
    await extend(table, '7203', TRADING_DATE)
    const of = { issue: '7203', date: TRADING_DATE, hours: HOURS }
    const { start } = HOURS.morning
    assert.equal((await readFinished(table, of)).through, start + 2 * MINUTE)
    await store(table, records)
    const bars = await minutesAsOf(table, of, 0, END)
    assert.deepEqual(
      bars.map(({ time }) => time - start),
      [0, MINUTE, 2 * MINUTE, 3 * MINUTE],
    )
  })

  test('are cut again if a later batch extends them while an older batch is stored', async () => {
    const table = await addTicksTable(tables)
    const ticks = minutely(4)
    const records = recordsOf(envelopesOf([ticks.slice(0, 1), ticks.slice(1)]))
    await store(table, records.slice(1))
    const client = createDynamoDB()
    let extended = 0
    client.middlewareStack.add(
      next => async args => {
        if (extended === 0 && JSON.stringify(args.input).includes('PutRequest'))
          extended = await extend(table, '7203', TRADING_DATE)
        return next(args)
      },
      { step: 'initialize' },
    )
    await store({ ...table, client }, records.slice(0, 1))
    assert.equal(extended, 1)
    const bars = await minutesAsOf(table, { issue: '7203', date: TRADING_DATE, hours: HOURS }, 0, END)
    assert.deepEqual(
      bars.map(({ time }) => time - HOURS.morning.start),
      [0, MINUTE, 2 * MINUTE, 3 * MINUTE],
    )
    client.destroy()
  })

  test('keep no minute open that another issue of the lane has passed', async () => {
    const table = await addTicksTable(tables)
    const ticks = minutely(6)
    const other = ticks.slice(5).map(tick => ({ ...tick, board: { ...tick.board, issue: '6758' } }))
    assert.equal(laneOf('6758', LANES), laneOf('7203', LANES))
    const records = recordsOf(envelopesOf([ticks.slice(0, 2), ticks.slice(3, 5), other]))
    // The second record was given up. The half-hours end within the minute of the first tick that it lacks.
    await store(table, records.slice(0, 1))
    await extend(table, '7203', TRADING_DATE)
    await store(table, records.slice(2))
    await store(table, records.slice(1, 2))
    const of = { issue: '7203', date: TRADING_DATE, hours: HOURS }
    const bars = await minutesAsOf(table, of, 0, END)
    assert.deepEqual(
      bars.map(({ time }) => time - HOURS.morning.start),
      [0, MINUTE, 3 * MINUTE, 4 * MINUTE],
    )
  })

  test('are extended as messages come, and spare the reader almost all ticks', async () => {
    const table = await addTicksTable(tables)
    const count = 5 * MESSAGES_PER_EXTENSION
    const ticks = tradingTicks(count)
    const slices = Array.from({ length: 50 }, (_, slice) =>
      ticks.slice((slice * count) / 50, ((slice + 1) * count) / 50),
    )
    const records = recordsOf(envelopesOf(slices))
    let units = 0
    for (let from = 0; from < records.length; from += 2) {
      const { units: stored, packs, halfHourError } = await store(table, records.slice(from, from + 2))
      assert.equal(halfHourError, undefined)
      assert.ok(packs > 0)
      units += stored
    }
    const of = { issue: '7203', date: TRADING_DATE, hours: HOURS }
    const { through, minutes } = await readFinished(table, of)
    const last = ticks.at(-1)!
    assert.ok(ticks.filter(({ time }) => time > through).length <= 1.5 * MESSAGES_PER_EXTENSION)
    assert.ok(minutes.length > 100)
    const truth = await minuteBarsOf(HOURS, fromArray(ticks))
    const metered = meteredTable(table)
    assert.deepEqual(await minutesAsOf(metered.table, of, MORNING, last.time), truth)
    assert.ok(
      metered.units() > 0 && metered.units() <= 10,
      `expected up to 10 read units, got ${metered.units()}`,
    )
    assert.ok(units / count < 0.05, `${units} write units`)
  })

  test('are not read for a range that ends before it starts, as while storing is late', async () => {
    const table = await addTicksTable(tables)
    const ticks = tradingTicks(20)
    await store(table, recordsOf(envelopesOf([ticks])))
    const of = { issue: '7203', date: TRADING_DATE, hours: HOURS }
    assert.deepEqual(await minutesAsOf(table, of, MORNING + 90 * MINUTE, MORNING + 20 * MINUTE), [])
  })

  test('that cannot be read in time do not keep a batch from being stored, and are not written later', async () => {
    const { table } = await addTicksTable(tables)
    const client = createDynamoDB()
    let puts = 0
    client.middlewareStack.add(
      next => args => {
        const input = JSON.stringify(args.input)
        if (!input.includes('#minutes')) return next(args)
        if (input.includes('RequestItems')) puts++
        return new Promise(() => {})
      },
      { step: 'initialize' },
    )
    const ticks = tradingTicks(MESSAGES_PER_EXTENSION + 10)
    const options = { client, table, calendar: RULES, keepDays: 31, unitsPerLane: 1_000_000 }
    const records = recordsOf(envelopesOf([ticks]))
    const start = performance.now()
    const result = await storeBatch(records, options, addMillis(nowMillis(), LIMIT_MS), createEpochFence())
    assert.ok(performance.now() - start < 3 * LIMIT_MS)
    assert.equal(result.failedFrom, undefined)
    assert.equal(result.ticks, ticks.length)
    assert.equal((result.halfHourError as Error).name, 'DeadlineError')
    assert.equal(puts, 0)
  })

  test('fit into one write unit with the bars of a busy issue', async () => {
    const table = await addTicksTable(tables)
    const ticks = tradingTicks(MESSAGES_PER_EXTENSION - 1)
    await store(table, recordsOf(envelopesOf([ticks])))
    const items = await extendTo({ ...table, calendar: RULES }, ticks.at(-1)!, EXPIRES)
    assert.ok(items.length > 2)
    for (const item of items) assert.equal(writeUnits(item), 1)
  })

  test('have no minute that ends after the last stored tick, nor the last minute of a session', async () => {
    const table = await addTicksTable(tables)
    const { morning, afternoon } = HOURS
    const times = [morning.start, morning.end - 1, morning.end + 1, afternoon.start - 1, afternoon.start]
    const throughs: number[] = []
    for (const [index, time] of times.entries()) {
      const ticks = tradingTicks(index + 1).map((tick, at) => ({ ...tick, time: times[at]! }))
      await store(table, recordsOf(envelopesOf([ticks.slice(-1)], index + 1)))
      assert.equal(ticks.at(-1)!.time, time)
      await extend(table, '7203', TRADING_DATE)
      const { through } = await readFinished(table, { issue: '7203', date: TRADING_DATE, hours: HOURS })
      throughs.push(through)
    }
    const lastMinute = morning.end - MINUTE
    assert.deepEqual(throughs, [morning.start, lastMinute, lastMinute, lastMinute, afternoon.start])
  })
})

/** Counts the read units of Queries by DynamoDB's rule: half a unit for each 4 KB of a page. */
function meteredTable({ table }: TicksTable): { table: TicksTable; units: () => number } {
  let units = 0
  const client = createDynamoDB()
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (commandName !== QueryCommand.name) return next(args)
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } })
        units += (answer.output as QueryCommandOutput).ConsumedCapacity?.CapacityUnits ?? 0
        return answer
      },
    { step: 'initialize' },
  )
  return { table: { client, table }, units: () => units }
}

async function* fromArray(ticks: readonly Tick[]): AsyncGenerator<Tick> {
  yield* ticks
}
