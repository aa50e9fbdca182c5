import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BarInterval } from '../../market/bar-times.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS, dateOf, momentOf, momentToIso } from '../../market/moment.ts'
import { addMicros, asTradingDate, type EpochMicros } from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'

const ISSUE = '7203'
const DATE = asTradingDate(20261120)
const NOON = momentOf(DATE, 43_200_000_000)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Trading dates of a page: they fill it, or cost about 31 read units. */
const DATES: Readonly<Record<BarInterval, number>> = { '1m': 8, '5m': 31, '15m': 31, '1h': 31, '1d': 500 }

/** Returns the midnights of the last trading dates up to the date, the latest first. */
function midnights(count: number): EpochMicros[] {
  const found: EpochMicros[] = []
  for (let back = 0; found.length < count; back++) {
    const midnight = addMicros(momentOf(DATE, 0), -back * DAY_MICROSECONDS)
    if (RULES.isTradingDate(dateOf(midnight))) found.push(midnight)
  }
  return found
}

test('a page of bars ends after its number of trading dates, even without a bar', async () => {
  const source = sourceAt(await addTicksTable(tables), 'everybody', NOON)
  for (const [interval, count] of Object.entries(DATES) as [BarInterval, number][]) {
    const latestFirst = midnights(count + 1)
    const page = async (dates: number, after?: string) => {
      const from = momentToIso(latestFirst[dates - 1]!)
      return (await barsIn(source, { issue: ISSUE, from, to: undefined, interval, after })).data
    }
    assert.deepEqual(await page(count), { interval, bars: [] })
    const next = `${ISSUE}-${interval}-${latestFirst[0]}`
    assert.deepEqual(await page(count + 1), { interval, bars: [], next })
    assert.deepEqual(await page(count + 1, next), { interval, bars: [] })
  }
})
