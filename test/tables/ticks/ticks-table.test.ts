import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asEpochSeconds } from '../../../market/units.ts'
import { putItem } from '../../../tables/dynamodb.ts'
import { finishedIssuesItem, readFinishedIssues } from '../../../tables/ticks/finished-issues.ts'
import { query, type Selection, type TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { addTicksTable, startTables, type Tables } from '../../functions/tables.ts'

const LATER = asEpochSeconds(4_000_000_000)
const GONE = asEpochSeconds(Math.floor(Date.now() / 1000) - 1)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Returns a table with items at these times of one partition, and one of another partition. */
async function tableWith(times: readonly string[], expired: readonly string[] = []): Promise<TicksTable> {
  const table = await addTicksTable(tables)
  for (const time of times) await putItem(table, { key: 'k', time, expires: LATER })
  for (const time of expired) await putItem(table, { key: 'k', time, expires: GONE })
  await putItem(table, { key: 'other', time: 'c', expires: LATER })
  return table
}

test('a page has the items of one partition that the condition selects, in either order', async () => {
  const table = await tableWith(['a', 'b', 'c', 'd'])
  const read = async (selection: Partial<Selection>) => {
    const condition = '#key = :key AND #time BETWEEN :from AND :to'
    const { items, next } = await query(table, 'k', {
      condition,
      values: { ':from': 'b', ':to': 'd' },
      ...selection,
    })
    return [items.map(({ time }) => time).join(''), next]
  }
  assert.deepEqual(await read({}), ['bcd', undefined])
  assert.deepEqual(await read({ descending: true }), ['dcb', undefined])
  assert.deepEqual(await read({ limit: 2 }), ['bc', { key: 'k', time: 'c' }])
  assert.deepEqual(await read({ start: { key: 'k', time: 'c' } }), ['d', undefined])
  assert.deepEqual(await read({ descending: true, limit: 1 }), ['d', { key: 'k', time: 'd' }])
})

test('items that have expired are not read, although the table still has them', async () => {
  const table = await tableWith(['a', 'c'], ['b', 'd'])
  const { items } = await query(table, 'k', {
    condition: '#key = :key AND #time >= :from',
    values: { ':from': 'a' },
  })
  assert.deepEqual(
    items.map(({ time }) => time),
    ['a', 'c'],
  )
})

test('a read is consistent only if the table asks for it', async () => {
  const table = await tableWith([])
  const asked: unknown[] = []
  table.client.middlewareStack.add(
    next => args => {
      if ('KeyConditionExpression' in args.input)
        asked.push((args.input as { ConsistentRead?: boolean }).ConsistentRead)
      return next(args)
    },
    { step: 'initialize' },
  )
  const selection = { condition: '#key = :key AND #time >= :from', values: { ':from': 'a' } }
  await query(table, 'k', selection)
  await query({ ...table, consistent: true }, 'k', selection)
  assert.deepEqual(asked, [false, true])
})

test('a part of the finished issues keeps those that it had, and expires with the latest', async () => {
  const table = await addTicksTable(tables)
  assert.deepEqual(await readFinishedIssues(table), new Set())
  const first = await finishedIssuesItem(table, 3, ['7203', '130A'], asEpochSeconds(LATER - 10))
  assert.deepEqual(first, { key: 'finished#issues', time: '03', expires: LATER - 10, codes: '130A,7203' })
  await putItem(table, first)
  const second = await finishedIssuesItem(table, 3, ['1301', '7203'], asEpochSeconds(LATER - 20))
  assert.deepEqual(second, { ...first, codes: '1301,130A,7203' })
  await putItem(table, second)
  assert.equal((await finishedIssuesItem(table, 3, ['1301'], LATER)).expires, LATER)
  await putItem(table, await finishedIssuesItem(table, 12, ['9984'], LATER))
  assert.deepEqual(await readFinishedIssues(table), new Set(['1301', '130A', '7203', '9984']))
})
