import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { EventOf } from '../../../market/market-event.ts'
import { createIssueListing } from '../../../tables/boards/issue-listing.ts'
import { storeEvents } from '../../functions/boards-fixture.ts'
import { TRADING_DATE } from '../../functions/stored-market.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** The master of a line with one issue. */
const masterOf = (line: number, code: string): EventOf<'issues'> => ({
  type: 'issues',
  line,
  tradingDate: TRADING_DATE,
  part: 0,
  parts: 1,
  issues: [{ code, name: '', section: 'プライム', unit: 100, basePrice: 21_835_000, topix500: true }],
})

test('every code counts as listed until the master is there; then the list counts, read once a minute', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const table = { client: tables.client, table: TABLES.BOARDS_TABLE }
  let requests = 0
  tables.client.middlewareStack.add(
    next => args => {
      requests++
      return next(args)
    },
    { step: 'initialize', name: 'count' },
  )
  t.after(() => tables.client.middlewareStack.remove('count'))
  const listing = createIssueListing(table)
  const codes = ['7203', '9999']
  assert.deepEqual(await Promise.all(codes.map(code => listing.unlisted([code]))), [[], []])
  assert.equal(requests, 1)

  await storeEvents(table, [masterOf(1, '7203')])
  assert.deepEqual(await listing.unlisted(codes), [])
  t.mock.timers.tick(60_001)
  assert.deepEqual(await listing.unlisted(codes), ['9999'])
})

test('a recheck reads the list again before it reports a code as not listed', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const listing = createIssueListing(boards)
  assert.deepEqual(await listing.unlisted(['7203', '6758']), ['6758'])
  await storeEvents(boards, [masterOf(2, '6758')])
  assert.deepEqual(await listing.unlisted(['6758']), ['6758'])
  assert.deepEqual(await listing.recheckedUnlisted(['7203', '6758', '9999']), ['9999'])
  assert.deepEqual(await listing.unlisted(['6758']), [])
})
