import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barMinute, barsOf } from '../../../../functions/shared/history/bars.ts'
import { emptyBoard, F } from '../../../../market/board.ts'
import { isoTime } from '../../../../market/clock.ts'
import type { Tick } from '../../../../market/tick.ts'
import { deriveTrade } from '../../../../market/trade.ts'

const DATE = 20261120
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
  const bars = await barsOf(
    ticksOf([
      [at(9, 0, 63_886), 100, 1000, 100_000],
      [at(9, 0, 59_999_999), 103, 1100, 110_300],
      [at(9, 1), 99, 1300, 130_100],
      [at(9, 1, 5), 101, 1400, 140_200],
      [at(9, 3, 5), 101, 1400, 140_200],
      [at(9, 4, 5), 102, 1500, 150_400],
    ]),
  )
  assert.deepEqual(bars, [
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
  const bars = await barsOf(ticks())
  assert.deepEqual(
    bars.map(bar => [bar.volume, bar.high, bar.close, bar.turnover, bar.lost]),
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
    assert.equal(barMinute(date, time), minute, isoTime(date, time))
})
