import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyBoard, emptyBoard, F } from '../../../market/board.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { encodePack } from '../../../market/codec/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochSeconds, asTradingDate } from '../../../market/units.ts'
import { putItem } from '../../../tables/dynamodb.ts'
import { type FinishedMinutes, halfHourItems } from '../../../tables/ticks/half-hours.ts'
import { finishedMinutes, minutesAsOf, readFinished } from '../../../tables/ticks/read-minutes.ts'
import { packItem } from '../../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { openMemoryTable } from '../../drills/cut/memory-table.ts'

const DATE = asTradingDate(20261120)
const OF = { issue: '7203', date: DATE, hours: RULES.hoursOf(DATE) }
const EXPIRES = asEpochSeconds(4_000_000_000)
const MINUTE = 60_000_000
/** µs of the day. */
const at = (hour: number, minute: number, second = 0): number =>
  (hour * 60 + minute) * MINUTE + second * 1_000_000
const PRICE = 10_000_000
const EMPTY: FinishedMinutes = { minutes: [], through: at(9, 0) }

/** Stores a pack with a trade of 100 shares at each of the times, at a price that grows by a yen. */
async function storeTrades(table: TicksTable, times: readonly number[]): Promise<void> {
  let board = emptyBoard('7203')
  const ticks = times.map((time, index): Tick => {
    board = copyBoard(board)
    const price = PRICE + 10_000 * index
    const volume = 100 * (index + 1)
    Object.assign(board.values, {
      [F.updateNumber]: index + 1,
      [F.volume]: volume,
      [F.turnover]: volume * 100_000,
    })
    board.values[F.last] = price
    return { tradingDate: DATE, line: 1, sequence: index + 1, time, board, trade: { price, quantity: 100 } }
  })
  await putItem(table, packItem('7203', DATE, ticks[0]!, encodePack(ticks), EXPIRES))
}
const closes = (minutes: FinishedMinutes['minutes']) => minutes.map(({ time, close }) => [time, close])

const TIMES = [at(9, 0, 10), at(9, 0, 50), at(9, 1, 30), at(9, 3, 0), at(9, 3, 59)]

test('bars go from the minute of the start to the tick of the end, also within one minute', async () => {
  const table = openMemoryTable()
  await storeTrades(table, TIMES)
  const read = async (from: number, until: number) => closes(await minutesAsOf(table, OF, from, until))
  assert.deepEqual(await read(at(9, 0, 40), at(9, 3, 0)), [
    [at(9, 0), PRICE + 10_000],
    [at(9, 1), PRICE + 20_000],
    [at(9, 3), PRICE + 30_000],
  ])
  assert.deepEqual(await read(at(9, 3, 30), at(9, 3, 58)), [[at(9, 3), PRICE + 30_000]])
  assert.deepEqual(await read(at(9, 3), at(9, 3, 59)), [[at(9, 3), PRICE + 40_000]])
  assert.deepEqual(await read(at(9, 4), at(9, 3, 59)), [])
  assert.deepEqual(await read(at(9, 2), at(9, 2, 59)), [])
})

test('finished minutes come from half-hours, the others from ticks', async () => {
  const table = openMemoryTable()
  await storeTrades(table, TIMES)
  // The stored bar has another price, so that it shows where a bar comes from.
  const [bar] = await minutesAsOf(table, OF, at(9, 0), at(9, 0, 59))
  const stored = { minutes: [{ ...bar!, close: 1 }], through: at(9, 1) }
  for (const item of halfHourItems(OF, at(9, 0), stored, EXPIRES)) await putItem(table, item)
  assert.deepEqual(await readFinished(table, OF), stored)
  assert.deepEqual(closes(await minutesAsOf(table, OF, at(9, 0), at(9, 1, 59))), [
    [at(9, 0), 1],
    [at(9, 1), PRICE + 20_000],
  ])
  // The minute of the end may have later ticks, so it never comes from a half-hour.
  assert.deepEqual(closes(await minutesAsOf(table, OF, at(9, 0), at(9, 0, 20))), [[at(9, 0), PRICE]])
  assert.deepEqual(closes(await minutesAsOf(table, OF, at(9, 1), at(9, 1, 59))), [[at(9, 1), PRICE + 20_000]])
})

test('minutes are finished up to the minute of the last tick', async () => {
  const table = openMemoryTable()
  await storeTrades(table, TIMES)
  const finish = async (before: FinishedMinutes, last: number, most = 100) => {
    const { minutes, through } = await finishedMinutes(table, OF, before, last, most)
    return [closes(minutes), through]
  }
  const first = [at(9, 0), PRICE + 10_000]
  const second = [at(9, 1), PRICE + 20_000]
  assert.deepEqual(await finish(EMPTY, at(9, 3, 59)), [[first, second], at(9, 3)])
  assert.deepEqual(await finish(EMPTY, at(9, 1, 30)), [[first], at(9, 1)])
  assert.equal(await finishedMinutes(table, OF, EMPTY, at(9, 0, 50), 100), EMPTY)
  // With three ticks the third is in an unfinished minute; with two ticks no minute is known to be finished.
  assert.deepEqual(await finish(EMPTY, at(9, 3, 59), 3), [[first], at(9, 1)])
  assert.equal(await finishedMinutes(table, OF, EMPTY, at(9, 3, 59), 2), EMPTY)
  const stored = {
    minutes: (await finishedMinutes(table, OF, EMPTY, at(9, 1, 30), 100)).minutes,
    through: at(9, 1),
  }
  assert.deepEqual(await finish(stored, at(9, 3, 59)), [[first, second], at(9, 3)])
  assert.equal(await finishedMinutes(table, OF, stored, at(9, 1, 59), 100), stored)
})
