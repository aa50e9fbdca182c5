/** Several environments write the same groups of boards, while the table fails and answers late. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { createBoardWriter, WRITE_EVERY_MS } from '../../../functions/broadcast/board-writer.ts'
import type { Tick } from '../../../market/tick.ts'
import { boardGroupOf } from '../../../tables/boards/board-groups.ts'
import { readBoards } from '../../../tables/boards/boards-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'
import { plainTick } from './plain-tick.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Issues of two groups. */
const ISSUES = Array.from({ length: 9000 }, (_, index) => String(1000 + index))
  .filter(code => boardGroupOf(code) < 2)
  .slice(0, 5)

/** What becomes of a put: the table may take it although the writer gets no answer, at once or later. */
const FATES = ['taken', 'throttled', 'lost', 'answer lost', 'late'] as const
type Fate = (typeof FATES)[number]

/** An environment whose puts have the fate of `state`. `late` holds the puts that have not reached the table yet. */
function openEnvironment(late: (() => Promise<unknown>)[]) {
  const client = createDynamoDB({ maxAttempts: 1 })
  const state: { fate: Fate } = { fate: 'taken' }
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (commandName !== 'PutItemCommand' || state.fate === 'taken') return next(args)
        if (state.fate === 'throttled')
          throw new ProvisionedThroughputExceededException({ message: 'throttled', $metadata: {} })
        if (state.fate === 'late') late.push(() => next(args))
        if (state.fate === 'answer lost') await next(args).catch(() => {})
        throw new Error('no answer')
      },
    { step: 'initialize' },
  )
  const writer = createBoardWriter({ client, table: TABLES.BOARDS_TABLE })
  return {
    state,
    /** Plays a round; the table may refuse writes. */
    async write(ticks: readonly Tick[]) {
      await writer.write(ticks, AbortSignal.timeout(20_000)).catch((error: AggregateError) => {
        for (const each of error.errors) assert.match(String(each), /no answer/)
      })
    },
    overdue: writer.overdue,
  }
}

const round = fc.record({
  kind: fc.constant('round' as const),
  environment: fc.constantFrom(0, 1),
  /** Issues with a new tick. */
  issues: fc.subarray(ISSUES),
  /** The round also has the latest tick of every issue, as a key frame has. */
  isKeyFrame: fc.boolean(),
  fate: fc.constantFrom(...FATES),
})
const pause = fc.record({
  kind: fc.constant('pause' as const),
  time: fc.integer({ min: 1, max: WRITE_EVERY_MS }),
})
const arrival = fc.record({ kind: fc.constant('arrival' as const), index: fc.nat() })

test('no reader sees a board go back, and after the faults every board is the latest', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  // The table and the sequences go on from run to run.
  let sequence = 0
  const latest = new Map<string, Tick>()
  const seen = new Map<string, number>()
  const look = async (): Promise<void> => {
    for (const tick of await readBoards(boards, ISSUES)) {
      const { issue } = tick.board
      assert.ok(tick.sequence >= (seen.get(issue) ?? 0), `${issue} went back to ${tick.sequence}`)
      seen.set(issue, tick.sequence)
    }
  }
  const property = fc.asyncProperty(
    fc.array(fc.oneof(round, round, pause, arrival), { maxLength: 25 }),
    async steps => {
      const late: (() => Promise<unknown>)[] = []
      const environments = [openEnvironment(late), openEnvironment(late)]
      const arrive = async (index: number): Promise<void> => {
        const [put] = late.splice(index, 1)
        await put?.().catch(() => {})
      }
      for (const step of steps) {
        if (step.kind === 'pause') t.mock.timers.tick(step.time)
        if (step.kind === 'arrival' && late.length > 0) await arrive(step.index % late.length)
        if (step.kind === 'round') {
          const ticks = step.issues.map(issue => plainTick(issue, ++sequence))
          for (const tick of ticks) latest.set(tick.board.issue, tick)
          const environment = environments[step.environment]!
          environment.state.fate = step.fate
          await environment.write(step.isKeyFrame ? [...latest.values()] : ticks)
        }
        await look()
      }
      for (const { state } of environments) state.fate = 'taken'
      for (let rounds = 0; rounds < 3; rounds++) {
        t.mock.timers.tick(WRITE_EVERY_MS)
        // Old puts arrive between the writes of both.
        for (const environment of environments) {
          await environment.write([...latest.values()])
          await arrive(0)
          await look()
        }
      }
      while (late.length > 0) await arrive(0)
      await look()
      for (const [issue, tick] of latest) assert.equal(seen.get(issue), tick.sequence)
      for (const environment of environments) assert.equal(environment.overdue(), 0)
    },
  )
  await fc.assert(property, { numRuns: 40 })
})

test('two environments that read an item at the same time both get their boards into it', async () => {
  const both = [createDynamoDB(), createDynamoDB()]
  const gate = Promise.withResolvers<void>()
  let reads = 0
  for (const client of both) {
    client.middlewareStack.add(
      (next, { commandName }) =>
        async args => {
          if (commandName === 'PutItemCommand') {
            if (++reads === both.length) gate.resolve()
            await gate.promise
          }
          return next(args)
        },
      { step: 'initialize' },
    )
  }
  const issues = Array.from({ length: 9000 }, (_, index) => String(1000 + index))
    .filter(code => boardGroupOf(code) === 7)
    .slice(0, 2)
  const writers = both.map(client => createBoardWriter({ client, table: TABLES.BOARDS_TABLE }))
  const write = (index: number, ticks: Tick[]) => writers[index]!.write(ticks, AbortSignal.timeout(20_000))
  await Promise.all(issues.map((issue, index) => write(index, [plainTick(issue, 1)])))
  assert.deepEqual(
    writers.map(writer => writer.overdue()).toSorted(),
    [0, 1],
    'the table has taken one of the two',
  )
  await Promise.all(writers.map((_, index) => write(index, [])))
  const read = await readBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, issues)
  assert.deepEqual(read.map(({ board }) => board.issue).toSorted(), issues)
})
