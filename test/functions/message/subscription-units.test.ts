/** The read units of DynamoDB that a subscription consumes. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb'
import { createAnswers } from '../../../functions/message/answers.ts'
import { emptyBoard } from '../../../market/board.ts'
import { systemClock } from '../../../market/clock.ts'
import { addConnection } from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { admitNobody } from '../admissions.ts'
import { storeEvents, writeBoards } from '../boards-fixture.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM = 'room-0'
const APP = 'app'
/** Twenty issues that stock screens show often. */
const ISSUES =
  '7203 6758 9984 8306 6861 9432 8035 6098 4063 8058 7974 6501 9433 4568 7267 8001 6902 4502 8316 2914'.split(
    ' ',
  )
const LINE_STATE = { type: 'line', state: 'live', since: '2026-11-20T08:00:00.000000+09:00' } as const

let tables: Tables
before(async () => {
  tables = await startTables()
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const listed = { name: '銘柄', section: 'プライム', unit: 100, basePrice: 10_000_000, topix500: false }
  const issues = ISSUES.map(code => ({ code, ...listed }))
  await storeEvents(boards, [
    { type: 'issues', line: 1, tradingDate: TRADING_DATE, part: 0, parts: 1, issues },
    { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' },
    ...[1, 2, 3].map(line => ({ ...LINE_STATE, line })),
  ])
  const ticks = ISSUES.map((issue, index) => ({
    tradingDate: TRADING_DATE,
    line: 1,
    sequence: index + 1,
    time: MORNING,
    board: emptyBoard(issue),
  }))
  await writeBoards(boards, ticks)
  await addConnection({ client: tables.client, table: TABLES.CONNECTIONS_TABLE }, ROOM, APP)
})
after(() => tables[Symbol.asyncDispose]())

/** Returns a client whose reads are counted by table. */
function meteredClient() {
  const client = createDynamoDB()
  let units: Record<string, number> = {}
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async args => {
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } })
        if (!/Get|Query/.test(commandName)) return answer
        const { ConsumedCapacity: consumed } = answer.output as {
          ConsumedCapacity: ConsumedCapacity | ConsumedCapacity[]
        }
        for (const { TableName = '', CapacityUnits = 0 } of [consumed].flat())
          units[TableName] = (units[TableName] ?? 0) + CapacityUnits
        return answer
      },
    { step: 'initialize' },
  )
  const take = () => {
    const taken = units
    units = {}
    return taken
  }
  return { client, take }
}

test('a subscription of twenty issues reads ten units at most, and the status every half second', async t => {
  const now = Date.parse('2026-11-20T10:00:00+09:00')
  t.mock.timers.enable({ apis: ['Date'], now })
  const { client, take } = meteredClient()
  const boards = { client, table: TABLES.BOARDS_TABLE }
  const answers = createAnswers({
    connections: { client, table: TABLES.CONNECTIONS_TABLE },
    boards,
    publishesBasePrices: true,
    clock: systemClock,
    admit: admitNobody,
  })
  const subscribe = async () => {
    const text = JSON.stringify({ action: 'subscribe', issues: ISSUES, view: 'quote' })
    const [answer] = await answers(ROOM, APP, text)
    assert.ok(answer?.type === 'subscribed')
    assert.deepEqual([answer.boards.length, answer.status.length], [20, 4])
    return take()
  }
  // The first subscription of an environment reads the issue master, too.
  await subscribe()
  // Boards alone: the status was read a moment ago.
  const { boards: units = 0, ...others } = await subscribe()
  assert.deepEqual(others, {})
  assert.ok(units > 0 && units + 1 <= 10, `expected at most 10 units with the status, got ${units} without`)
  t.mock.timers.tick(500)
  assert.deepEqual(await subscribe(), { boards: units + 1 })
  assert.deepEqual(await subscribe(), { boards: units })
})
