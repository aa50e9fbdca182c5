import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, type TestContext, test } from 'node:test'
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb'
import type { PutCommandInput } from '@aws-sdk/lib-dynamodb'
import { createBoardWriter, WRITE_EVERY_MS } from '../../../functions/broadcast/board-writer.ts'
import { keepAliveHandler } from '../../../lambda/keep-alive.ts'
import type { Tick } from '../../../market/tick.ts'
import { BOARD_GROUPS, boardGroupOf } from '../../../tables/boards/board-groups.ts'
import { readBoards } from '../../../tables/boards/boards-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { SETTLE_MS } from '../../../tables/ticks/watermarks.ts'
import { until } from '../../until.ts'
import { startSilent } from '../silent-server.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'
import { plainTick } from './plain-tick.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

const NOW = 1_800_000_000_000
/** An issue of each group. */
const ONE_A_GROUP = Array.from({ length: BOARD_GROUPS }, (_, group) => {
  const codes = Array.from({ length: 9000 }, (_, index) => String(1000 + index))
  return codes.find(code => boardGroupOf(code) === group)!
})

/** Time for the writes of a round on a busy machine. */
const inTime = (): AbortSignal => AbortSignal.timeout(20_000)

/** Sequences grow over all tests, so that every tick is newer than the boards of earlier tests. */
let sequence = 0
const newTick = (issue: string): Tick => plainTick(issue, ++sequence)

/** A writer at a mocked time. `puts` has the id of each item that it has put; `answer` may hold or fail a put. */
function openWriter({ mock }: TestContext) {
  mock.timers.enable({ apis: ['Date'], now: NOW })
  const client = createDynamoDB({ maxAttempts: 1 })
  const puts: string[] = []
  const state = { answer: async () => {} }
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (commandName === 'PutItemCommand') {
          puts.push((args.input as PutCommandInput).Item!.id)
          await state.answer()
        }
        return next(args)
      },
    { step: 'initialize' },
  )
  const writer = createBoardWriter({ client, table: TABLES.BOARDS_TABLE })
  return {
    puts,
    state,
    writer,
    pass: (milliseconds: number) => mock.timers.tick(milliseconds),
    write: (...ticks: Tick[]) => writer.write(ticks, inTime()),
  }
}

const throttled = async (): Promise<never> => {
  throw new ProvisionedThroughputExceededException({ message: 'throttled', $metadata: {} })
}
const failing = async (): Promise<never> => {
  throw new Error('no answer')
}

async function storedSequence(issue: string): Promise<number | undefined> {
  const [tick] = await readBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, [issue])
  return tick?.sequence
}

test('a new environment writes a board at once, then each group once in seven seconds, spread over them', async t => {
  const { write, puts, pass } = openWriter(t)
  const rounds: number[] = []
  for (let time = 0; time < 3 * WRITE_EVERY_MS; time += 250) {
    await write(...ONE_A_GROUP.map(newTick))
    rounds.push(puts.splice(0).length)
    pass(250)
  }
  // The limit of writes at the same time spreads the first writes over four rounds.
  assert.deepEqual(rounds.slice(0, 4), [20, 20, 20, 20])
  const perPass = WRITE_EVERY_MS / 250
  // Groups whose turn came during these rounds follow. Then three or four groups have their turn in 250 ms.
  for (const count of rounds.slice(8)) assert.ok(count >= 3 && count <= 4, rounds.join())
  const passes = [rounds.slice(perPass, 2 * perPass), rounds.slice(2 * perPass)]
  assert.deepEqual(
    passes.map(pass => pass.reduce((sum, count) => sum + count, 0)),
    [BOARD_GROUPS, BOARD_GROUPS],
  )
})

test('a group without a change is not written', async t => {
  const { write, puts, pass } = openWriter(t)
  const tick = newTick('1301')
  await write(tick)
  assert.equal(puts.length, 1)
  pass(WRITE_EVERY_MS)
  await write()
  pass(WRITE_EVERY_MS)
  // A key frame repeats the latest tick.
  await write(tick)
  assert.equal(puts.length, 1)
})

test('the latest of several ticks of an issue is written, whatever their order', async t => {
  const { write } = openWriter(t)
  const [first, second] = [newTick('1305'), newTick('1305')]
  await write(second, first)
  assert.equal(await storedSequence('1305'), second.sequence)
})

test('a board is due until two seconds after its write, when every reader gets it', async t => {
  const { write, writer, pass } = openWriter(t)
  assert.deepEqual([...writer.due()], [])
  await write(newTick('7203'))
  pass(SETTLE_MS - 1)
  await write()
  assert.deepEqual([...writer.due()], ['7203'])
  pass(1)
  assert.deepEqual([...writer.due()], [])
  await write(newTick('7203'))
  assert.deepEqual([[...writer.due()], writer.overdue()], [['7203'], 0])
})

test('a throttled write is no error, and is repeated after a second', async t => {
  const { write, writer, puts, state, pass } = openWriter(t)
  state.answer = throttled
  const tick = newTick('1401')
  await write(tick)
  assert.deepEqual([puts.length, writer.overdue()], [1, 1])
  state.answer = async () => {}
  pass(999)
  await write()
  assert.equal(puts.length, 1)
  pass(1)
  await write()
  assert.deepEqual([puts.length, writer.overdue()], [2, 0])
  assert.equal(await storedSequence('1401'), tick.sequence)
})

test('another refusal is an error, with the number of failed writes and the first reason', async t => {
  const { write, writer, state, pass } = openWriter(t)
  state.answer = failing
  await assert.rejects(write(newTick(ONE_A_GROUP[1]!), newTick(ONE_A_GROUP[2]!)), {
    name: 'AggregateError',
    message: '2 writes to boards failed: Error: no answer',
  })
  state.answer = async () => {}
  pass(1_000)
  await write()
  assert.equal(writer.overdue(), 0)
})

test('a board that is replaced while it is written stays due', async t => {
  const { write, writer, state, puts, pass } = openWriter(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answer = () => promise
  const first = write(newTick('1501'))
  await until(() => puts.length === 1, 'the first write')
  const latest = newTick('1501')
  const second = write(latest)
  resolve()
  await Promise.all([first, second])
  pass(WRITE_EVERY_MS)
  assert.equal(writer.overdue(), 1)
  await write()
  assert.equal(await storedSequence('1501'), latest.sequence)
})

test('a write does not hold the end of its round, and goes on in later rounds', async t => {
  const { writer, state } = openWriter(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answer = () => promise
  const roundEnd = new AbortController()
  const writing = writer.write([newTick('1601')], roundEnd.signal)
  roundEnd.abort()
  await writing
  assert.equal(writer.overdue(), 1)
  resolve()
  await until(() => writer.overdue() === 0, 'the board written after its round')
})

test('a table that does not answer ends the write with its signal', async () => {
  const { server, address } = await startSilent()
  const client = createDynamoDB({ endpoint: `http://${address}`, requestHandler: keepAliveHandler(600_000) })
  const writer = createBoardWriter({ client, table: TABLES.BOARDS_TABLE })
  await writer.write([newTick('1701')], AbortSignal.timeout(50))
  assert.equal(writer.overdue(), 1)
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
})
