import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barEnd, barStart, firstTradeTime, INTERVALS, lastTradeTime } from '../../market/bar-times.ts'
import { type Bar, barToJson, joinMinutes, minuteBarsOf } from '../../market/bars.ts'
import { emptyBoard, F } from '../../market/board.ts'
import { DAY_MICROSECONDS, isoTime } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import { asTradingDate, type TradingDate } from '../../market/units.ts'

const DATE = asTradingDate(20261120)
const at = (hours: number, minutes: number, microseconds = 0): number =>
  (hours * 60 + minutes) * 60_000_000 + microseconds

/** Ticks of cumulative [time, last yen, volume, turnover yen]. */
async function* ticksOf(rows: readonly [number, number, number, number][]): AsyncGenerator<Tick> {
  let before = emptyBoard('7203')
  before.values[F.volume] = 0
  for (const [index, [time, price, volume, turnover]] of rows.entries()) {
    const board = emptyBoard('7203')
    board.values[F.last] = price * 10_000
    board.values[F.volume] = volume
    board.values[F.turnover] = turnover * 100
    const trade = deriveTrade(before, board)
    before = board
    yield { tradingDate: DATE, line: 1, sequence: index + 1, time, board, ...(trade && { trade }) }
  }
}

test('trades become one bar a minute, with the turnover between', async () => {
  const bars = await minuteBarsOf(
    ticksOf([
      [at(9, 0, 63_886), 100, 1000, 100_000],
      [at(9, 0, 59_999_999), 103, 1100, 110_300],
      [at(9, 1), 99, 1300, 130_100],
      [at(9, 1, 5), 101, 1400, 140_200],
      [at(9, 3, 5), 101, 1400, 140_200],
      [at(9, 4, 5), 102, 1500, 150_400],
    ]),
  )
  const told = bars.map(bar => barToJson(DATE, bar))
  assert.deepEqual(told, [
    {
      time: isoTime(DATE, at(9, 0)),
      open: 100,
      high: 103,
      low: 100,
      close: 103,
      volume: 1100,
      turnover: 110_300,
    },
    {
      time: isoTime(DATE, at(9, 1)),
      open: 99,
      high: 101,
      low: 99,
      close: 101,
      volume: 300,
      turnover: 29_900,
    },
    {
      time: isoTime(DATE, at(9, 4)),
      open: 102,
      high: 102,
      low: 102,
      close: 102,
      volume: 100,
      turnover: 10_200,
    },
  ])
})

test('turnover that a later message of the minute tells is that of its bar', async () => {
  const [first, second] = await minuteBarsOf(
    ticksOf([
      [at(9, 0), 100, 1000, 90_000],
      [at(9, 0, 5), 100, 1000, 100_000],
      [at(9, 1), 101, 1100, 110_100],
      [at(9, 2), 101, 1100, 110_200],
    ]),
  )
  assert.deepEqual([first?.turnover, second?.turnover], [10_000_000, 1_010_000])
})

test('a bar whose messages were lost says so: the volume is whole, prices between may be missing', async () => {
  async function* ticks(): AsyncGenerator<Tick> {
    const rows = [
      [at(9, 0), 100, 1000, 100_000],
      [at(9, 0, 1), 105, 1500, 151_000],
      [at(9, 1), 106, 1600, 161_600],
      [at(9, 2), 101, 1900, 191_000],
    ] as const
    for await (const tick of ticksOf(rows.map(row => [...row]))) {
      if (tick.sequence % 2 === 1) yield tick
      const { trade: _, ...rest } = tick
      if (tick.sequence % 2 === 0) yield { ...rest, lost: true }
    }
  }
  const bars = await minuteBarsOf(ticks())
  assert.deepEqual(
    bars
      .map(bar => barToJson(DATE, bar))
      .map(bar => [bar.volume, bar.high, bar.close, bar.turnover, bar.lost]),
    [
      [1500, 105, 105, 151_000, true],
      [100, 106, 106, 10_600, undefined],
      [300, 101, 101, 29_400, true],
    ],
  )
})

test('no bar crosses a border of a session', () => {
  const expected: [number, number, number][] = [
    [DATE, at(8, 59, 59_999_999), at(9, 0)],
    [DATE, at(9, 0, 63_886), at(9, 0)],
    [DATE, at(11, 29, 59_000_000), at(11, 29)],
    [DATE, at(11, 30, 1_234), at(11, 29)],
    [DATE, at(12, 30, 1_234), at(12, 30)],
    [DATE, at(15, 24, 59_999_999), at(15, 24)],
    [DATE, at(15, 30, 2_000), at(15, 29)],
    [20241101, at(15, 0, 2_000), at(14, 59)],
  ]
  for (const [date, time, minute] of expected)
    assert.equal(barStart(asTradingDate(date), time), minute, isoTime(asTradingDate(date), time))
})

test('longer bars count from the start of their session, and end with it', () => {
  const { '5m': five, '15m': quarter, '1h': hour } = INTERVALS
  const starts = (date: TradingDate, length: number, ...times: number[]) =>
    times.map(time => barStart(date, time, length))
  assert.deepEqual(
    starts(
      DATE,
      hour,
      at(9, 0),
      at(10, 59),
      at(11, 0),
      at(11, 30, 5),
      at(12, 30),
      at(13, 29),
      at(14, 30),
      at(15, 30, 7),
    ),
    [at(9, 0), at(10, 0), at(11, 0), at(11, 0), at(12, 30), at(12, 30), at(14, 30), at(14, 30)],
  )
  assert.deepEqual(starts(DATE, quarter, at(11, 29), at(12, 44), at(15, 30)), [
    at(11, 15),
    at(12, 30),
    at(15, 15),
  ])
  assert.deepEqual(starts(asTradingDate(20241101), five, at(14, 59), at(15, 0, 3)), [at(14, 55), at(14, 55)])
  assert.deepEqual(
    [at(11, 0), at(14, 30)].map(start => barEnd(DATE, start, hour)),
    [at(11, 30), at(15, 30)],
  )
})

test('the times whose trades a bar has follow each other without a gap', () => {
  for (const length of Object.values(INTERVALS)) {
    let next = 0
    while (next < DAY_MICROSECONDS) {
      const start = barStart(DATE, Math.max(next, at(9, 0)), length)
      assert.equal(firstTradeTime(DATE, start), next)
      const last = lastTradeTime(DATE, start, length)
      for (const time of [next, last]) assert.equal(barStart(DATE, time, length), start)
      next = last + 1
    }
  }
})

test('bars are joined as their trades would be', () => {
  const minute = (time: number, price: number, more: Partial<Bar> = {}): Bar => ({
    time,
    open: price,
    high: price + 2,
    low: price - 2,
    close: price + 1,
    volume: 100,
    turnover: 10,
    ...more,
  })
  const { turnover: _, ...unknown } = minute(at(11, 0), 105)
  const minutes = [
    minute(at(10, 58), 100),
    minute(at(10, 59), 104, { lost: true }),
    unknown,
    minute(at(11, 29), 90),
  ]
  assert.deepEqual(joinMinutes(DATE, minutes, INTERVALS['1h']), [
    { time: at(10, 0), open: 100, high: 106, low: 98, close: 105, volume: 200, turnover: 20, lost: true },
    { time: at(11, 0), open: 105, high: 107, low: 88, close: 91, volume: 200 },
  ])
  assert.deepEqual(joinMinutes(DATE, minutes, INTERVALS['1m']), minutes)
})
