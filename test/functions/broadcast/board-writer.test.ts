import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb'
import { createBoardWriter } from '../../../functions/broadcast/board-writer.ts'
import { keepAliveHandler } from '../../../lambda/keep-alive.ts'
import { asTradingDate, type TradingDate } from '../../../market/units.ts'
import { readBoards } from '../../../tables/boards/boards-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { until } from '../../until.ts'
import { startSilent } from '../silent-server.ts'
import { TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'
import { plainTick } from './plain-tick.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Time for the writes of a round on a busy machine. */
const inTime = (): AbortSignal => AbortSignal.timeout(20_000)

/** A writer whose requests are throttled until `state.isThrottled` is false. */
function throttledWriter() {
  const client = createDynamoDB()
  const state = { isThrottled: true }
  client.middlewareStack.add(
    next => args => {
      if (state.isThrottled)
        throw new ProvisionedThroughputExceededException({ message: 'throttled', $metadata: {} })
      return next(args)
    },
    { step: 'initialize' },
  )
  return { ...createBoardWriter({ client, table: TABLES.BOARDS_TABLE }), state }
}

async function storedBoards(issue: string): Promise<(readonly [date: TradingDate, sequence: number])[]> {
  const read = await readBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, [issue])
  return read.map(tick => [tick.tradingDate, tick.sequence])
}

test('a board that was left does not replace a newer board of another environment', async () => {
  const first = throttledWriter()
  const second = createBoardWriter({ client: tables.client, table: TABLES.BOARDS_TABLE })
  await first.write([plainTick('7203', 1), plainTick('6758', 9)], inTime())
  assert.deepEqual([...first.due()], ['7203', '6758'])
  await second.write([plainTick('7203', 2), plainTick('6758', 3, asTradingDate(TRADING_DATE + 1))], inTime())
  first.state.isThrottled = false
  await first.write([], inTime())
  assert.deepEqual([...first.due()], [])
  assert.deepEqual(await storedBoards('7203'), [[TRADING_DATE, 2]])
  assert.deepEqual(await storedBoards('6758'), [[TRADING_DATE + 1, 3]])
})

test('a board that was left is written if the table has no board or an older board', async () => {
  const first = throttledWriter()
  const second = createBoardWriter({ client: tables.client, table: TABLES.BOARDS_TABLE })
  await second.write([plainTick('9984', 1), plainTick('8306', 9)], inTime())
  await first.write(
    [plainTick('9984', 2), plainTick('8306', 1, asTradingDate(TRADING_DATE + 1)), plainTick('4502', 1)],
    inTime(),
  )
  first.state.isThrottled = false
  await first.write([plainTick('1301', 5)], inTime())
  assert.deepEqual([...first.due()], [])
  assert.deepEqual(await storedBoards('9984'), [[TRADING_DATE, 2]])
  assert.deepEqual(await storedBoards('8306'), [[TRADING_DATE + 1, 1]])
  assert.deepEqual(await storedBoards('4502'), [[TRADING_DATE, 1]])
  assert.deepEqual(await storedBoards('1301'), [[TRADING_DATE, 5]])
})

test('a table that does not answer ends the write with its signal, and no request stays in flight', async () => {
  const { server, address } = await startSilent()
  const requestHandler = keepAliveHandler(600_000)
  const client = createDynamoDB({ endpoint: `http://${address}`, requestHandler })
  const writer = createBoardWriter({ client, table: TABLES.BOARDS_TABLE })
  await writer.write([plainTick('6501', 1)], AbortSignal.timeout(50))
  assert.deepEqual([...writer.due()], ['6501'])
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  await closed
})

/** A writer whose batches get no answer while `state.isSilent`, and reach the table when `arrive` is called. */
function lateWriter() {
  const client = createDynamoDB()
  const state = { isSilent: true }
  const late: (() => Promise<unknown>)[] = []
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (!state.isSilent || commandName !== 'BatchWriteItemCommand') return next(args)
        late.push(() => next(args))
        return new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 10))
      },
    { step: 'initialize' },
  )
  return {
    ...createBoardWriter({ client, table: TABLES.BOARDS_TABLE }),
    state,
    async arrive() {
      for (const request of late.splice(0)) await request()
    },
  }
}

test('a batch without an answer that reaches the table three seconds later leaves no old board', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const writer = lateWriter()
  await assert.rejects(writer.write([plainTick('2001', 1), plainTick('2002', 1)], inTime()), /no answer/)
  writer.state.isSilent = false
  t.mock.timers.tick(2_900)
  await writer.write([plainTick('2001', 2)], inTime())
  assert.deepEqual([...writer.due()], ['2001', '2002'])
  await writer.arrive()
  t.mock.timers.tick(100)
  await writer.write([], inTime())
  assert.deepEqual(await storedBoards('2001'), [[TRADING_DATE, 2]])
  assert.deepEqual(await storedBoards('2002'), [[TRADING_DATE, 1]])
  assert.deepEqual([...writer.due()], [])
})

test('boards of a batch without an answer are confirmed half a minute later', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const writer = lateWriter()
  await assert.rejects(writer.write([plainTick('2003', 1)], inTime()), /no answer/)
  writer.state.isSilent = false
  t.mock.timers.tick(3_000)
  await writer.write([plainTick('2003', 2)], inTime())
  await writer.write([plainTick('2003', 3)], inTime())
  await writer.arrive()
  assert.deepEqual(await storedBoards('2003'), [[TRADING_DATE, 1]])
  t.mock.timers.tick(27_000)
  await writer.write([], inTime())
  assert.deepEqual(await storedBoards('2003'), [[TRADING_DATE, 3]])
  assert.deepEqual([...writer.due()], [])
})

test('boards reach a table that answers after every round has ended', async () => {
  const client = createDynamoDB()
  client.middlewareStack.add(
    next => async args => {
      await sleep(150)
      return next(args)
    },
    { step: 'initialize' },
  )
  const writer = createBoardWriter({ client, table: TABLES.BOARDS_TABLE })
  let sequence = 0
  await until(
    async () => {
      await writer.write([plainTick('2004', ++sequence)], AbortSignal.timeout(50))
      return (await storedBoards('2004')).length > 0
    },
    'the board in the table',
    { pollMs: 50 },
  )
})

test('a batch that is answered soon after the end of its round counts', async () => {
  const client = createDynamoDB()
  let requests = 0
  client.middlewareStack.add(
    () => async () => {
      requests++
      await sleep(5)
      return { output: { $metadata: {} }, response: {} }
    },
    { step: 'initialize' },
  )
  const writer = createBoardWriter({ client, table: TABLES.BOARDS_TABLE })
  const roundEnd = new AbortController()
  const write = writer.write([plainTick('2005', 1)], roundEnd.signal)
  roundEnd.abort()
  await write
  assert.deepEqual([...writer.due()], [])
  await writer.write([plainTick('2005', 2)], roundEnd.signal)
  assert.deepEqual([...writer.due()], ['2005'])
  assert.equal(requests, 1)
})
