import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import type { EventOf } from '../../../market/market-event.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'
import { type BoardsTableItem, STATUS_ID } from '../../../tables/boards/board-items.ts'
import { PHASE_ID } from '../../../tables/boards/boards-keys.ts'
import { readPhaseAndLines, readStatus } from '../../../tables/boards/boards-table.ts'
import { type LineRecord, lineItemOf } from '../../../tables/boards/line-record.ts'
import { copyLine, copyPhase, readStatusCopy } from '../../../tables/boards/status-copy.ts'
import { getItem, putItem } from '../../../tables/dynamodb.ts'
import { storeEvents } from '../../functions/boards-fixture.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const NOW = asEpochMillis(Date.parse('2026-11-20T09:00:00+09:00'))
const at = (second: number): string => `2026-11-20T09:00:0${second}.000000+09:00`
const phaseAt = (second: number): EventOf<'phase'> => ({ type: 'phase', time: at(second), phase: 'morning' })
const phaseItem = (second: number) =>
  ({ id: PHASE_ID, since: at(second), event: JSON.stringify(phaseAt(second)) }) as const
const recordOf = (line: number, version: number, more: Partial<LineRecord> = {}): LineRecord => {
  const event = { type: 'line', line, state: 'live', since: at(version) } as const
  const report = { reported: event, reportedAt: NOW, reportedTime: at(version), epoch: asEpochMillis(1) }
  return { version, announced: event, ...report, ...more }
}

let tables: Tables
const boards = () => ({ client: tables.client, table: TABLES.BOARDS_TABLE })
before(async () => {
  tables = await startTables()
})
beforeEach(async () => {
  for (const id of [STATUS_ID, PHASE_ID, 'line#1', 'line#2', 'line#3'])
    await tables.client.send(new DeleteCommand({ TableName: TABLES.BOARDS_TABLE, Key: { id } }))
})
after(() => tables[Symbol.asyncDispose]())

test('the copy has the latest phase and the latest version of each line, in whichever order they are written', async () => {
  const write = fc.oneof(
    fc.record({ line: fc.integer({ min: 1, max: 3 }), version: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ line: fc.constant(0), version: fc.integer({ min: 0, max: 9 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 20 }), async writes => {
      await tables.client.send(new DeleteCommand({ TableName: TABLES.BOARDS_TABLE, Key: { id: STATUS_ID } }))
      const all = [0, 1, 2, 3].map(line => ({ line, version: 1 })).concat(writes)
      await Promise.all(
        all.map(({ line, version }) =>
          line === 0 ? copyPhase(boards(), phaseItem(version)) : copyLine(boards(), recordOf(line, version)),
        ),
      )
      const latest = (line: number) =>
        Math.max(...all.filter(one => one.line === line).map(({ version }) => version))
      assert.deepEqual(await readStatusCopy(boards(), NOW), {
        phase: phaseAt(latest(0)),
        lines: [1, 2, 3].map(line => recordOf(line, latest(line))),
      })
    }),
    { numRuns: 30 },
  )
})

test('a line that was announced in another state than it reports keeps both', async () => {
  const record = recordOf(2, 1, {
    announced: { type: 'line', line: 2, state: 'stale', since: at(3), lost: 4 },
  })
  await copyPhase(boards(), phaseItem(1))
  for (const each of [recordOf(1, 1), record, recordOf(3, 1)]) await copyLine(boards(), each)
  assert.deepEqual((await readStatusCopy(boards(), NOW))?.lines[1], record)
})

test('a copy without the phase, without a line, or in which every line is silent does not count', async () => {
  const read = (later: number) => readStatusCopy(boards(), addMillis(NOW, later))
  assert.equal(await read(0), undefined)
  for (const line of [1, 2, 3]) await copyLine(boards(), recordOf(line, 1))
  assert.equal(await read(0), undefined)
  await copyPhase(boards(), phaseItem(1))
  assert.ok(await read(10_000))
  assert.equal(await read(10_001), undefined)
  await copyLine(boards(), recordOf(3, 2, { reportedAt: addMillis(NOW, 1) }))
  assert.ok(await read(10_001))
  const item: BoardsTableItem = { id: STATUS_ID, since: at(1), event: JSON.stringify(phaseAt(1)) }
  await putItem(boards(), item)
  for (const line of [1, 2]) await copyLine(boards(), recordOf(line, 1))
  assert.equal(await read(0), undefined)
})

test('readers get what broadcast has stored, from the copy or without it, and a silent line as stale', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const events = [phaseAt(0), ...[1, 2, 3].map(line => recordOf(line, 0).reported)]
  await storeEvents(boards(), events)
  t.mock.timers.tick(3_000)
  await storeEvents(boards(), [recordOf(1, 0).reported, recordOf(2, 0).reported])
  for (const [later, states] of [
    [0, ['live', 'live', 'live']],
    [7_001, ['live', 'live', 'stale']],
    [3_000, ['stale', 'stale', 'stale']],
  ] as const) {
    t.mock.timers.tick(later)
    const { news: _, ...status } = await readStatus(boards())
    assert.deepEqual(await readPhaseAndLines(boards()), status)
    assert.deepEqual(
      status.lines.map(({ state }) => state),
      states,
    )
  }
})

test('a phase is over when a line has a state of a later date, in the copy and without it', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  const closed = { type: 'phase', time: '2026-11-19T16:30:00.000000+09:00', phase: 'closed' } as const
  const read = async () => {
    const { phase } = await readStatus(boards())
    assert.deepEqual((await readPhaseAndLines(boards())).phase, phase)
    return phase
  }
  const stateSince = (line: number, since: string) =>
    recordOf(line, 1, { reported: { type: 'line', line, state: 'live', since } })
  await putItem(boards(), { id: PHASE_ID, since: closed.time, event: JSON.stringify(closed) })
  for (const line of [1, 2])
    await putItem(boards(), lineItemOf(stateSince(line, '2026-11-19T23:59:59.000000+09:00')))
  assert.deepEqual(await read(), closed)
  for (const isCopied of [false, true]) {
    if (isCopied)
      await copyPhase(boards(), { id: PHASE_ID, since: closed.time, event: JSON.stringify(closed) })
    if (isCopied) for (const line of [1, 2, 3]) await copyLine(boards(), recordOf(line, 1))
    assert.equal((await readStatusCopy(boards(), NOW)) !== undefined, isCopied)
    await putItem(boards(), lineItemOf(stateSince(3, '2026-11-20T00:00:00.000000+09:00')))
    assert.equal(await read(), undefined)
  }
})

test('the usual copy takes less than 1 KB: a write is one unit', async () => {
  await copyPhase(boards(), {
    ...phaseItem(1),
    event: JSON.stringify({ ...phaseAt(1), phase: 'order-acceptance' }),
  })
  for (const line of [1, 2, 3]) {
    const event = { type: 'line', line, state: 'recovering', since: at(1), lost: 1_000 } as const
    await copyLine(boards(), recordOf(line, 10_000_000, { reported: event, announced: event }))
  }
  const item = await getItem(boards(), { id: STATUS_ID })
  assert.ok(JSON.stringify(item).replaceAll('\\"', '"').length < 1_024)
})
