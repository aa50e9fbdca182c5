import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { RULES } from '../../market/calendar/calendar.ts'
import { momentOf } from '../../market/moment.ts'
import { asEpochSeconds } from '../../market/units.ts'
import { createSource } from '../../prices/create-source.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { finishedIssuesItem } from '../../tables/ticks/finished-issues.ts'
import { storeEvents } from '../functions/boards-fixture.ts'
import { startTables, TABLES, type Tables } from '../functions/tables.ts'
import { standing } from './standing-source.ts'
import { DATE } from './stored-packs.ts'

const NOON = momentOf(DATE, 43_200_000_000)
const REAL = Date.UTC(2026, 10, 20, 3)
const DELISTED = '9999'

let tables: Tables
before(async () => {
  tables = await startTables()
  const details = { name: '', section: '', unit: 100, basePrice: 1, topix500: false }
  await storeEvents(
    { client: tables.client, table: TABLES.BOARDS_TABLE },
    [1, 2, 3].map(line => ({
      ...{ type: 'issues', line, tradingDate: DATE, part: 0, parts: 1 },
      issues: [{ ...details, code: ['7203', '6758', '130A'][line - 1]! }],
    })),
  )
})
after(() => tables[Symbol.asyncDispose]())

/** Opens the source of a new environment, and counts its Queries. */
async function openSource() {
  const client = createDynamoDB()
  let queries = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        if (commandName === QueryCommand.name) queries++
        return next(args)
      },
    { step: 'initialize' },
  )
  const { TICKS_TABLE, BOARDS_TABLE } = TABLES
  const settings = { TICKS_TABLE, BOARDS_TABLE, KEEP_DAYS: 31, STORE_SECONDS: 180, LANES: 2 }
  const calendars = { read: async () => RULES }
  const source = await createSource('everybody', standing(NOON), client, settings, calendars)()
  return { source, queries: () => queries }
}

test('a source has the settings of its function, and knows which issues the lines list', async () => {
  const { source } = await openSource()
  const { audience, keepDays, storeSeconds, ticks } = source
  assert.deepEqual([audience, keepDays, storeSeconds, ticks.table], ['everybody', 31, 180, 'ticks'])
  assert.equal(await source.isListed('7203'), true)
  assert.equal(await source.isListed(DELISTED), false)
})

test('an issue is certainly unknown if no line lists it and it has no finished day, by a list of up to five minutes ago', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: REAL })
  const before = await openSource()
  assert.equal(await before.source.isCertainlyUnknown('1400', DATE), false, 'no list of finished days yet')
  const ticks = { client: tables.client, table: TABLES.TICKS_TABLE }
  const Item = await finishedIssuesItem(ticks, 3, [DELISTED], asEpochSeconds(2 ** 32))
  await tables.client.send(new PutCommand({ TableName: TABLES.TICKS_TABLE, Item }))

  const { source, queries } = await openSource()
  const unknown = (issue: string) => source.isCertainlyUnknown(issue, DATE)
  assert.deepEqual([await unknown('7203'), queries()], [false, 0])
  assert.deepEqual([await unknown('1400'), await unknown(DELISTED), queries()], [true, false, 1])
  t.mock.timers.tick(299_999)
  assert.deepEqual([await unknown('1400'), queries()], [true, 1])
  t.mock.timers.tick(1)
  assert.deepEqual([await unknown('1400'), queries()], [true, 2])
})
