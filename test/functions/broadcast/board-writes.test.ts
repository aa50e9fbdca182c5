import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb'
import type { BatchWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import { createBoardWriter } from '../../../functions/broadcast/board-writer.ts'
import type { Tick } from '../../../market/tick.ts'
import { readBoards } from '../../../tables/boards/boards-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { until } from '../../until.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'
import { plainTick } from './plain-tick.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const NOW = 1_800_000_000_000

const ticksOf = (count: number, first: number): Tick[] =>
  Array.from({ length: count }, (_, index) => plainTick(String(first + index), 1))

/** Time for the writes of a round on a busy machine. */
const inTime = (): AbortSignal => AbortSignal.timeout(20_000)

/** A writer at a mocked time. `requests` has the issues of each request; `answer` may hold or fail a request. */
function openWriter(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const client = createDynamoDB({ maxAttempts: 1 })
  const requests: { readonly isBatch: boolean; readonly count: number }[] = []
  const state = { answer: async (_isBatch: boolean) => {} }
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        const isBatch = commandName === 'BatchWriteItemCommand'
        const { RequestItems } = args.input as BatchWriteCommandInput
        requests.push({ isBatch, count: RequestItems?.[TABLES.BOARDS_TABLE]?.length ?? 1 })
        await state.answer(isBatch)
        return next(args)
      },
    { step: 'initialize' },
  )
  const writer = createBoardWriter({ client, table: TABLES.BOARDS_TABLE })
  return {
    requests,
    state,
    due: () => [...writer.due()],
    write: (...ticks: Tick[]) => writer.write(ticks, inTime()),
    writeUntil: (signal: AbortSignal, ...ticks: Tick[]) => writer.write(ticks, signal),
  }
}

const throttled = async (): Promise<never> => {
  throw new ProvisionedThroughputExceededException({ message: 'throttled', $metadata: {} })
}
const failing = async (): Promise<never> => {
  throw new Error('no answer')
}

test('boards are written by requests of 25, and all of them', async t => {
  const { write, requests, due } = openWriter(t)
  await write(...ticksOf(51, 1000))
  assert.deepEqual(
    requests.map(({ count }) => count),
    [25, 25, 1],
  )
  assert.deepEqual(due(), [])
  const issues = ticksOf(51, 1000).map(({ board }) => board.issue)
  const stored = await readBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, issues)
  assert.equal(stored.length, 51)
})

test('of several ticks of an issue the last is written', async t => {
  const { write, requests } = openWriter(t)
  await write(plainTick('1101', 1), plainTick('1101', 2))
  assert.deepEqual(requests, [{ isBatch: true, count: 1 }])
  const [stored] = await readBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, ['1101'])
  assert.equal(stored?.sequence, 2)
})

test('16 batches are in flight at once', async t => {
  const { write, requests, state, due } = openWriter(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answer = () => promise
  const writing = write(...ticksOf(17 * 25, 2000))
  await new Promise(setImmediate)
  assert.equal(requests.length, 16)
  resolve()
  await writing
  assert.deepEqual([requests.length, due()], [17, []])
})

test('64 boards are written alone at once, also over several rounds; a board is in one request at a time', async t => {
  const { write, requests, state, due } = openWriter(t)
  state.answer = throttled
  await write(...ticksOf(70, 3000))
  assert.equal(due().length, 70)
  requests.length = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answer = () => promise
  const rounds = [write(), write()]
  await new Promise(setImmediate)
  assert.deepEqual(requests, Array(64).fill({ isBatch: false, count: 1 }))
  resolve()
  await Promise.all(rounds)
  await until(async () => {
    await write()
    return due().length === 0
  }, 'all boards written')
  assert.equal(requests.length, 70)
})

test('a board that is replaced while it is written alone stays due', async t => {
  const { write, state, due } = openWriter(t)
  state.answer = throttled
  await write(plainTick('4001', 1))
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answer = isBatch => (isBatch ? throttled() : promise)
  const first = write()
  await write(plainTick('4001', 2))
  resolve()
  await first
  assert.deepEqual(due(), ['4001'])
  state.answer = async () => {}
  await write()
  assert.deepEqual(due(), [])
  const [stored] = await readBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, ['4001'])
  assert.equal(stored?.sequence, 2)
})

test('a throttled write is no error; another refusal is, with the first reason and the number', async t => {
  const { write, state, due } = openWriter(t)
  state.answer = throttled
  await write(plainTick('5001', 1), plainTick('5002', 1))
  await write()
  state.answer = failing
  await assert.rejects(write(), {
    name: 'AggregateError',
    message: '2 writes to boards failed: Error: no answer',
  })
  state.answer = async () => {}
  await write()
  assert.deepEqual(due(), [])
})

test('boards of a batch without an answer are not written for three seconds, and then alone', async t => {
  const { write, requests, state, due } = openWriter(t)
  state.answer = failing
  await assert.rejects(write(plainTick('6001', 1)), /no answer/)
  state.answer = async () => {}
  requests.length = 0
  t.mock.timers.tick(2_999)
  await write()
  assert.deepEqual([requests, due()], [[], ['6001']])
  t.mock.timers.tick(1)
  await write()
  assert.deepEqual([requests, due()], [[{ isBatch: false, count: 1 }], []])
})

test('for ten seconds after a batch without an answer all boards are written alone; then by batches', async t => {
  const { write, requests, state } = openWriter(t)
  state.answer = failing
  await assert.rejects(write(plainTick('7001', 1)), /no answer/)
  state.answer = async () => {}
  requests.length = 0
  t.mock.timers.tick(9_999)
  await write(plainTick('7002', 1), plainTick('7003', 1))
  t.mock.timers.tick(1)
  await write(plainTick('7002', 2), plainTick('7003', 2))
  const alone = { isBatch: false, count: 1 }
  // The first of the boards that are written alone is the one that the batch left.
  assert.deepEqual(requests, [alone, alone, alone, { isBatch: true, count: 2 }])
})

test('a board is confirmed thirty seconds after a batch without an answer, once and alone', async t => {
  const { write, requests, state } = openWriter(t)
  state.answer = failing
  await assert.rejects(write(plainTick('8001', 1)), /no answer/)
  state.answer = async () => {}
  t.mock.timers.tick(3_000)
  await write()
  requests.length = 0
  t.mock.timers.tick(26_999)
  await write()
  assert.deepEqual(requests, [])
  t.mock.timers.tick(1)
  await write()
  assert.deepEqual(requests, [{ isBatch: false, count: 1 }])
  t.mock.timers.tick(60_000)
  await write()
  assert.equal(requests.length, 1)
})

test('a board that is written alone does not hold the end of its round', async t => {
  const { write, writeUntil, state, due } = openWriter(t)
  state.answer = throttled
  await write(plainTick('9001', 1))
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answer = () => promise
  const roundEnd = new AbortController()
  const writing = writeUntil(roundEnd.signal)
  roundEnd.abort()
  await writing
  assert.deepEqual(due(), ['9001'])
  resolve()
  await until(() => due().length === 0, 'the board written after its round')
})
