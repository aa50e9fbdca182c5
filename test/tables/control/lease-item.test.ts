import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { type LeaseTable, readLease, renewLease, takeLease } from '../../../tables/control/lease-item.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const LINE = 2
const FIRST = { task: 'task-a', epoch: asEpochMillis(1_000) }
const SECOND = { task: 'task-b', epoch: asEpochMillis(2_000) }
const PLACE = {
  tradingDate: asTradingDate(20261120),
  position: 77,
  reached: 3_000,
  lanes: [{ epoch: asEpochMillis(1_000), counter: 12, sequence: 2_999 }],
}

let tables: Tables
let table: LeaseTable
before(async () => {
  tables = await startTables()
  table = { client: tables.client, table: TABLES.CONTROL_TABLE }
})
after(() => tables[Symbol.asyncDispose]())
beforeEach(() => tables.client.send(new DeleteCommand({ TableName: table.table, Key: { id: 'lease#2' } })))

const soon = (): AbortSignal => AbortSignal.timeout(5_000)
const read = () => readLease(table, LINE, soon())

test('a lease is taken once, renewed by its holder, and taken over as it was seen', async () => {
  assert.equal(await read(), undefined)
  assert.equal(await takeLease(table, LINE, FIRST, undefined, soon()), true)
  assert.equal(await takeLease(table, LINE, SECOND, undefined, soon()), false)
  const taken = { ...FIRST, beat: 0, released: false, works: false, published: undefined }
  assert.deepEqual(await read(), taken)

  const renewal = { ...FIRST, beat: 1, published: PLACE, works: true, released: false }
  assert.equal(await renewLease(table, LINE, renewal, soon()), true)
  assert.deepEqual(await read(), { ...taken, beat: 1, works: true, published: PLACE })
  // The lease has changed since it was seen.
  assert.equal(await takeLease(table, LINE, SECOND, taken, soon()), false)
  assert.equal(await takeLease(table, LINE, SECOND, { ...taken, beat: 1 }, soon()), true)
  assert.deepEqual(await read(), { ...SECOND, beat: 0, released: false, works: false, published: PLACE })
})

test('a task that was overtaken cannot renew, also in an older epoch of its own', async () => {
  await takeLease(table, LINE, FIRST, undefined, soon())
  await takeLease(table, LINE, SECOND, { epoch: FIRST.epoch, beat: 0 }, soon())
  const renewal = { beat: 5, published: PLACE, works: true, released: false }
  assert.equal(await renewLease(table, LINE, { ...FIRST, ...renewal }, soon()), false)
  assert.equal(await renewLease(table, LINE, { ...SECOND, epoch: FIRST.epoch, ...renewal }, soon()), false)
  assert.deepEqual(await read(), { ...SECOND, beat: 0, released: false, works: false, published: undefined })
})

test('a renewal may be repeated, and keeps the published place if it brings none', async () => {
  await takeLease(table, LINE, FIRST, undefined, soon())
  const renewal = { ...FIRST, beat: 1, published: PLACE, works: true, released: false }
  assert.equal(await renewLease(table, LINE, renewal, soon()), true)
  assert.equal(await renewLease(table, LINE, renewal, soon()), true)
  assert.equal(await renewLease(table, LINE, { ...renewal, beat: 2, published: undefined }, soon()), true)
  assert.deepEqual(await read(), { ...FIRST, beat: 2, released: false, works: true, published: PLACE })
})

test('a released lease can be taken, and is then not released', async () => {
  await takeLease(table, LINE, FIRST, undefined, soon())
  await renewLease(table, LINE, { ...FIRST, beat: 1, published: PLACE, works: true, released: true }, soon())
  assert.equal((await read())?.released, true)
  assert.equal(await takeLease(table, LINE, SECOND, { epoch: FIRST.epoch, beat: 1 }, soon()), true)
  assert.equal((await read())?.released, false)
})

test('the item says when it was written, by the clock of its holder', async t => {
  const now = Date.parse('2026-11-20T09:00:00+09:00')
  t.mock.timers.enable({ apis: ['Date'], now })
  await takeLease(table, LINE, FIRST, undefined, new AbortController().signal)
  const { Item } = await tables.client.send(
    new GetCommand({ TableName: table.table, Key: { id: 'lease#2' } }),
  )
  assert.deepEqual(Item, { id: 'lease#2', ...FIRST, beat: 0, at: now })
})

test('an aborted request fails', async () => {
  await assert.rejects(readLease(table, LINE, AbortSignal.abort()), { name: 'AbortError' })
})
