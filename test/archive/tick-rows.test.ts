import assert from 'node:assert/strict'
import test from 'node:test'
import { tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { readParquet } from 'parquet-wasm'
import { GROUP_ROWS, openParquet } from '../../archive/parquet.ts'
import { readTicks } from '../../archive/read-archive.ts'
import { TICK_COLUMNS } from '../../archive/tick-rows.ts'
import { ABSENT, ASKS, emptyBoard, F, statusNumber } from '../../market/board.ts'
import type { Tick } from '../../market/tick.ts'
import { asTradingDate } from '../../market/units.ts'
import { arbitraryTicks } from '../market/codec/arbitrary-ticks.ts'

/** Writes ticks to a file. */
function write(ticks: readonly Tick[]): Buffer {
  const file = openParquet(TICK_COLUMNS)
  for (const tick of ticks) file.add(tick)
  return Buffer.concat(file.finish())
}

async function read(bytes: Buffer): Promise<Tick[]> {
  const whole = new Uint8Array(bytes).buffer
  const file = { byteLength: whole.byteLength, slice: (from: number, to?: number) => whole.slice(from, to) }
  const ticks: Tick[] = []
  for await (const tick of readTicks(file)) ticks.push(tick)
  return ticks
}

/** Arbitrary ticks whose status fits the two characters of the feed. */
const ticksWithStatus = arbitraryTicks({ minLength: 1 }).map(ticks =>
  ticks.map(tick => {
    const { values } = tick.board
    const status = values[F.status]!
    if (status !== ABSENT) values[F.status] = Math.abs(status) % 0x8000
    return tick
  }),
)

test('a tick with any board is read back as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(ticksWithStatus, async ticks => {
      assert.deepEqual(await read(write(ticks)), ticks)
    }),
    { numRuns: 200 },
  )
})

test('the same ticks give the same bytes', () => {
  fc.assert(
    fc.property(ticksWithStatus, ticks => {
      assert.deepEqual(write(ticks), write(ticks))
    }),
    { numRuns: 20 },
  )
})

test('a file with several row groups is read in order', async () => {
  const board = emptyBoard('7203')
  board.values[F.updateNumber] = 1
  const ticks = Array.from(
    { length: GROUP_ROWS + 3 },
    (_, index): Tick => ({
      tradingDate: asTradingDate(20261120),
      line: 1,
      sequence: index + 1,
      time: 32_400_000_000 + index,
      board,
    }),
  )
  const back = await read(write(ticks))
  assert.equal(back.length, ticks.length)
  assert.deepEqual(back.at(-1), ticks.at(-1))
  assert.deepEqual(back[GROUP_ROWS], ticks[GROUP_ROWS])
})

test('another implementation reads Tokyo time, prices in yen, and NULL for absent values', () => {
  const board = emptyBoard('7203')
  board.values.set([20_385_000, 1_200], ASKS)
  board.values[F.status] = statusNumber('20')
  board.values[F.turnover] = 32_546_860_050
  const tick: Tick = {
    tradingDate: asTradingDate(20261120),
    line: 2,
    sequence: 7,
    time: 32_400_063_886,
    board,
    trade: { price: 20_385_000, quantity: 300, side: 'buy' },
  }
  const table = tableFromIPC(readParquet(write([tick])).intoIPCStream())
  assert.deepEqual(
    table.schema.fields.map(field => field.name),
    TICK_COLUMNS.map(column => column.name),
  )
  const typeOf = (name: string): string =>
    String(table.schema.fields.find(field => field.name === name)?.type)
  const first = (name: string): unknown => table.getChild(name)?.get(0)
  assert.equal(typeOf('time'), 'Timestamp<MICROSECOND>')
  assert.equal(first('time'), Date.UTC(2026, 10, 20, 9, 0, 0) + 63.886)
  assert.equal(typeOf('ask1_price'), 'Decimal[18e+4]')
  assert.equal(String(first('ask1_price')), '20385000')
  assert.equal(first('ask1_quantity'), 1_200n)
  assert.equal(typeOf('turnover'), 'Decimal[18e+2]')
  assert.equal(String(first('turnover')), '32546860050')
  assert.equal(first('status'), '20')
  assert.equal(first('trade_side'), 'buy')
  assert.equal(first('lost'), false)
  assert.equal(first('bid1_price'), null)
  assert.equal(first('trade_average_price'), null)
})
