import assert from 'node:assert/strict'
import { after, before, beforeEach, type TestContext, test } from 'node:test'
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { createLineStates } from '../../../functions/broadcast/line-states.ts'
import type { EventOf, LineState } from '../../../market/market-event.ts'
import { momentToIso } from '../../../market/moment.ts'
import { addMillis, asEpochMicros, asEpochMillis, nowMillis } from '../../../market/units.ts'
import { type LineItem, lineId } from '../../../tables/boards/board-items.ts'
import { type LineRecord, lineRecordOf } from '../../../tables/boards/line-record.ts'
import { createDynamoDB, getItem } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const NINE = Date.parse('2026-11-20T09:00:00+09:00')
/** Market time so many milliseconds, and microseconds, after nine. */
const at = (milliseconds: number, micros = 0): string =>
  momentToIso(asEpochMicros((NINE + milliseconds) * 1000 + micros))

let tables: Tables
before(async () => {
  tables = await startTables()
})
beforeEach(async () => {
  for (const line of [1, 2, 3]) {
    const Key = { id: lineId(line) }
    await tables.client.send(new DeleteCommand({ TableName: TABLES.BOARDS_TABLE, Key }))
  }
})
after(() => tables[Symbol.asyncDispose]())

const eventOf = (state: LineState, since: number, line = 1): EventOf<'line'> => ({
  type: 'line',
  line,
  state,
  since: at(since),
})

/** What the requests of an environment meet. */
interface Faults {
  /** No request reaches the table. */
  isAway: boolean
  /** The table throttles puts. */
  throttles: boolean
  /** The table takes puts, and the environment gets no answer. */
  losesAnswers: boolean
  /** Runs before each put. */
  beforePut(): Promise<void>
}

/** An environment of broadcast at nine by a mocked clock. `looked` has the lines of each look for silent lines. */
function environment(t: TestContext) {
  if (nowMillis() !== NINE) t.mock.timers.enable({ apis: ['Date'], now: NINE })
  const client = createDynamoDB({ maxAttempts: 1 })
  const faults: Faults = { isAway: false, throttles: false, losesAnswers: false, beforePut: async () => {} }
  const looked: string[] = []
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        if (commandName === 'BatchGetItemCommand')
          looked.push(JSON.stringify(args.input).replaceAll(/.*?line#(\d)|.*/g, '$1'))
        if (faults.isAway) throw new Error('away')
        if (commandName !== 'PutItemCommand') return next(args)
        await faults.beforePut()
        if (faults.throttles) throw Object.assign(new Error('too fast'), { name: 'ThrottlingException' })
        const answer = await next(args)
        if (faults.losesAnswers) throw new Error('no answer')
        return answer
      },
    { step: 'initialize' },
  )
  const lines = createLineStates({ client, table: TABLES.BOARDS_TABLE })
  const arrival = (milliseconds: number) => ({
    at: addMillis(nowMillis(), milliseconds),
    time: at(nowMillis() - NINE),
    epoch: asEpochMillis(1),
  })
  return {
    faults,
    looked,
    isRepeat: lines.isRepeat,
    findSilent: lines.findSilent,
    /** Notes and stores a report that came `later` ms from now; negative: earlier. */
    report(event: EventOf<'line'>, later = 0): Promise<EventOf<'line'> | undefined> {
      lines.noteArrival(event, arrival(later))
      return lines.report(event, arrival(later))
    },
    note: (event: EventOf<'line'>, later = 0) => lines.noteArrival(event, arrival(later)),
  }
}

async function stored(line = 1): Promise<LineRecord | undefined> {
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const item = await getItem<LineItem>(boards, { id: lineId(line) })
  return item && lineRecordOf(item)
}

test('a repeated report is written after two seconds, another one at once', async t => {
  const { report, isRepeat } = environment(t)
  const live = eventOf('live', 0)
  assert.equal(isRepeat(live), false)
  assert.equal(await report(live), live)
  assert.equal(isRepeat(live), true)
  t.mock.timers.tick(1_999)
  assert.equal(await report(live), undefined)
  assert.deepEqual((await stored())?.reportedAt, NINE)
  t.mock.timers.tick(1)
  assert.equal(await report(live), undefined)
  assert.deepEqual([(await stored())?.reportedAt, (await stored())?.reportedTime], [NINE + 2_000, at(2_000)])
  t.mock.timers.tick(1)
  const recovering = eventOf('recovering', 2_001)
  assert.deepEqual([isRepeat(recovering), await report(recovering)], [false, recovering])
  assert.deepEqual([isRepeat(recovering), isRepeat(live)], [true, false])
})

test('a report that was stored late does not move the time of the last report back', async t => {
  const { report } = environment(t)
  await report(eventOf('live', 0))
  await report(eventOf('recovering', 0), -1)
  const record = await stored()
  assert.deepEqual([record?.reported.state, record?.reportedAt, record?.version], ['recovering', NINE, 2])
})

test('a repeated report is sent to apps again after more than nine seconds of silence, as of now', async t => {
  const { report } = environment(t)
  const live = eventOf('live', 0)
  await report(live)
  t.mock.timers.tick(9_000)
  assert.equal(await report(live), undefined)
  t.mock.timers.tick(9_001)
  assert.deepEqual(await report(live), eventOf('live', 18_001))
})

test('a stale line that repeats its state is not sent again, however long it was silent', async t => {
  const { report } = environment(t)
  const stale = eventOf('stale', 0)
  await report(stale)
  t.mock.timers.tick(60_000)
  assert.equal(await report(stale), undefined)
})

test('a state that began with the last report before a silence is sent as of now', async t => {
  const { report } = environment(t)
  await report(eventOf('live', -5_000))
  t.mock.timers.tick(10_001)
  assert.deepEqual(await report(eventOf('recovering', 0)), eventOf('recovering', 10_001))
})

test('a state that began after the last report is sent as it is, also after a silence', async t => {
  const { report } = environment(t)
  await report(eventOf('live', 0))
  t.mock.timers.tick(20_000)
  assert.deepEqual(await report(eventOf('recovering', 1)), eventOf('recovering', 1))
})

test('a line that apps know as stale is sent with its next report, in a state later than the stale state', async t => {
  const { report, findSilent } = environment(t)
  const live = eventOf('live', 0)
  await report(live)
  t.mock.timers.tick(10_001)
  assert.deepEqual(await findSilent(), [{ ...live, state: 'stale', since: at(0, 1) }])
  assert.deepEqual(await report(live), eventOf('live', 10_001))
  t.mock.timers.tick(2_000)
  assert.equal(await report(live), undefined)
})

test('silent lines are looked for after ten seconds without a report, and again ten seconds later', async t => {
  const { report, looked, findSilent } = environment(t)
  assert.deepEqual(await findSilent(), [])
  await report(eventOf('live', 0, 1))
  t.mock.timers.tick(10_000)
  assert.deepEqual(await findSilent(), [])
  assert.deepEqual(looked, ['123'])
  t.mock.timers.tick(1)
  await report(eventOf('live', 0, 2))
  const [silent, ...others] = await findSilent()
  assert.deepEqual([silent?.line, silent?.state, others], [1, 'stale', []])
  assert.deepEqual(looked, ['123', '13'])
  t.mock.timers.tick(10_000)
  assert.deepEqual(await findSilent(), [])
  assert.equal(looked.length, 2)
  t.mock.timers.tick(1)
  assert.deepEqual(
    (await findSilent()).map(({ line }) => line),
    [2],
  )
  assert.deepEqual(looked, ['123', '13', '123'])
})

test('a line that reports to another environment is looked for ten seconds after that report', async t => {
  const [here, there] = [environment(t), environment(t)]
  await there.report(eventOf('live', 0, 2))
  t.mock.timers.tick(4_000)
  await here.findSilent()
  t.mock.timers.tick(6_000)
  await here.findSilent()
  assert.deepEqual(here.looked, ['123'])
  t.mock.timers.tick(1)
  assert.deepEqual(
    (await here.findSilent()).map(({ line }) => line),
    [2],
  )
  assert.deepEqual(here.looked, ['123', '2'])
})

test('a failed look is repeated after a second, not earlier', async t => {
  const { faults, looked, findSilent } = environment(t)
  faults.isAway = true
  await assert.rejects(findSilent(), /away/)
  t.mock.timers.tick(1_000)
  assert.deepEqual(await findSilent(), [])
  assert.equal(looked.length, 1)
  t.mock.timers.tick(1)
  await assert.rejects(findSilent(), /away/)
  assert.deepEqual(looked, ['123', '123'])
})

test('a report moves the look for a silent line; that of a replaced task, or an earlier one, does not', async t => {
  const { note, looked, findSilent } = environment(t)
  await findSilent()
  note(eventOf('live', 0))
  note(eventOf('live', -1), 5_000)
  note(eventOf('live', 0), -1)
  t.mock.timers.tick(10_000)
  await findSilent()
  assert.deepEqual(looked, ['123'])
  t.mock.timers.tick(1)
  await findSilent()
  assert.deepEqual(looked, ['123', '123'])
  note(eventOf('live', 0))
  t.mock.timers.tick(10_001)
  await findSilent()
  assert.deepEqual(looked, ['123', '123', '123'])
})

test('a stale line whose write got no answer is found by the next look, and by no later look', async t => {
  const { report, faults, findSilent } = environment(t)
  await report(eventOf('live', 0))
  t.mock.timers.tick(10_001)
  faults.losesAnswers = true
  await assert.rejects(findSilent(), /no answer/)
  faults.losesAnswers = false
  t.mock.timers.tick(1_001)
  assert.deepEqual(await findSilent(), [{ ...eventOf('stale', 0), since: at(0, 1) }])
  t.mock.timers.tick(10_001)
  assert.deepEqual(await findSilent(), [])
})

test('a state whose write got no answer is sent with the next report, and not with later reports', async t => {
  const { report, faults } = environment(t)
  const [live, recovering] = [eventOf('live', 0), eventOf('recovering', 1)]
  await report(live)
  faults.losesAnswers = true
  await assert.rejects(report(recovering), /no answer/)
  faults.losesAnswers = false
  assert.deepEqual(await report(recovering), recovering)
  t.mock.timers.tick(2_000)
  assert.equal(await report(recovering), undefined)
})

test('a repeated report whose write got no answer is not sent', async t => {
  const { report, faults } = environment(t)
  const live = eventOf('live', 0)
  await report(live)
  t.mock.timers.tick(2_000)
  faults.losesAnswers = true
  await assert.rejects(report(live), /no answer/)
  faults.losesAnswers = false
  assert.equal(await report(live), undefined)
  assert.equal((await stored())?.version, 3)
})

test('of environments that get the same report one sends it; the others store theirs in turn', async t => {
  const environments = Array.from({ length: 4 }, () => environment(t))
  const sent = await Promise.all(environments.map(({ report }) => report(eventOf('live', 0))))
  assert.equal(sent.filter(event => event !== undefined).length, 1)
  assert.equal((await stored())?.version, 4)
})

test('a report is given up two seconds after its start, if others are stored before it again and again', async t => {
  const { report, faults } = environment(t)
  const other = environment(t)
  let micros = 0
  faults.beforePut = async () => {
    t.mock.timers.tick(700)
    await other.report(eventOf('live', ++micros))
  }
  const message =
    /^expected line#1 in boards replaced before the deadline, got a concurrent change \(3 attempts\)$/
  await assert.rejects(report(eventOf('live', 500)), { name: 'DeadlineError', message })
})

test('a throttled report is not repeated: a later round stores it', async t => {
  const { report, faults } = environment(t)
  let puts = 0
  faults.throttles = true
  faults.beforePut = async () => {
    puts++
  }
  await assert.rejects(report(eventOf('live', 0)), /too fast/)
  assert.equal(puts, 1)
})
