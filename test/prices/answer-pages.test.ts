import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { BarInterval } from '../../market/bar-times.ts'
import { type Bar, type BarJson, barToJson } from '../../market/bars.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { encodePack } from '../../market/codec/pack.ts'
import type { Day } from '../../market/day-record.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import { DAY_MICROSECONDS, dateOf, momentOf, momentToIso } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { addMicros, asEpochSeconds, asTradingDate, type TradingDate } from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { IssueIndex } from '../../prices/issue-search.ts'
import { ticksOf, tradesOf } from '../../prices/ticks-answer.ts'
import { ANSWER_BYTES } from '../../rest/answer-page.ts'
import { dayItems } from '../../tables/ticks/day-items.ts'
import { packItem } from '../../tables/ticks/ticks-item.ts'
import { MINUTE } from '../functions/random-days.ts'
import { busyTicks } from '../functions/store-ticks/busy-ticks.ts'
import { MORNING, TRADING_DATE } from '../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'
import { putAll } from './stored-packs.ts'

const ISSUE = '7203'
const EXPIRES = asEpochSeconds(Math.floor(Date.now() / 1000) + 3_600)
const EVENING = addMicros(momentOf(TRADING_DATE, MORNING), 600 * MINUTE)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Follows `next` to the end. @throws AssertionError if a page is too large. */
async function allPages<T>(
  ask: (after: string | undefined) => Promise<{ entries: readonly T[]; next?: string; answer: object }>,
): Promise<{ entries: T[]; pages: number }> {
  const entries: T[] = []
  let after: string | undefined
  for (let pages = 1; ; pages++) {
    const page = await ask(after)
    const bytes = Buffer.byteLength(JSON.stringify(page.answer))
    assert.ok(bytes <= ANSWER_BYTES, `expected up to 256 KB, got ${bytes}`)
    entries.push(...page.entries)
    if (page.next === undefined) return { entries, pages }
    after = page.next
  }
}

suite('no answer has more than 256 KB, and its pages together have everything once', () => {
  test('ticks and trades', async () => {
    const ticks = busyTicks(4_000).map(
      (tick, index): Tick => ({ ...tick, trade: { price: 20_000_000, quantity: 100 + index } }),
    )
    const table = await addTicksTable(tables)
    for (let from = 0; from < ticks.length; from += 500) {
      const some = ticks.slice(from, from + 500)
      await putAll(table, [packItem(ISSUE, TRADING_DATE, some[0]!, encodePack(some), EXPIRES)])
    }
    const source = sourceAt(table, 'everybody', EVENING)
    const request = { issue: ISSUE, from: undefined, to: undefined }
    const sequences = ticks.map(({ sequence }) => sequence)
    const read = await allPages(async after => {
      const { stamp, data } = await ticksOf(source, { ...request, limit: 2_000, after })
      return { ...data, entries: data.ticks, answer: { ...stamp, ...data } }
    })
    assert.deepEqual(
      read.entries.map(({ sequence }) => sequence),
      sequences,
    )
    assert.ok(read.pages > 2)
    const trades = await allPages(async after => {
      const { stamp, data } = await tradesOf(source, { ...request, limit: 5_000, after })
      return { ...data, entries: data.trades, answer: { ...stamp, ...data } }
    })
    assert.deepEqual(
      trades.entries.map(({ quantity }) => quantity),
      ticks.map(({ trade }) => trade?.quantity),
    )
    assert.ok(trades.pages > 1)
  })

  test('bars of a month of minutes, of months of hours, and of years of days', async () => {
    const table = await addTicksTable(tables)
    const dates = tradingDates(60)
    const truth = new Map<TradingDate, Bar[]>()
    for (const date of dates) {
      const minutes = minutesOf(date)
      truth.set(date, minutes)
      await putAll(table, dayItems({ ...dayOf(date), minutes }, EXPIRES))
    }
    const source = sourceAt(table, 'everybody', EVENING)
    const bars = (from: TradingDate, interval: BarInterval) =>
      allPages(async after => {
        const range = { from: momentToIso(momentOf(from, 0)), to: undefined }
        const { stamp, data } = await barsIn(source, { issue: ISSUE, ...range, interval, after })
        return { ...data, entries: data.bars, answer: { ...stamp, ...data } }
      })
    const month = dates.slice(-20)
    const minutes = await bars(month[0]!, '1m')
    const expected = month.flatMap(date => truth.get(date)!.map(bar => barToJson(date, bar)))
    assert.deepEqual(minutes.entries as BarJson[], expected)
    assert.ok(minutes.pages >= 3)
    const hours = await bars(dates[0]!, '1h')
    assert.equal(hours.entries.length, 6 * dates.length)
    assert.ok(hours.pages >= 2)
    const days = await bars(dates[0]!, '1d')
    assert.equal(days.entries.length, dates.length)
    assert.equal(days.pages, 1)
    // The whole of ten years: most dates have no record.
    const years = await bars(asTradingDate(20161201), '1d')
    assert.deepEqual(years.entries, days.entries)
    assert.ok(years.pages > 3)
  })

  test('a cursor of bars is refused with another issue or interval, or after the end of the range', async () => {
    const source = sourceAt(await addTicksTable(tables), 'everybody', EVENING)
    const bars = (after: string, to?: string) =>
      barsIn(source, { issue: ISSUE, from: undefined, to, interval: '1m', after })
    const place = momentOf(TRADING_DATE, MORNING)
    for (const after of [
      `6758-1m-${place}`,
      `${ISSUE}-5m-${place}`,
      `${ISSUE}-1m-1`,
      'x',
      ''.padEnd(5_000, '1'),
    ])
      await assert.rejects(bars(after), { code: 'bad-parameter', message: /^after: expected/ })
    assert.deepEqual((await bars(`${ISSUE}-1m-${place}`)).data.bars, [])
    await assert.rejects(bars(`${ISSUE}-1m-${place}`, '2026-11-20T08:00:00+09:00'), {
      code: 'bad-parameter',
    })
  })

  test('issues, in any number of pages, also while the list changes', async () => {
    const issues = Array.from({ length: 4_400 }, (_, index) =>
      master(String(1301 + index), `銘柄の名称${index}`),
    )
    const index = indexOf(issues)
    for (const limit of [5_000, 700]) {
      const { entries, pages } = await allPages(async after => {
        const page = index.find({ q: '', sector: undefined, limit, after }, new Map())
        return { ...page, entries: page.issues, answer: page }
      })
      assert.deepEqual(
        entries.map(({ code }) => code),
        issues.map(({ code }) => code),
      )
      assert.ok(pages > 2)
    }
    // By code first, then by name; the text is in both groups.
    const mixed = indexOf([
      master('1301', 'A'),
      master('2000', '13'),
      master('1399', '13'),
      master('3000', '13'),
    ])
    const found: string[] = []
    for (let after: string | undefined, more = true; more; ) {
      const page = mixed.find({ q: '13', sector: undefined, limit: 1, after }, new Map())
      found.push(...page.issues.map(({ code }) => code))
      after = page.next
      more = after !== undefined
    }
    assert.deepEqual(found, ['1301', '1399', '2000', '3000'])
    const newer = indexOf([master('2000', '13'), master('1399', '13')])
    assert.deepEqual(
      newer
        .find({ q: '13', sector: undefined, limit: 9, after: 'code-1301' }, new Map())
        .issues.map(({ code }) => code),
      ['1399', '2000'],
    )
    assert.throws(() => newer.find({ q: '', sector: undefined, limit: 1, after: 'x' }, new Map()), {
      code: 'bad-parameter',
    })
  })
})

function indexOf(issues: readonly IssueMaster[]): IssueIndex {
  return new IssueIndex(issues, { dateOf: () => TRADING_DATE, withBasePrices: true })
}

function master(code: string, name: string): IssueMaster {
  return { code, name, section: 'プライム', unit: 100, basePrice: 21_835_000, topix500: true }
}

/** Returns the last trading dates before today, in order. */
function tradingDates(count: number): TradingDate[] {
  const dates: TradingDate[] = []
  for (let back = 1; dates.length < count; back++) {
    const date = dateOf(addMicros(momentOf(TRADING_DATE, 0), -back * DAY_MICROSECONDS))
    if (RULES.isTradingDate(date)) dates.unshift(date)
  }
  return dates
}

function minutesOf(date: TradingDate): Bar[] {
  return Array.from({ length: 300 }, (_, minute): Bar => {
    const time = MORNING + (minute < 150 ? minute : minute + 60) * MINUTE
    const price = 20_000_000 + 5_000 * ((date + minute * 7_919) % 101)
    return { time, open: price, high: price, low: price, close: price, volume: 100, turnover: price }
  })
}

function dayOf(date: TradingDate): Day {
  const point = { price: 20_000_000, time: MORNING }
  const prices = { open: point, high: point, low: point, last: point, volume: 30_000 }
  return {
    issue: ISSUE,
    date,
    prices,
    last: { time: MORNING, sequence: 1 },
    count: 1,
    lost: false,
    final: true,
  }
}
