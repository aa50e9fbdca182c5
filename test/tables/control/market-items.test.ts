import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { momentFromIso } from '../../../market/moment.ts'
import { HOLD_ID } from '../../../tables/control/control-keys.ts'
import { type Hold, readHold, releaseHold, writeHold } from '../../../tables/control/hold-item.ts'
import { freeMarketLock, takeMarketLock } from '../../../tables/control/market-lock.ts'
import { foundTasks, readMarketState, writeMarketState } from '../../../tables/control/market-state.ts'
import { putItem, type Table } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
let control: Pick<Table, 'client' | 'table'>
before(async () => {
  tables = await startTables()
  control = { client: tables.client, table: TABLES.CONTROL_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

const LONG_MS = 60_000

test('one run at a time holds the lock, until it frees it', async () => {
  assert.equal(await takeMarketLock(control, 'a', LONG_MS), true)
  assert.equal(await takeMarketLock(control, 'b', LONG_MS), false)
  // The owner may take it again: the answer to its first request may have been lost.
  assert.equal(await takeMarketLock(control, 'a', LONG_MS), true)
  await freeMarketLock(control, 'b')
  assert.equal(await takeMarketLock(control, 'b', LONG_MS), false)
  await freeMarketLock(control, 'a')
  assert.equal(await takeMarketLock(control, 'b', LONG_MS), true)
  await freeMarketLock(control, 'b')
})

test('of runs that start together one gets the lock', async () => {
  const runs = Array.from({ length: 8 }, (_, run) => takeMarketLock(control, `run ${run}`, LONG_MS))
  const taken = await Promise.all(runs)
  assert.equal(taken.filter(Boolean).length, 1)
  await freeMarketLock(control, `run ${taken.indexOf(true)}`)
})

test('a lock that a dead run left ends by itself', async () => {
  assert.equal(await takeMarketLock(control, 'dead', -1), true)
  assert.equal(await takeMarketLock(control, 'next', LONG_MS), true)
  await freeMarketLock(control, 'dead')
  assert.equal(await takeMarketLock(control, 'other', LONG_MS), false)
})

test('a hold is read as it was written, and is gone when it is released', async () => {
  assert.equal(await readHold(control), undefined)
  const until = momentFromIso('2026-11-20T17:00:00+09:00')
  assert.ok(until)
  const hold: Hold = { mode: 'open', until, reason: 'a test of the line' }
  await writeHold(control, hold)
  assert.deepEqual(await readHold(control), hold)
  await writeHold(control, { ...hold, mode: 'closed' })
  assert.equal((await readHold(control))?.mode, 'closed')
  await releaseHold(control)
  assert.equal(await readHold(control), undefined)
})

test('an item that is no hold is an error that shows it', async () => {
  for (const [mode, until] of [
    ['ajar', '2026-11-20T17:00:00+09:00'],
    ['open', 'tomorrow'],
  ]) {
    await putItem(control, { id: HOLD_ID, mode, until, reason: '' })
    await assert.rejects(readHold(control), {
      name: 'RangeError',
      message: `item hold: expected a mode of open, closed and an ISO time, got ${mode} until ${until}`,
    })
  }
  await releaseHold(control)
})

const STATE = {
  time: '2026-11-20T09:00:00.000000+09:00',
  phase: 'morning',
  level: 'peak',
  reason: 'peak morning',
  keepsAll: true,
  maintenance: false,
  next: { time: '2026-11-20T09:15:00.000000+09:00', phase: 'morning', level: 'awake' },
  planned: [{ kind: 'tasks', name: 'line 1', value: 2 }],
  found: [{ kind: 'tasks', name: 'line 1', value: 0, running: 0 }],
  moves: [{ kind: 'tasks', name: 'line 1', from: 0, to: 2, result: 'done' }],
  failures: [],
} as const

test('the latest result replaces the one before', async () => {
  assert.equal(await readMarketState(control), undefined)
  await writeMarketState(control, STATE)
  assert.deepEqual(await readMarketState(control), STATE)
  await writeMarketState(control, { ...STATE, level: 'awake' })
  assert.equal((await readMarketState(control))?.level, 'awake')
})

test('a recent result tells whether tasks run', () => {
  const moment = (time: string) => {
    const found = momentFromIso(`2026-11-20T${time}:00+09:00`)
    assert.ok(found)
    return found
  }
  const found = (value: number, running: number) => ({
    ...STATE,
    found: [{ kind: 'tasks', name: 'line 1', value, running }],
  })
  assert.equal(foundTasks(found(0, 0), moment('09:05')), false)
  assert.equal(foundTasks(found(2, 0), moment('09:05')), true)
  assert.equal(foundTasks(found(0, 1), moment('09:15')), true)
  assert.equal(foundTasks(found(0, 1), moment('09:16')), false)
  assert.equal(foundTasks(undefined, moment('09:05')), false)
  const shards = { ...STATE, found: [{ kind: 'shards', name: 'stream', value: 4 }] }
  assert.equal(foundTasks(shards, moment('09:05')), false)
})
