import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { MarketEvent } from '../../../market/market-event.ts'
import { isoTime } from '../../../market/moment.ts'
import { readStatus } from '../../../tables/boards/boards-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { storeEvents } from '../boards-fixture.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const SECOND = 1_000_000

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('news of one batch do not compete for their item: each is written at its first attempt', async () => {
  const client = createDynamoDB()
  let reads = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        if (commandName === GetItemCommand.name) reads++
        return next(args)
      },
    { step: 'initialize' },
  )
  const news = Array.from({ length: 20 }, (_, index): MarketEvent => {
    const time = isoTime(TRADING_DATE, MORNING + index * SECOND)
    return { type: 'news', time, headline: `見出し${index}`, issues: [] }
  })
  const sent = await storeEvents({ client, table: TABLES.BOARDS_TABLE }, news)
  assert.deepEqual(sent, news)
  assert.equal(reads, news.length)
  const status = await readStatus({ client, table: TABLES.BOARDS_TABLE })
  assert.deepEqual(status.news, news.toReversed())
})
