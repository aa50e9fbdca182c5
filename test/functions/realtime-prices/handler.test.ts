import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createBoardWriter } from '../../../functions/broadcast/board-writer.ts'
import { boardToJson } from '../../../market/board-to-json.ts'
import { getRequest, lambdaContext } from '../invoke.ts'
import { sampleTicks } from '../market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ticks = sampleTicks(20)
const lastOf = (issue: string) => boardToJson(ticks.findLast(tick => tick.board.issue === issue)!)

let tables: Tables
let get: (path: string, query: Record<string, string>, issue?: string) => Promise<unknown>
before(async () => {
  tables = await startTables()
  await createBoardWriter({ client: tables.client, table: TABLES.BOARDS_TABLE }).write(ticks)
  const { handler } = await import('../../../functions/realtime-prices/handler.ts')
  get = async (path, query, issue) => {
    const { statusCode, headers, body } = await handler(getRequest(path, query, issue), lambdaContext)
    assert.equal(statusCode, 200)
    assert.equal(headers?.['cache-control'], 'no-store')
    assert.equal(headers?.vary, 'Origin')
    return JSON.parse(body ?? '')
  }
})
after(() => tables[Symbol.asyncDispose]())

test('the latest boards are answered in the order asked for, those without a tick left out', async () => {
  assert.deepEqual(await get('/v1/realtime/boards', { issues: '7203,1301,6758' }), {
    delay: 'PT0S',
    boards: [lastOf('7203'), lastOf('6758')],
  })
})

test('one board is answered, or null where there is none yet', async () => {
  assert.deepEqual(await get('/v1/realtime/boards/6758', {}, '6758'), {
    delay: 'PT0S',
    board: lastOf('6758'),
  })
  assert.deepEqual(await get('/v1/realtime/boards/1301', {}, '1301'), { delay: 'PT0S', board: null })
})
