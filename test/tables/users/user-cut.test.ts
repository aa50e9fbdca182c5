import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asEpochSeconds } from '../../../market/units.ts'
import { putItem } from '../../../tables/dynamodb.ts'
import { extendCut, isCutOff, readCut, writeCut } from '../../../tables/users/user-cut.ts'
import { CUT_ITEM, userId } from '../../../tables/users/users-keys.ts'
import type { CutItem, UsersTable } from '../../../tables/users/users-table.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
let users: UsersTable
before(async () => {
  tables = await startTables()
  users = { client: tables.client, table: TABLES.USERS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

const DAY_SECONDS = 86_400

/** A cut at 1,000 s that lasts until 2,000 s. */
const CUT: CutItem = {
  id: userId('u'),
  item: CUT_ITEM,
  cutAt: asEpochSeconds(1_000),
  expires: asEpochSeconds(2_000),
}

test('a cut refuses the tokens that were issued until then, as long as they can live', () => {
  const at = (issued: number | undefined, now: number) => isCutOff(CUT, issued, asEpochSeconds(now))
  assert.equal(at(999, 1_500), true)
  assert.equal(at(1_000, 1_500), true)
  assert.equal(at(1_001, 1_500), false)
  assert.equal(at(999, 1_999), true)
  assert.equal(at(999, 2_000), false)
  assert.equal(isCutOff(undefined, 999, asEpochSeconds(1_500)), false)
})

test('a cut refuses a token that does not state when it was issued', () => {
  assert.equal(isCutOff(CUT, undefined, asEpochSeconds(1_500)), true)
  assert.equal(isCutOff(CUT, Number.NaN, asEpochSeconds(1_500)), true)
  assert.equal(isCutOff(CUT, undefined, asEpochSeconds(2_000)), false)
})

test('a cut is of one user, begins after all tokens of now, and is read as it was written', async () => {
  assert.equal(await readCut(users, 'a'), undefined)
  const before = Date.now() / 1000
  const cut = await writeCut(users, 'a', DAY_SECONDS)
  const after = Date.now() / 1000
  assert.ok(cut.cutAt >= before + 5 && cut.cutAt <= after + 6, `cutAt ${cut.cutAt}, now ${after}`)
  assert.equal(cut.expires - cut.cutAt, DAY_SECONDS)
  assert.deepEqual(await readCut(users, 'a'), cut)
  assert.equal(await readCut(users, 'b'), undefined)
})

test('a second cut never ends before the first', async () => {
  const first: CutItem = { ...CUT, id: userId('c'), expires: asEpochSeconds(4_000_000_000) }
  await putItem(users, first)
  const second = await writeCut(users, 'c', DAY_SECONDS)
  assert.ok(second.cutAt > first.cutAt)
  assert.equal(second.expires, 4_000_000_000)
  // A cut that is over does not lengthen the next.
  await putItem(users, { ...CUT, id: userId('d') })
  const next = await writeCut(users, 'd', DAY_SECONDS)
  assert.equal(next.expires - next.cutAt, DAY_SECONDS)
})

test('a cut is extended, never shortened, and none is made', async () => {
  const cut = await writeCut(users, 'e', DAY_SECONDS)
  await extendCut(users, 'e', asEpochSeconds(cut.expires - 1))
  assert.deepEqual(await readCut(users, 'e'), cut)
  await extendCut(users, 'e', asEpochSeconds(cut.expires + 1))
  assert.deepEqual(await readCut(users, 'e'), { ...cut, expires: cut.expires + 1 })
  await extendCut(users, 'f', cut.expires)
  assert.equal(await readCut(users, 'f'), undefined)
})
