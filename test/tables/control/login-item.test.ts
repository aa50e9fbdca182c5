import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { asEpochMillis } from '../../../market/units.ts'
import { LOGIN_ID } from '../../../tables/control/control-keys.ts'
import {
  type LoginItem,
  type LoginTable,
  noteRefusedLogin,
  readLogin,
  releaseLogin,
  reserveLogin,
} from '../../../tables/control/login-item.ts'
import { deleteItem } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const NOW = asEpochMillis(1_000_000)
const soon = (): AbortSignal => AbortSignal.timeout(5_000)

let tables: Tables
let table: LoginTable
before(async () => {
  tables = await startTables()
  table = { client: tables.client, table: TABLES.CONTROL_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

/** Returns the item without its id of the write. */
async function stored(): Promise<Omit<LoginItem, 'id' | 'write'> | undefined> {
  const item = await readLogin(table, soon())
  if (item === undefined) return undefined
  const { id, write, ...rest } = item
  assert.equal(id, LOGIN_ID)
  return rest
}

const refuse = (mark: string): Promise<number> =>
  noteRefusedLogin(table, { mark, now: NOW, wait: 60_000 }, soon())

suite('the login', () => {
  beforeEach(() => deleteItem(table, { id: LOGIN_ID }))

  test('is reserved by one of many tasks that have read the same item', async () => {
    for (const isKnown of [false, true]) {
      if (isKnown) await refuse('m1')
      const seen = await readLogin(table, soon())
      assert.equal(seen !== undefined, isKnown)
      const tries = Array.from({ length: 12 }, () => reserveLogin(table, seen, soon()))
      const reserved = (await Promise.all(tries)).filter(id => id !== undefined)
      assert.equal(reserved.length, 1)
    }
  })

  test('counts the refusals of one password in a row, from one on for another password', async () => {
    assert.deepEqual([await refuse('m1'), await refuse('m1')], [1, 2])
    assert.deepEqual(await stored(), { isReserved: false, refusals: 2, mark: 'm1', notBefore: 1_060_000 })
    assert.equal(await refuse('m2'), 1)
    assert.deepEqual(await stored(), { isReserved: false, refusals: 1, mark: 'm2', notBefore: 1_060_000 })
  })

  test('counts each of several refusals at the same time', async () => {
    const counts = await Promise.all([refuse('m1'), refuse('m1'), refuse('m1')])
    assert.deepEqual(counts.toSorted(), [1, 2, 3])
  })

  test('keeps its refusals through a reservation, and forgets them only after their password was accepted', async () => {
    await refuse('m1')
    const refused = { refusals: 1, mark: 'm1', notBefore: 1_060_000 }
    for (const [forgets, left] of [
      [false, refused],
      [true, {}],
    ] as const) {
      const reservation = await reserveLogin(table, await readLogin(table, soon()), soon())
      assert.deepEqual(await stored(), { isReserved: true, ...refused })
      await releaseLogin(table, { reservation: reservation!, forgets }, soon())
      assert.deepEqual(await stored(), { isReserved: false, ...left })
    }
  })

  test('is not released by a task whose reservation is over', async () => {
    const first = await reserveLogin(table, undefined, soon())
    await reserveLogin(table, await readLogin(table, soon()), soon())
    await releaseLogin(table, { reservation: first!, forgets: true }, soon())
    assert.deepEqual(await stored(), { isReserved: true })
  })
})
