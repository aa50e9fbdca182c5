import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BarInterval } from '../../market/bar-times.ts'
import { DAY_MICROSECONDS, momentOf, momentToIso } from '../../market/moment.ts'
import { addMicros } from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { MORNING, TRADING_DATE } from '../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Days of the longest range, as docs/rest.md states them. */
const LONGEST: Readonly<Record<BarInterval, number>> = {
  '1m': 31,
  '5m': 93,
  '15m': 366,
  '1h': 366,
  '1d': 3_653,
}

test('bars of each interval have a longest range, to the microsecond', async () => {
  const now = momentOf(TRADING_DATE, MORNING)
  const source = {
    ...sourceAt(await addTicksTable(tables), 'everybody', now),
    isCertainlyUnknown: async () => false,
  }
  const end = addMicros(now, -60 * 60_000_000)
  const to = momentToIso(end)
  for (const [interval, days] of Object.entries(LONGEST) as [BarInterval, number][]) {
    const ask = (length: number) =>
      barsIn(source, {
        issue: '7203',
        interval,
        from: momentToIso(addMicros(end, -length)),
        to,
        after: undefined,
      })
    await assert.rejects(ask(days * DAY_MICROSECONDS + 1), { code: 'range-too-long' }, interval)
    // An issue without any data is unknown, once its range is accepted.
    await ask(days * DAY_MICROSECONDS).catch(error => assert.notEqual(error.code, 'range-too-long', interval))
  }
})
