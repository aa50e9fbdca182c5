import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  dayClosesAt,
  EMPTY_DAYS,
  isDayMissing,
  type ShownDay,
  type StoredDays,
  takeLiveDay,
  takeStoredDays,
} from '../../../client/bars/day-series.ts'
import { F } from '../../../market/board.ts'
import { boardInView, boardToJson } from '../../../market/board-to-json.ts'
import { type DayBarJson, dayBarOf } from '../../../market/day-bar.ts'
import { dayPricesOf, morningEnd } from '../../../market/day-prices.ts'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import type { DayMicros } from '../../../market/units.ts'
import { DATE, HOURS, wholeDays } from './issue-day.ts'

const END = DAY_MICROSECONDS - 1
const NOON = morningEnd(HOURS)
const YESTERDAY: DayBarJson = {
  date: '2026-11-19',
  ...{ open: 990, high: 1_000, low: 980, close: 995, volume: 100, turnover: 99_500 },
}

/** Adds the exchange's prices of the session to ticks, as a feed sends them: they start again after noon. */
function withSessionPrices(ticks: readonly Tick[]): Tick[] {
  let [open, high, low] = [Number.NaN, Number.NaN, Number.NaN]
  let isAfternoon = false
  return ticks.map(tick => {
    const { board, trade, time } = tick
    if (trade !== undefined) {
      const isFirst = Number.isNaN(open) || (time > NOON && !isAfternoon)
      isAfternoon = time > NOON
      open = isFirst ? trade.price : open
      high = isFirst ? trade.price : Math.max(high, trade.price)
      low = isFirst ? trade.price : Math.min(low, trade.price)
    }
    if (!Number.isNaN(open)) {
      board.values[F.open] = open
      board.values[F.high] = high
      board.values[F.low] = low
    }
    return tick
  })
}

function barAt(ticks: readonly Tick[], until: DayMicros): DayBarJson | undefined {
  const tick = ticks.findLast(({ time }) => time <= until)
  const morning = ticks.findLast(({ time }) => time <= Math.min(until, NOON))
  return tick && dayBarOf(DATE, dayPricesOf(tick, morning))
}

function storedAt(ticks: readonly Tick[], until: DayMicros): StoredDays {
  const boardOf = (time: DayMicros) => {
    const tick = ticks.findLast(each => each.time <= time)
    return tick && boardToJson(tick)
  }
  const today = barAt(ticks, until)
  return {
    ...{ date: DATE, hours: HOURS, until, isLate: false },
    board: boardOf(until),
    morning: until > NOON ? boardOf(NOON) : undefined,
    bars: today === undefined ? [YESTERDAY] : [YESTERDAY, today],
  }
}

const step = fc.record({ kind: fc.constantFrom('live', 'live', 'live', 'read'), count: fc.nat(5) })

suite('bars of days', () => {
  test('have the prices of the latest board, and are final once', () => {
    fc.assert(
      fc.property(wholeDays.map(withSessionPrices), fc.array(step, { maxLength: 30 }), (ticks, steps) => {
        let series = EMPTY_DAYS
        const shown: ShownDay[] = []
        let sent = 0
        const read = (until: DayMicros): void => {
          const taken = takeStoredDays(series, storedAt(ticks, until))
          series = taken.series
          shown.push(...taken.bars)
        }
        for (const { kind, count } of [...steps, { kind: 'live', count: ticks.length }]) {
          if (kind === 'live') {
            sent = Math.min(ticks.length, sent + count)
            const tick = ticks[sent - 1]
            if (tick === undefined) continue
            const taken = takeLiveDay(series, boardInView(tick, 'quote'))
            series = taken.series
            shown.push(...taken.bars)
            const last = taken.bars.at(-1)
            if (last !== undefined && !last.lost) {
              const upTo = ticks.slice(0, sent)
              assert.deepEqual(last.bar, barAt(upTo, END))
            }
          } else read(ticks[sent - 1 - count]?.time ?? 0)
        }
        if (isDayMissing(series)) read(ticks.at(-1)!.time)
        assert.equal(isDayMissing(series), false)
        const truth = barAt(ticks, END)
        if (truth !== undefined) {
          assert.deepEqual(shown.at(-1), { bar: truth, final: false, lost: false })
          assert.notEqual(dayClosesAt(series), undefined)
        }
        read(END)
        const finals = shown.filter(({ final }) => final).map(({ bar }) => bar)
        assert.deepEqual(finals, truth === undefined ? [YESTERDAY] : [YESTERDAY, truth])
        assert.equal(dayClosesAt(series), undefined)
      }),
    )
  })
})
