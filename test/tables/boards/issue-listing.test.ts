import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { EventOf } from '../../../market/market-event.ts'
import { asTradingDate } from '../../../market/units.ts'
import { createIssueListing } from '../../../tables/boards/issue-listing.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
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

test('a recheck reads the list again, and reports no code before every line has sent a list', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const listing = createIssueListing(boards)
  assert.deepEqual(await listing.unlisted(['7203', '6758']), ['6758'])
  await storeEvents(boards, [masterOf(2, '6758')])
  assert.deepEqual(await listing.unlisted(['6758']), ['6758'])
  assert.deepEqual(await listing.recheckedUnlisted(['7203', '6758', '9999']), [])
  assert.deepEqual(await listing.unlisted(['6758']), [])
})

/** A listing with a client of its own. `state.requests` counts its requests; while `isAway` is true they fail. */
function openListing(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const client = createDynamoDB({ maxAttempts: 1 })
  const state = { requests: 0, isAway: false }
  client.middlewareStack.add(
    next => async args => {
      state.requests++
      if (state.isAway) throw new Error('away')
      return next(args)
    },
    { step: 'initialize' },
  )
  return { ...createIssueListing({ client, table: TABLES.BOARDS_TABLE }), state }
}

test('a list is used for a minute, by every question', async t => {
  const { unlisted, isUnlistedOn, lineOf, recheckedUnlisted, state } = openListing(t)
  // One request for the heads, and one for the parts.
  assert.deepEqual(await unlisted(['7203']), [])
  assert.equal(state.requests, 2)
  t.mock.timers.tick(59_999)
  assert.deepEqual([await lineOf('7203'), await lineOf('6758'), await lineOf('9999')], [1, 2, undefined])
  assert.equal(await isUnlistedOn('7203', TRADING_DATE), false)
  assert.deepEqual(await recheckedUnlisted(['7203', '6758']), [])
  assert.equal(state.requests, 2)
  t.mock.timers.tick(1)
  await lineOf('7203')
  assert.equal(state.requests, 3)
})

test('a code is certainly not listed only if all lines have sent their lists', async t => {
  const { isUnlistedOn, recheckedUnlisted } = openListing(t)
  const codes = ['7203', '9999']
  const isUnlisted = (date = TRADING_DATE) => Promise.all(codes.map(code => isUnlistedOn(code, date)))
  assert.deepEqual(await isUnlisted(), [false, false])
  await storeEvents({ client: tables.client, table: TABLES.BOARDS_TABLE }, [masterOf(3, '9984')])
  t.mock.timers.tick(60_000)
  assert.deepEqual(await isUnlisted(), [false, true])
  assert.deepEqual(await isUnlisted(asTradingDate(TRADING_DATE + 4)), [false, false])
  assert.deepEqual(await recheckedUnlisted(['7203', '9984', '9999']), ['9999'])
})

test('a failed read is an error, and the next question reads again', async t => {
  const { unlisted, state } = openListing(t)
  state.isAway = true
  await assert.rejects(unlisted(['7203']), /away/)
  state.isAway = false
  assert.deepEqual(await unlisted(['9999']), ['9999'])
})
