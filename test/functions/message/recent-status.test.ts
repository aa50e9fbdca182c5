import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRecentStatus } from '../../../functions/message/recent-status.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { storeEvents } from '../boards-fixture.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const phaseAt = (minute: string, phase: 'morning' | 'lunch') =>
  ({ type: 'phase', time: `2026-11-20T09:${minute}:00.000000+09:00`, phase }) as const
const MORNING = phaseAt('00', 'morning')
const LUNCH = phaseAt('30', 'lunch')

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('the status is read at most every half second, however many answers need it', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-20T10:00:00+09:00') })
  const client = createDynamoDB()
  let reads = 0
  let fails = false
  client.middlewareStack.add(
    next => args => {
      reads++
      if (fails) throw new Error('no table')
      return next(args)
    },
    { step: 'initialize' },
  )
  const status = createRecentStatus({ client, table: TABLES.BOARDS_TABLE })
  const write = (...events: MarketEvent[]) =>
    storeEvents({ client: tables.client, table: TABLES.BOARDS_TABLE }, events)
  const lines = [1, 2, 3].map(
    line => ({ type: 'line', line, state: 'live', since: '2026-11-20T08:00:00.000000+09:00' }) as const,
  )
  await write(MORNING, ...lines)
  const [morning, lunch] = [
    [MORNING, ...lines],
    [LUNCH, ...lines],
  ]
  assert.deepEqual(await Promise.all([status(), status()]), [morning, morning])
  await write(LUNCH)
  t.mock.timers.tick(499)
  assert.deepEqual(await status(), morning)
  assert.equal(reads, 1)
  t.mock.timers.tick(1)
  assert.deepEqual(await status(), lunch)
  assert.equal(reads, 2)
  t.mock.timers.tick(500)
  fails = true
  await assert.rejects(status(), /no table/)
  fails = false
  assert.deepEqual(await status(), lunch)
  assert.equal(reads, 4)
})
