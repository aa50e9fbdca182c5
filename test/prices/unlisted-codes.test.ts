import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { PutCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import { RULES } from '../../market/calendar/calendar.ts'
import { dayRecordOf } from '../../market/day-record.ts'
import { momentOf } from '../../market/moment.ts'
import { asEpochSeconds, type TradingDate } from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { boardAsOf, boardsAsOf } from '../../prices/boards-answer.ts'
import { createSource } from '../../prices/create-source.ts'
import { dayAsOf, daysAsOf } from '../../prices/days-answer.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import { ticksOf, tradesOf } from '../../prices/ticks-answer.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { dayItems } from '../../tables/ticks/day-items.ts'
import { finishedIssuesItem } from '../../tables/ticks/finished-issues.ts'
import { FINISHED_ISSUES_KEY } from '../../tables/ticks/ticks-item.ts'
import { storeEvents } from '../functions/boards-fixture.ts'
import { recordsOf, store } from '../functions/store-ticks/batch-delivery.ts'
import { stateStored } from '../functions/stored-lanes.ts'
import { envelopesOf, MORNING, sampleTicks, TRADING_DATE } from '../functions/stored-market.ts'
import { startTables, TABLES, type Tables } from '../functions/tables.ts'
import { standing } from './standing-source.ts'

const HOUR = 3_600_000_000
const DAY_BEFORE = 20261119 as TradingDate
const EXPIRES = asEpochSeconds(2 ** 32)
/** Codes that no line lists and that never had a finished day. */
const INVENTED = Array.from({ length: 50 }, (_, index) => String(1301 + index))
const DELISTED = '9999'

let tables: Tables
let queries: QueryCommandInput[]
before(async () => {
  tables = await startTables()
  await stateStored({ client: tables.client, table: TABLES.TICKS_TABLE }, TRADING_DATE)
  await store({ client: tables.client, table: TABLES.TICKS_TABLE }, recordsOf(envelopesOf([sampleTicks(40)])))
})
after(() => tables[Symbol.asyncDispose]())

/** Returns a source of a new environment at 11:00, whose Queries are counted. */
function newSource(): Promise<PriceSource> {
  const client = createDynamoDB()
  queries = []
  client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        if (commandName === QueryCommand.name) queries.push(args.input as QueryCommandInput)
        return next(args)
      },
    { step: 'initialize' },
  )
  const clock = standing(momentOf(TRADING_DATE, MORNING + 2 * HOUR))
  const settings = {
    TICKS_TABLE: TABLES.TICKS_TABLE,
    BOARDS_TABLE: TABLES.BOARDS_TABLE,
    KEEP_DAYS: 31,
    STORE_SECONDS: 180,
    LANES: 2,
  }
  return createSource('everybody', clock, client, settings, { read: async () => RULES })()
}

/** Returns the partition keys of Queries, without those that an environment makes once for all requests. */
const keysForIssues = (): string[] =>
  queries
    .map(({ ExpressionAttributeValues }) => String(ExpressionAttributeValues?.[':key']))
    .filter(key => key !== FINISHED_ISSUES_KEY && !key.startsWith('stored#'))

const listIssues = (lines: readonly number[], tradingDate: TradingDate) =>
  storeEvents(
    { client: tables.client, table: TABLES.BOARDS_TABLE },
    lines.map(line => ({
      type: 'issues',
      line,
      tradingDate,
      part: 0,
      parts: 1,
      issues: [
        {
          code: ['7203', '6758', '130A'][line - 1]!,
          name: '',
          section: '',
          unit: 100,
          basePrice: 1,
          topix500: false,
        },
      ],
    })),
  )

async function finish(...issues: string[]): Promise<void> {
  const ticks = { client: tables.client, table: TABLES.TICKS_TABLE }
  const Item = await finishedIssuesItem(ticks, 3, issues, EXPIRES)
  await tables.client.send(new PutCommand({ TableName: TABLES.TICKS_TABLE, Item }))
}

const unknownAnswers = (source: PriceSource, issue: string) => {
  const range = { issue, from: undefined, to: undefined }
  return [
    () => boardAsOf(source, issue, undefined),
    () => dayAsOf(source, issue, undefined),
    () => barsIn(source, { ...range, from: '2026-10-21T00:00:00+09:00', interval: '1m' }),
    () => barsIn(source, { ...range, interval: '1d' }),
    () => ticksOf(source, { ...range, limit: 1, after: undefined }),
    () => tradesOf(source, { ...range, limit: 1, after: undefined }),
  ]
}

suite('a code that no line lists', () => {
  const refusal = { name: 'Problem', code: 'unknown-issue' }

  test('costs Queries while the issue master is missing, incomplete or of an earlier date, and is then answered rightly', async () => {
    const seen = async () => {
      const source = await newSource()
      const { data } = await boardsAsOf(source, ['25935', '1301'], undefined)
      assert.deepEqual(
        data.boards.map(({ issue }) => issue),
        ['25935'],
      )
      assert.ok(keysForIssues().length > 0)
    }
    // The issue has ticks today, and no line lists it yet.
    await seen()
    await finish('7203')
    await listIssues([1, 2], TRADING_DATE)
    await seen()
    await listIssues([3], DAY_BEFORE)
    await seen()
  })

  test('costs no Query when every line has sent its list of today', async () => {
    await listIssues([1, 2, 3], TRADING_DATE)
    await finish(DELISTED)
    const source = await newSource()
    for (const answer of unknownAnswers(source, '1301')) await assert.rejects(answer, refusal)
    const boards = await boardsAsOf(source, INVENTED, undefined)
    assert.deepEqual(boards.data, { boards: [], unknown: INVENTED })
    const days = await daysAsOf(source, INVENTED, undefined)
    assert.deepEqual(days.data, { days: [], unknown: INVENTED })
    assert.deepEqual(keysForIssues(), [])
    assert.ok(queries.length <= 2, `${queries.length} Queries of the environment`)
  })

  test('is answered if it has a finished day: a delisted issue keeps its history', async () => {
    async function* ticks() {
      for (const tick of sampleTicks(40))
        if (tick.board.issue === '7203') yield { ...tick, tradingDate: DAY_BEFORE }
    }
    const record = await dayRecordOf(RULES.hoursOf(TRADING_DATE), ticks(), true)
    for (const Item of dayItems({ ...record!, issue: DELISTED }, EXPIRES))
      await tables.client.send(new PutCommand({ TableName: TABLES.TICKS_TABLE, Item }))
    const range = { from: '2026-11-19T00:00:00+09:00', to: undefined }
    const { data } = await barsIn(await newSource(), { issue: DELISTED, ...range, interval: '1m' })
    assert.ok(data.bars.length > 0)
  })

  test('does not change answers for listed issues, and fifty issues cost a bounded number of Queries', async () => {
    const source = await newSource()
    const { data } = await daysAsOf(source, ['7203', ...INVENTED.slice(1)], undefined)
    assert.deepEqual(
      data.days.map(({ issue }) => issue),
      ['7203'],
    )
    assert.ok(keysForIssues().length <= 5, String(keysForIssues()))
  })
})
