import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  type BarSeries,
  closesAt,
  emptySeries,
  isMissing,
  neededFrom,
  type StoredBars,
  takeLive,
  takeStored,
} from '../../../client/bars/bar-series.ts'
import { INTERVALS } from '../../../market/bar-times.ts'
import type { BarJson } from '../../../market/bars.ts'
import type { TradeJson } from '../../../market/board-json.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { DAY_MICROSECONDS, isoTime, momentOf } from '../../../market/moment.ts'
import { asTradingDate, type DayMicros, type TradingDate } from '../../../market/units.ts'

const FRIDAY = asTradingDate(20261120)
/** A holiday. */
const MONDAY = asTradingDate(20261123)
const TUESDAY = asTradingDate(20261124)
const END = DAY_MICROSECONDS - 1
const at = (hours: number, minutes: number, seconds = 0): DayMicros =>
  ((hours * 60 + minutes) * 60 + seconds) * 1_000_000

const barOf = (date: TradingDate, start: DayMicros, close: number, volume: number): BarJson => ({
  ...{ time: isoTime(date, start), open: close, high: close, low: close, close },
  ...{ volume, turnover: close * volume },
})
const tradeOf = (date: TradingDate, time: DayMicros, sequence: number, price: number): TradeJson => ({
  ...{ price, quantity: 100, time: isoTime(date, time), sequence, side: 'buy' },
})
const stored = (date: TradingDate, until: DayMicros, part: Partial<StoredBars>): StoredBars => ({
  ...{ date, hours: RULES.hoursOf(date), until, sequence: 0, volume: 0, bars: [], isLate: false },
  ...part,
})
const start = (): BarSeries => emptySeries(INTERVALS['1m'])

suite('bars over a change of date', () => {
  const friday = stored(FRIDAY, at(15, 29, 50), {
    ...{ sequence: 90, volume: 700 },
    bars: [barOf(FRIDAY, at(9, 0), 1_000, 500), barOf(FRIDAY, at(15, 29), 1_010, 200)],
  })

  test('of an earlier date become final by the history, and the new date starts with it', () => {
    const first = takeStored(start(), friday)
    assert.deepEqual(
      first.bars.map(({ bar, final }) => [bar.close, final]),
      [
        [1_000, true],
        [1_010, false],
      ],
    )
    // The closing auction can come until the system stops.
    assert.equal(closesAt(first.series), momentOf(FRIDAY, at(16, 30)))
    const opening = tradeOf(TUESDAY, at(9, 0), 5, 1_020)
    const live = { date: TUESDAY, sequence: 5, time: at(9, 0), volume: 100, trades: [opening], lost: false }
    const second = takeLive(first.series, live)
    assert.equal(isMissing(second.series), true)
    assert.deepEqual(
      second.bars.map(({ bar, final, lost }) => [bar.close, final, lost]),
      [[1_010, false, true]],
    )
    assert.equal(neededFrom(second.series), momentOf(FRIDAY, at(15, 29)))
    const third = takeStored(
      second.series,
      stored(TUESDAY, at(8, 59), { bars: [barOf(FRIDAY, at(15, 29), 1_030, 900)] }),
    )
    assert.equal(isMissing(third.series), false)
    assert.deepEqual(third.bars, [
      {
        ...{ start: momentOf(FRIDAY, at(15, 29)), final: true, lost: false },
        bar: barOf(FRIDAY, at(15, 29), 1_030, 900),
      },
      {
        ...{ start: momentOf(TUESDAY, at(9, 0)), final: false, lost: false },
        bar: barOf(TUESDAY, at(9, 0), 1_020, 100),
      },
    ])
  })

  test('of a date are final when the system has stopped, also on a closed day after it', () => {
    for (const until of [at(16, 30), END]) {
      const { bars, series } = takeStored(start(), { ...friday, until })
      assert.deepEqual(
        bars.map(({ final }) => final),
        [true, true],
      )
      assert.equal(closesAt(series), undefined)
      assert.equal(isMissing(series), false)
    }
  })

  test('of an issue without a board come on a closed day, and wait for the next date', () => {
    const holiday = { ...stored(FRIDAY, END, { bars: friday.bars }), date: MONDAY, hours: undefined }
    const { bars, series } = takeStored(start(), holiday)
    assert.deepEqual(
      bars.map(({ final }) => final),
      [true, true],
    )
    assert.equal(neededFrom(series), momentOf(FRIDAY, at(15, 29)))
    const live = { date: TUESDAY, sequence: 5, time: at(8, 0), volume: 0, trades: [], lost: false }
    assert.equal(isMissing(takeLive(series, live).series), true)
  })

  test('of an earlier date that lacks ticks are shown without being final', () => {
    const { bars } = takeStored(
      start(),
      stored(TUESDAY, at(8, 0), { bars: [barOf(FRIDAY, at(9, 0), 1_000, 500)], isLate: true }),
    )
    assert.deepEqual(
      bars.map(({ final, lost }) => [final, lost]),
      [[false, true]],
    )
  })
})
