import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INTERVALS } from '../../market/bar-times.ts'
import { type Bar, barToJson, joinMinutes, lostQuantity, minuteBarsOf } from '../../market/bars.ts'
import { ABSENT, emptyBoard, F } from '../../market/board.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { isoTime } from '../../market/moment.ts'
import type { Tick, Trade } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import { asTradingDate } from '../../market/units.ts'

const DATE = asTradingDate(20261120)
const HOURS = RULES.hoursOf(DATE)
const at = (hours: number, minutes: number, microseconds = 0): number =>
  (hours * 60 + minutes) * 60_000_000 + microseconds

/** Yields ticks from rows of time, last price in yen, cumulative volume and cumulative turnover in yen. */
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

test('each minute with trades has a bar, with the turnover of the minute', async () => {
  const bars = await minuteBarsOf(
    HOURS,
    ticksOf([
      [at(9, 0, 63_886), 100, 1000, 100_000],
      [at(9, 0, 59_999_999), 103, 1100, 110_300],
      [at(9, 1), 99, 1300, 130_100],
      [at(9, 1, 5), 98, 1400, 139_900],
      [at(9, 1, 6), 101, 1500, 150_000],
      [at(9, 3, 5), 101, 1500, 150_000],
      [at(9, 4, 5), 102, 1600, 160_200],
    ]),
  )
  const json = bars.map(bar => barToJson(DATE, bar))
  assert.deepEqual(json, [
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
      low: 98,
      close: 101,
      volume: 400,
      turnover: 39_700,
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

test('a message without a trade changes no bar, because apps build bars from trades', async () => {
  const [first, second, ...more] = await minuteBarsOf(
    HOURS,
    ticksOf([
      [at(9, 0), 100, 1000, 100_000],
      [at(9, 0, 5), 100, 1000, 110_000],
      [at(9, 1), 101, 1100, 120_200],
      [at(9, 2), 101, 1100, 120_300],
    ]),
  )
  // In sen. The trade of 9:01 has the growth of its own message: 100 shares at 102 yen on average.
  assert.deepEqual([first?.turnover, second?.turnover, more], [10_000_000, 1_020_000, []])
})

test('a bar with lost messages is marked, and its volume is complete', async () => {
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
  const bars = await minuteBarsOf(HOURS, ticks())
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

/** Returns a tick whose board has a last price, and a volume if it is given. */
function tickOf(sequence: number, volume: number | undefined, more: Partial<Tick> = {}): Tick {
  const board = emptyBoard('7203')
  board.values[F.last] = 1_000_000
  if (volume !== undefined) board.values[F.volume] = volume
  return { tradingDate: DATE, line: 1, sequence, time: at(9, 0), board, ...more }
}

async function* each(...ticks: readonly Tick[]): AsyncGenerator<Tick> {
  yield* ticks
}

test('the quantity of lost messages is the growth of the volume less the trade of the tick', () => {
  const lost = { lost: true } as const
  const trade = { price: 1_000_000, quantity: 100 }
  const before = tickOf(1, 500)
  assert.equal(lostQuantity(tickOf(2, 800), before), 0, 'nothing is lost')
  assert.equal(lostQuantity(tickOf(2, undefined, lost), before), 0, 'the volume is unknown')
  assert.equal(lostQuantity(tickOf(2, 800, lost), before), 300)
  assert.equal(lostQuantity(tickOf(2, 800, { ...lost, trade }), before), 200)
  assert.equal(lostQuantity(tickOf(2, 800, { ...lost, trade }), tickOf(1, undefined)), 700)
  assert.equal(lostQuantity(tickOf(2, 800, { ...lost, trade }), undefined), 700)
  assert.equal(lostQuantity(tickOf(2, 500, lost), before), 0)
  assert.equal(lostQuantity(tickOf(2, 400, lost), before), 0, 'a corrected volume is no trade')
})

test('a tick after lost messages starts a bar only if a share was traded and the board has a price', async () => {
  const lost = { lost: true, time: at(9, 1) } as const
  const barsAfter = (tick: Tick) => minuteBarsOf(HOURS, each(tickOf(1, 500), tick))
  const [bar, ...more] = await barsAfter(tickOf(2, 501, lost))
  assert.deepEqual([bar?.time, bar?.volume, bar?.close, bar?.lost, more], [at(9, 1), 1, 1_000_000, true, []])
  assert.deepEqual(await barsAfter(tickOf(2, 500, lost)), [])
  const blank = tickOf(2, 501, lost)
  blank.board.values[F.last] = ABSENT
  assert.deepEqual(await barsAfter(blank), [])
})

test('the turnover of a bar is unknown if the turnover before a trade at several prices is', async () => {
  const several = { price: 1_000_000, quantity: 100, average: 7_000 }
  const turnoverOf = async (trade: Trade, volume: number, ...earlier: Tick[]) => {
    const tick = tickOf(2, volume, { trade })
    tick.board.values[F.turnover] = 7_000
    const bars = await minuteBarsOf(HOURS, each(...earlier, tick))
    return bars.map(bar => bar.turnover)
  }
  // The first trade of the day: nothing was traded before.
  assert.deepEqual(await turnoverOf(several, 100), [7_000])
  assert.deepEqual(await turnoverOf(several, 101), [undefined])
  const before = tickOf(1, 1)
  before.board.values[F.turnover] = 400
  assert.deepEqual(await turnoverOf(several, 101, before), [6_600])
  // 100 shares at 100 yen, in sen.
  const { average: _, ...single } = several
  assert.deepEqual(await turnoverOf(single, 101), [1_000_000])
})

test('joined bars have the prices and sums of all their trades', () => {
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
  assert.deepEqual(joinMinutes(HOURS, minutes, INTERVALS['1h']), [
    { time: at(10, 0), open: 100, high: 106, low: 98, close: 105, volume: 200, turnover: 20, lost: true },
    { time: at(11, 0), open: 105, high: 107, low: 88, close: 91, volume: 200 },
  ])
  assert.deepEqual(joinMinutes(HOURS, minutes, INTERVALS['1m']), minutes)
})
