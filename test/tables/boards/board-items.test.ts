import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb'
import { encodeBoards } from '../../../market/codec/envelope.ts'
import type { EventOf } from '../../../market/market-event.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { storeEvents, writeBoards } from '../../functions/boards-fixture.ts'
import { sampleTicks, TRADING_DATE } from '../../functions/stored-market.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const NOW = Date.parse('2026-11-20T09:00:00+09:00')
const TIME = '2026-11-20T09:00:00.000000+09:00'
const PHASE: EventOf<'phase'> = { type: 'phase', time: TIME, phase: 'morning' }
const LINE: EventOf<'line'> = { type: 'line', line: 2, state: 'live', since: TIME }
const NEWS: EventOf<'news'> = { type: 'news', time: TIME, headline: '新製品', issues: ['7203'] }
const MASTER: EventOf<'issues'> = {
  type: 'issues',
  line: 1,
  tradingDate: TRADING_DATE,
  part: 0,
  parts: 1,
  issues: [
    { code: '7203', name: 'トヨタ', section: 'プライム', unit: 100, basePrice: 10_000, topix500: true },
  ],
}

/** Returns all items of the boards table, by id, as DynamoDB stores them. */
async function storedItems(): Promise<Map<string, Record<string, AttributeValue>>> {
  const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: TABLES.BOARDS_TABLE }))
  return new Map(Items.map(({ id, ...rest }) => [id?.S ?? '', rest]))
}

test('every kind of item keeps its id and its attribute types', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  await storeEvents(boards, [PHASE, LINE, NEWS, MASTER])
  const { trade, ...board } = { ...sampleTicks(40).find(tick => tick.board.issue === '25935' && tick.trade)! }
  assert.ok(trade !== undefined)
  await writeBoards(boards, [{ ...board, trade }])
  const header = {
    line: board.line,
    lane: 0,
    epoch: asEpochMillis(0),
    counter: 0,
    tradingDate: TRADING_DATE,
    position: 0,
    reached: 0,
  }

  const items = await storedItems()
  const head = JSON.parse(items.get('issues#1')?.head?.S ?? '') as { version: string }
  assert.match(head.version, /^[\w-]{16}$/)
  assert.deepEqual(head, {
    line: 1,
    tradingDate: TRADING_DATE,
    parts: 1,
    generation: 1,
    version: head.version,
    count: 1,
  })
  const partId = `issues#1#${TRADING_DATE}#1-${head.version}#0`
  const part = items.get(partId)
  assert.deepEqual(JSON.parse(String(inflateRawSync(part!.issues!.B!))), MASTER.issues)
  assert.deepEqual(part?.count, { N: '1' })
  items.delete('issues#1')
  items.delete(partId)
  assert.deepEqual(
    items,
    new Map<string, Record<string, AttributeValue>>([
      ['phase', { since: { S: TIME }, event: { S: JSON.stringify(PHASE) } }],
      [
        'line#2',
        {
          version: { N: '1' },
          own: { S: JSON.stringify(LINE) },
          told: { S: JSON.stringify(LINE) },
          seen: { N: String(NOW) },
          heard: { S: TIME },
          epoch: { N: '1' },
        },
      ],
      [
        'status',
        {
          since: { S: TIME },
          event: { S: JSON.stringify(PHASE) },
          version2: { N: '1' },
          line2: {
            S: JSON.stringify({ reported: LINE, epoch: 1, reportedAt: NOW, reportedTime: TIME, version: 1 }),
          },
        },
      ],
      ['news', { events: { S: JSON.stringify([NEWS]) } }],
      ['boards#23', { version: { N: '1' }, boards: { L: [{ B: encodeBoards(header, 1, 1, [board]) }] } }],
    ]),
  )
})
