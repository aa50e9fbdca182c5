import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Bar, BarJson } from '../../market/bars.ts'
import { encodePack } from '../../market/codec/pack.ts'
import type { DayRecord } from '../../market/day-record.ts'
import { momentFromIso, momentOf, momentToIso } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { addMicros, asEpochSeconds, asTradingDate, type TradingDate } from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { dayItems, readMinutes } from '../../tables/ticks/day-items.ts'
import { packItem } from '../../tables/ticks/ticks-item.ts'
import { dayOf, MINUTE } from '../functions/random-days.ts'
import { MORNING, TRADING_DATE } from '../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'
import { putAll } from './stored-packs.ts'

const ISSUE = '7203'
/** After every test has ended. */
const EXPIRES = asEpochSeconds(Math.floor(Date.now() / 1000) + 3_600)
const EVENING = addMicros(momentOf(TRADING_DATE, MORNING), 600 * MINUTE)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('bars from the middle of a day equal the bars of the whole day from there on', async () => {
  const day = dayOf(TRADING_DATE, [ISSUE], { minLength: 60, maxLength: 60 })
  const [ticks] = fc.sample(day, { numRuns: 1, seed: 1 }) as [Tick[]]
  const table = await addTicksTable(tables)
  await putAll(table, [packItem(ISSUE, TRADING_DATE, ticks[0]!, encodePack(ticks), EXPIRES)])
  const source = sourceAt(table, 'everybody', EVENING)
  const barsFrom = async (from: string | undefined) =>
    (await barsIn(source, { issue: ISSUE, from, to: undefined, interval: '1m' })).data.bars as BarJson[]
  const all = await barsFrom(undefined)
  assert.ok(all.length > 3 && all.every(({ turnover }) => turnover !== undefined))
  for (const [index, { time }] of all.entries()) {
    const start = momentFromIso(time)!
    assert.deepEqual(await barsFrom(momentToIso(start)), all.slice(index))
    assert.deepEqual(await barsFrom(momentToIso(addMicros(start, MINUTE - 1))), all.slice(index))
    assert.deepEqual(await barsFrom(momentToIso(addMicros(start, MINUTE))), all.slice(index + 1))
  }
})

test('minutes of more days than one answer of the table holds are all read', async () => {
  // Numbers that hardly compress, so that the table answers in several pages.
  const number = (seed: number): number => (seed * 2_654_435_761) % 99_999_989
  const minutesOf = (date: TradingDate): Bar[] =>
    Array.from({ length: 300 }, (_, minute): Bar => {
      const [open, high, low, close, volume, turnover] = [1, 2, 3, 4, 5, 6].map(each =>
        number(each * 7_919 + minute * 104_729 + date),
      ) as [number, number, number, number, number, number]
      return { time: MORNING + minute * MINUTE, open, high, low, close, volume, turnover }
    })
  const dates = Array.from({ length: 150 }, (_, day) => 20_260_000 + day)
  const table = await addTicksTable(tables)
  let bytes = 0
  for (const date of dates) {
    const record: DayRecord = {
      ...{
        issue: ISSUE,
        date: asTradingDate(date),
        prices: {},
        last: { time: 1, sequence: 1 },
        count: 1,
        lost: false,
        final: true,
      },
      minutes: minutesOf(asTradingDate(date)),
    }
    const [, item] = dayItems(record, EXPIRES)
    bytes += item.minutes.length
    await putAll(table, [item])
  }
  assert.ok(bytes > 1_048_576)
  const read = await readMinutes(table, ISSUE, asTradingDate(dates[0]!), asTradingDate(dates.at(-1)!))
  assert.deepEqual(
    read.map(({ date }) => date),
    dates,
  )
  assert.deepEqual(read.at(-1)?.minutes, minutesOf(asTradingDate(dates.at(-1)!)))
})
