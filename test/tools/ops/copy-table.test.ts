import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { momentOf } from '../../../market/moment.ts'
import { asEpochMillis, asEpochSeconds, asTradingDate } from '../../../market/units.ts'
import { readExceptionsText, writeExceptions } from '../../../tables/control/calendar-item.ts'
import { CONTROL_KEYS, LOGIN_ID, leaseId } from '../../../tables/control/control-keys.ts'
import { getItem, putItem, type Table } from '../../../tables/dynamodb.ts'
import { readAccess, writeAccess } from '../../../tables/users/access-records.ts'
import { readCut } from '../../../tables/users/user-cut.ts'
import { CONNECTIONS_ITEM, CUT_ITEM, USERS_KEYS, userId } from '../../../tables/users/users-keys.ts'
import { copyControl, copyUsers } from '../../../tools/ops/copy-table.ts'
import { startTables } from '../../functions/tables.ts'

const tables = await startTables()
after(() => tables[Symbol.asyncDispose]())
const { client } = tables

/** A table, whatever its items. */
type AnyTable = Pick<Table, 'client' | 'table'>

/** Adds a table with the keys of another one, as a restore does. */
async function addTable(table: string, keys: readonly string[]): Promise<AnyTable> {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: keys.map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, index) => ({
        AttributeName,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  return { client, table }
}

test('a restored table of users brings back records and cuts, and takes nothing back', async () => {
  const from = await addTable('users-restored', [USERS_KEYS.partition, USERS_KEYS.sort])
  const to: AnyTable = { client, table: 'users' }
  const now = Date.now()
  const at = (days: number) => asEpochMillis(now - days * 86_400_000)
  const month = new Date(now + 9 * 3_600_000).toISOString().slice(0, 7)
  const record = (user: string, first: number, last: number, by: 'stream' | 'rest') => ({
    id: `access#${month}`,
    item: user,
    firstAt: at(first),
    firstBy: by,
    lastAt: at(last),
    expires: asEpochSeconds(Math.floor(now / 1000) + 1_000),
  })
  // Lost in the table; had again since; newer in the table.
  for (const item of [
    record('lost', 9, 8, 'rest'),
    record('again', 9, 8, 'stream'),
    record('older', 3, 2, 'rest'),
  ])
    await putItem(from, item)
  for (const item of [record('again', 2, 1, 'rest'), record('older', 5, 1, 'stream')]) await putItem(to, item)
  const cut = (user: string, cutAt: number, expires: number) => ({
    id: userId(user),
    item: CUT_ITEM,
    cutAt: asEpochSeconds(cutAt),
    expires: asEpochSeconds(Math.floor(now / 1000) + expires),
  })
  for (const item of [cut('a', 10, 500), cut('b', 10, 500), cut('c', 30, 500), cut('d', 10, -1)])
    await putItem(from, item)
  for (const item of [cut('b', 20, 400), cut('c', 20, 400)]) await putItem(to, item)
  await putItem(from, { id: userId('a'), item: CONNECTIONS_ITEM, connections: {}, expires: 9_999_999_999 })

  // lost, again, a and c are written; older and b are kept; d has expired, and connections are not copied.
  assert.deepEqual(await copyUsers(from, to), { copied: 4, kept: 2, skipped: 2 })
  assert.deepEqual(await readAccess(to, month), [
    { ...record('again', 2, 1, 'rest'), firstAt: at(9), firstBy: 'stream' },
    record('lost', 9, 8, 'rest'),
    record('older', 5, 1, 'stream'),
  ])
  const cuts = await Promise.all(['a', 'b', 'c', 'd'].map(user => readCut(to, user)))
  assert.deepEqual(
    cuts.map(item => item?.cutAt),
    [10, 20, 30, undefined],
  )
  assert.deepEqual(await copyUsers(from, to), { copied: 0, kept: 6, skipped: 2 })
  // A record that goes on after the copy keeps its start.
  await writeAccess(to, { user: 'lost', at: asEpochMillis(now), by: 'stream' })
  assert.equal((await readAccess(to, month)).find(({ item }) => item === 'lost')?.firstAt, at(9))
})

test('a restored table of control brings back the calendar, and no lease and no refused login', async () => {
  const from = await addTable('control-restored', [CONTROL_KEYS.partition])
  const to: AnyTable = { client, table: 'control' }
  const text = JSON.stringify({ version: 0, exceptions: [] })
  await writeExceptions(from, text, momentOf(asTradingDate(20261120), 0))
  await putItem(from, { id: leaseId(1), epoch: 7 })
  await putItem(from, { id: LOGIN_ID, write: 'old', isReserved: false, refusals: 2, mark: 'old' })
  assert.deepEqual(await copyControl(from, to), { copied: 1, kept: 0, skipped: 0 })
  assert.equal(await readExceptionsText(to), await readExceptionsText(from))
  for (const id of [leaseId(1), LOGIN_ID]) assert.equal(await getItem(to, { id }), undefined)
  assert.deepEqual(await copyControl(from, to), { copied: 0, kept: 1, skipped: 0 })
})
