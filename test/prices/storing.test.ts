import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { RULES } from '../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf } from '../../market/moment.ts'
import {
  addMicros,
  asEpochMicros,
  asTradingDate,
  type EpochMicros,
  type TradingDate,
} from '../../market/units.ts'
import { createStoring, storedUntil } from '../../prices/storing.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { LANES, stateStored } from '../functions/stored-lanes.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { standing } from './standing-source.ts'

const DATE = asTradingDate(20261120)
const DAY_BEFORE = asTradingDate(20261119)
const HOURS = RULES.hoursOf(DATE)
const MINUTE = 60_000_000
const at = (hours: number, minutes: number, date = DATE): EpochMicros =>
  momentOf(date, (hours * 60 + minutes) * MINUTE)
const END = momentOf(DATE, DAY_MICROSECONDS - 1)
/** Long after the watermarks of {@link stateStored} were written. */
const REAL = Date.UTC(2026, 10, 20, 3)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

interface TestStoring {
  /** Like Storing in prices/storing.ts, of dates that all have the same hours. */
  until(date: TradingDate, issues: readonly string[]): Promise<EpochMicros>
  state(until: EpochMicros, ...lines: number[]): Promise<void>
  /** Lets the next read fail. */
  failOnce(): void
  /** Returns the number of Queries since the last call. */
  reads(): number
}

/** @param lineOf the line of each issue; an issue without a line is unknown. */
async function openStoring(lineOf: Readonly<Record<string, number>>): Promise<TestStoring> {
  const { table } = await addTicksTable(tables)
  const client = createDynamoDB()
  let count = 0
  let isFailing = false
  client.middlewareStack.add(
    next => args => {
      count++
      if (!isFailing) return next(args)
      isFailing = false
      throw new Error('refused by the test')
    },
    { step: 'initialize' },
  )
  const storing = createStoring({
    clock: standing(at(12, 0)),
    ticks: { client, table },
    lanes: LANES,
    lineOf: async issue => lineOf[issue],
  })
  return {
    until: (date, issues) => storing.until(date, HOURS, issues),
    state: (until, ...lines) => stateStored({ client: tables.client, table }, DATE, until, lines),
    failOnce: () => {
      isFailing = true
    },
    reads() {
      const reads = count
      count = 0
      return reads
    },
  }
}

/** The date and 64 dates before it. */
const dates = Array.from({ length: 65 }, (_, back) =>
  dateOf(addMicros(momentOf(DATE, 0), -back * DAY_MICROSECONDS)),
)

const fakeTime = (t: TestContext): void => t.mock.timers.enable({ apis: ['Date'], now: REAL })

test('a date is stored from the start of the system on, and to its end from a quarter of an hour before 16:30', () => {
  assert.equal(storedUntil(DATE, HOURS, asEpochMicros(0)), at(7, 30))
  assert.equal(storedUntil(DATE, HOURS, addMicros(at(7, 30), 1)), addMicros(at(7, 30), 1))
  assert.equal(storedUntil(DATE, HOURS, addMicros(at(16, 15), -1)), addMicros(at(16, 15), -1))
  assert.equal(storedUntil(DATE, HOURS, at(16, 15)), END)
})

test('issues are stored as far as the lanes of their lines, and as all lines if a line is unknown', async () => {
  const storing = await openStoring({ '7203': 1, '6758': 2 })
  await storing.state(at(11, 0), 1)
  await storing.state(at(10, 0), 2)
  await storing.state(at(9, 0), 3)
  assert.equal(await storing.until(DATE, ['7203']), at(11, 0))
  assert.equal(await storing.until(DATE, ['6758']), at(10, 0))
  assert.equal(await storing.until(DATE, ['7203', '6758']), at(10, 0))
  assert.equal(await storing.until(DATE, ['9999']), at(9, 0))
  assert.equal(await storing.until(DATE, []), END)
})

test('watermarks of today are read once a second, and those of earlier dates once a minute', async t => {
  fakeTime(t)
  const storing = await openStoring({})
  for (const [date, age] of [
    [DATE, 1_000],
    [DAY_BEFORE, 60_000],
  ] as const) {
    const read = async () => {
      await storing.until(date, [])
      return storing.reads()
    }
    assert.equal(await read(), 1)
    t.mock.timers.tick(age - 1)
    assert.equal(await read(), 0)
    t.mock.timers.tick(1)
    assert.equal(await read(), 1)
  }
})

test('a failed read is not kept', async t => {
  fakeTime(t)
  const storing = await openStoring({})
  storing.failOnce()
  await assert.rejects(storing.until(DATE, []), { message: 'refused by the test' })
  assert.equal(await storing.until(DATE, []), END)
})

test('the watermarks of 64 dates are kept, those that were read last', async t => {
  fakeTime(t)
  const storing = await openStoring({})
  for (const date of dates.slice(0, 64)) await storing.until(date, [])
  assert.equal(storing.reads(), 64)
  await storing.until(dates[0]!, [])
  assert.equal(storing.reads(), 0)
  await storing.until(dates[64]!, [])
  storing.reads()
  for (const date of dates.slice(1)) await storing.until(date, [])
  assert.equal(storing.reads(), 0)
  await storing.until(dates[0]!, [])
  assert.equal(storing.reads(), 1)
})

test('a date that was read again is kept longer than dates that were not', async t => {
  fakeTime(t)
  const storing = await openStoring({})
  for (const date of dates.slice(0, 64)) await storing.until(date, [])
  t.mock.timers.tick(60_000)
  await storing.until(dates[0]!, [])
  await storing.until(dates[64]!, [])
  assert.equal(storing.reads(), 66)
  await storing.until(dates[0]!, [])
  assert.equal(storing.reads(), 0)
})
