import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyBoard, F } from '../../market/board.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { dayRecordOf } from '../../market/day-record.ts'
import type { Tick } from '../../market/tick.ts'
import { asTradingDate } from '../../market/units.ts'

const DATE = asTradingDate(20261120)
const HOURS = RULES.hoursOf(DATE)
const at = (hours: number, minutes: number): number => (hours * 60 + minutes) * 60_000_000

/** Returns a tick with prices of its session, and a trade of 100 shares at the last price. */
function tickOf(sequence: number, time: number, high: number, last: number, volume: number): Tick {
  const board = emptyBoard('7203')
  const { values } = board
  values[F.open] = values[F.low] = values[F.last] = last
  values[F.high] = high
  values[F.openTime] = values[F.highTime] = values[F.lowTime] = values[F.lastTime] = time
  values[F.volume] = volume
  return { tradingDate: DATE, line: 1, sequence, time, board, trade: { price: last, quantity: 100 } }
}

async function* ticksOf(...ticks: readonly Tick[]): AsyncGenerator<Tick> {
  yield* ticks
}

test('a day has the prices of both sessions, its minute bars, and its last tick', async () => {
  const morning = tickOf(3, at(9, 5), 1_300_000, 1_200_000, 100)
  const afternoon: Tick = { ...tickOf(8, at(13, 0), 1_250_000, 1_250_000, 300), lost: true }
  const record = await dayRecordOf(HOURS, ticksOf(morning, afternoon), true)
  assert.deepEqual(record?.prices.high, { price: 1_300_000, time: at(9, 5) })
  assert.deepEqual(
    [record?.issue, record?.date, record?.count, record?.lost, record?.final, record?.last],
    ['7203', DATE, 2, true, true, { time: at(13, 0), sequence: 8 }],
  )
  assert.deepEqual(
    record?.minutes.map(({ time, volume }) => [time, volume]),
    [
      [at(9, 5), 100],
      [at(13, 0), 200],
    ],
  )
})

test('a day is lost if a tick of it is, and final as stated', async () => {
  const [first, second] = [tickOf(1, at(9, 5), 10, 10, 100), tickOf(2, at(9, 6), 10, 10, 200)]
  const flagsOf = async (final: boolean, ...ticks: Tick[]) => {
    const record = await dayRecordOf(HOURS, ticksOf(...ticks), final)
    return [record?.lost, record?.final]
  }
  assert.deepEqual(await flagsOf(false, first, second), [false, false])
  assert.deepEqual(await flagsOf(true, { ...first, lost: true }, second), [true, true])
})

test('the last tick before 12:30 has the prices of the morning', async () => {
  const afternoon = tickOf(3, at(12, 30), 20, 15, 300)
  const noon = (time: number) => tickOf(2, time, 30, 15, 200)
  const highWith = async (time: number) =>
    (await dayRecordOf(HOURS, ticksOf(noon(time), afternoon), true))?.prices.high?.price
  assert.equal(await highWith(at(12, 30) - 1), 30)
  assert.equal(await highWith(at(12, 30)), 20)
})

test('a day without a tick has no record', async () => {
  assert.equal(await dayRecordOf(HOURS, ticksOf(), false), undefined)
})
