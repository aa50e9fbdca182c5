import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createEventStore } from '../../functions/broadcast/event-store.ts'
import { systemClock } from '../../market/clock.ts'
import { createListing } from '../../prices/listed-issues.ts'
import { TRADING_DATE } from '../functions/stored-market.ts'
import { startTables, TABLES, type Tables } from '../functions/tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('every issue counts as listed until a list is there; then the list counts, looked at once a minute', async t => {
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
  const isListed = createListing(table)
  assert.deepEqual(await Promise.all(['7203', '9999'].map(isListed)), [true, true])
  assert.equal(requests, 1)

  await createEventStore(table, systemClock).store({
    type: 'issues',
    line: 1,
    tradingDate: TRADING_DATE,
    part: 0,
    parts: 1,
    issues: [
      {
        code: '7203',
        name: 'トヨタ自動車',
        section: 'プライム',
        unit: 100,
        basePrice: 21_835_000,
        topix500: true,
      },
    ],
  })
  assert.equal(await isListed('9999'), true)
  t.mock.timers.tick(60_001)
  assert.deepEqual(await Promise.all(['7203', '9999'].map(isListed)), [true, false])
})
