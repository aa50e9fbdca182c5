import assert from 'node:assert/strict'
import { Session } from 'node:inspector'
import { after, before, mock, test } from 'node:test'
import fc from 'fast-check'
import { MessageError, readMessage } from '../../../functions/message/client-message.ts'
import { ERROR_BYTES, MAX_BOARDS_PER_CONNECTION } from '../../../market/protocol.ts'
import { addConnection, readConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { storeEvents } from '../boards-fixture.ts'
import { lambdaContext, socketEvent } from '../invoke.ts'
import { type Gateway, startGateway } from '../posts-gateway.ts'
import { TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'
import { HUGE, rubbish } from './rubbish.ts'

const ROOM_COUNT = 1
const LISTED = ['1301', '1302', '130A']
const APP = 'app='

let tables: Tables
let gateway: Gateway
let send: (body: string) => Promise<void>

before(async () => {
  tables = await startTables()
  gateway = await startGateway()
  Object.assign(process.env, { ROOM_COUNT: String(ROOM_COUNT), WEBSOCKET_ENDPOINT: gateway.endpoint })
  const listed = { name: '銘柄', section: 'プライム', unit: 100, basePrice: 10_000_000, topix500: false }
  // No issue is refused before every line has sent its list.
  const lists = LISTED.map((code, index) => ({
    type: 'issues' as const,
    line: index + 1,
    tradingDate: TRADING_DATE,
    part: 0,
    parts: 1,
    issues: [{ code, ...listed }],
  }))
  await storeEvents({ client: tables.client, table: TABLES.BOARDS_TABLE }, lists)
  await addConnection(connections(), roomOf(APP, ROOM_COUNT), APP)
  const { handler } = await import('../../../functions/message/message-handler.ts')
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  send = async body => {
    assert.deepEqual(await handler(socketEvent('MESSAGE', APP, { body }), lambdaContext), { statusCode: 200 })
  }
})
after(async () => {
  mock.timers.reset()
  await gateway[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })

/** Checks that a message is answered, and that no error is larger than its limit. */
async function check(body: string): Promise<void> {
  // A connection may send ten messages a second.
  mock.timers.tick(100)
  await send(body)
  const answers = gateway.take(APP)
  assert.ok(answers.length > 0, 'expected an answer')
  for (const answer of answers) {
    if (answer.type !== 'error') continue
    const bytes = Buffer.byteLength(JSON.stringify(answer))
    assert.ok(bytes <= ERROR_BYTES, `expected at most ${ERROR_BYTES} bytes, got ${bytes}: ${answer.message}`)
  }
  const held = (await readConnection(connections(), roomOf(APP, ROOM_COUNT), APP))?.issues ?? new Set()
  assert.ok(held.size <= MAX_BOARDS_PER_CONNECTION)
  for (const issue of held) assert.ok(LISTED.includes(issue), `expected a listed issue, got ${issue}`)
}

test('any text is answered, and an error has its limit', async () => {
  await fc.assert(fc.asyncProperty(rubbish, check), { numRuns: 400 })
})

test('the largest messages are answered too', async () => {
  for (const body of Object.values(HUGE)) await check(body)
})

/** Returns how many calls of functions some work takes, as V8 counts them. Calls into V8 itself do not count. */
function callsOf(work: () => unknown): number {
  const session = new Session()
  session.connect()
  try {
    let calls = 0
    session.post('Profiler.enable')
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    work()
    session.post('Profiler.takePreciseCoverage', (_, { result }) => {
      const counts = result.flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges[0]!.count))
      calls = counts.reduce((sum, count) => sum + count, 0)
    })
    return calls
  } finally {
    session.disconnect()
  }
}

const read = (body: string): void => {
  try {
    readMessage(body)
  } catch (error) {
    assert.ok(error instanceof MessageError)
  }
}

test('reading the largest messages takes no more calls than reading a valid one', () => {
  const issues = Array.from({ length: MAX_BOARDS_PER_CONNECTION }, (_, index) => String(1301 + index))
  const valid = callsOf(() => read(JSON.stringify({ action: 'subscribe', issues })))
  assert.ok(valid > MAX_BOARDS_PER_CONNECTION, `expected a count of calls, got ${valid}`)
  for (const [name, body] of Object.entries(HUGE)) {
    const calls = callsOf(() => read(body))
    assert.ok(calls <= valid, `${name}: expected at most ${valid} calls, got ${calls}`)
  }
})
