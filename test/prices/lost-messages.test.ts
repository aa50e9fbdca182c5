import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { F } from '../../market/board.ts'
import { momentOf } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { addMicros } from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { ticksOf, tradesOf } from '../../prices/ticks-answer.ts'
import { recordsOf, store } from '../functions/store-ticks/batch-delivery.ts'
import { envelopesOf, MORNING, sampleTicks, TRADING_DATE } from '../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'

const ALL = { from: undefined, to: undefined, limit: 100, after: undefined }
/** After the close. */
const EVENING = addMicros(momentOf(TRADING_DATE, MORNING), 10 * 3_600_000_000)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

async function sourceOf(ticks: readonly Tick[]) {
  const table = await addTicksTable(tables)
  await store(table, recordsOf(envelopesOf([ticks])))
  return sourceAt(table, 'everybody', EVENING)
}

test('a tick after lost messages is marked as lost, and no trade is invented', async () => {
  const ticks = sampleTicks(40)
  const index = ticks.findIndex(({ trade }) => trade !== undefined)
  const { trade, ...rest } = ticks[index]!
  const source = await sourceOf(ticks.with(index, { ...rest, lost: true }))
  const { issue } = rest.board
  const answer = await ticksOf(source, { ...ALL, issue })
  assert.deepEqual(
    answer.data.ticks.filter(tick => tick.lost).map(tick => [tick.sequence, tick.trade]),
    [[rest.sequence, undefined]],
  )
  const trades = await tradesOf(source, { ...ALL, issue })
  assert.deepEqual(
    trades.data.trades.filter(({ lost }) => lost).map(({ time: _, ...entry }) => entry),
    [{ sequence: rest.sequence, lost: true, lostQuantity: trade?.quantity }],
  )
})

test('a message that was never stored is found by the update number and marked as lost', async () => {
  const all = sampleTicks(60).filter(({ board }) => board.issue === '7203')
  const given = all.findIndex(({ trade }, index) => index > 1 && trade !== undefined)
  const next = all[given + 1]!
  assert.equal(next.board.values[F.updateNumber], all[given]!.board.values[F.updateNumber]! + 1)
  const source = await sourceOf(all.toSpliced(given, 1))
  const { data } = await tradesOf(source, { ...ALL, issue: '7203', limit: 100 })
  const [entry] = data.trades.filter(({ lost }) => lost)
  assert.equal(entry?.sequence, next.sequence)
  assert.equal(
    (entry?.lostQuantity ?? 0) + (entry?.quantity ?? 0),
    all[given]!.trade!.quantity + (next.trade?.quantity ?? 0),
  )
  const { data: whole } = await barsIn(source, { ...ALL, issue: '7203', interval: '1h' })
  const volume = all.reduce((sum, tick) => sum + (tick.trade?.quantity ?? 0), 0)
  assert.equal(
    whole.bars.reduce((sum, bar) => sum + bar.volume, 0),
    volume,
  )
  assert.ok(whole.bars.some(({ lost }) => lost))
})

test('a first tick that is marked as lost has all volume before it as lost', async () => {
  const all = sampleTicks(60).filter(({ board }) => board.issue === '7203')
  const start = all.findIndex(({ trade }, index) => index > 3 && trade === undefined)
  const [first, ...rest] = all.slice(start)
  const volume = first!.board.values[F.volume]!
  assert.ok(volume > 0)
  const source = await sourceOf([{ ...first!, lost: true }, ...rest])
  const { data } = await tradesOf(source, { ...ALL, issue: '7203' })
  const { time: _, ...entry } = data.trades[0]!
  assert.deepEqual(entry, { sequence: first!.sequence, lost: true, lostQuantity: volume })
  const { bars } = (await barsIn(source, { ...ALL, issue: '7203', interval: '1h' })).data
  assert.equal(bars[0]?.lost, true)
  assert.equal(
    bars.reduce((sum, bar) => sum + bar.volume, 0),
    all.at(-1)!.board.values[F.volume],
  )
})
