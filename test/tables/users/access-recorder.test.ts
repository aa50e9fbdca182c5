import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { AwsError } from '@itastream/local-cloud/aws-error'
import { asEpochMillis, type EpochMillis } from '../../../market/units.ts'
import { type AccessRecorder, createAccessRecorder } from '../../../tables/users/access-recorder.ts'
import { readAccess } from '../../../tables/users/access-records.ts'
import type { UsersTable } from '../../../tables/users/users-table.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'
import { until } from '../../until.ts'

const NOON = Date.parse('2026-11-20T12:00:00+09:00')
const DAY_MS = 86_400_000

let tables: Tables
let users: UsersTable
/** What becomes of writes: they are done, refused, or kept until {@link release}. */
let mode: 'answers' | 'refuses' | 'keeps'
let release: () => void
let writes: number
let warnings: string[]
let time: EpochMillis
before(async () => {
  tables = await startTables({
    answer: async ({ operation, input, run }) => {
      if (operation !== 'UpdateItem') return run(input)
      writes++
      if (mode === 'refuses') throw new AwsError(400, 'AccessDeniedException', 'no right')
      if (mode === 'keeps') await new Promise<void>(resolve => (release = resolve))
      return run(input)
    },
  })
  users = { client: tables.client, table: TABLES.USERS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())
beforeEach(() => {
  mode = 'answers'
  writes = 0
  warnings = []
  time = asEpochMillis(NOON)
})

const newEnvironment = (): AccessRecorder =>
  createAccessRecorder({ users, by: 'stream', warn: message => void warnings.push(message), now: () => time })
const recorded = async (user: string, month = '2026-11') =>
  (await readAccess(users, month)).find(({ item }) => item === user)

test('an environment records a user once a day, and waits for nothing else', async () => {
  const recorder = newEnvironment()
  assert.deepEqual(await recorder.settled(), [])
  for (let count = 0; count < 5; count++) {
    recorder.note('a')
    assert.deepEqual(await recorder.settled(), [])
  }
  recorder.note('b')
  await recorder.settled()
  assert.equal(writes, 2)
  assert.equal((await recorded('a'))?.lastAt, NOON)

  time = asEpochMillis(NOON + DAY_MS)
  recorder.note('a')
  await recorder.settled()
  assert.equal(writes, 3)
  const record = await recorded('a')
  assert.deepEqual([record?.firstAt, record?.lastAt, record?.firstBy], [NOON, NOON + DAY_MS, 'stream'])

  newEnvironment().note('a')
  await until(() => writes === 4, 'the write of another environment')
})

test('the first access of a month is recorded in that month', async () => {
  const recorder = newEnvironment()
  for (const iso of ['2026-09-30T23:59:59.999+09:00', '2026-10-01T00:00:00+09:00']) {
    time = asEpochMillis(Date.parse(iso))
    recorder.note('c')
    await recorder.settled()
  }
  assert.equal((await recorded('c', '2026-09'))?.lastAt, Date.parse('2026-09-30T23:59:59.999+09:00'))
  assert.equal((await recorded('c', '2026-10'))?.firstAt, time)
})

test('a user whose record is refused is reported, and recorded at the next access', async () => {
  const recorder = newEnvironment()
  mode = 'refuses'
  recorder.note('d')
  recorder.note('e')
  assert.deepEqual(await recorder.settled(), ['d', 'e'])
  assert.deepEqual(warnings, ['access was not recorded', 'access was not recorded'])
  assert.deepEqual(await recorder.settled(), [])
  mode = 'answers'
  recorder.note('d')
  assert.deepEqual(await recorder.settled(), [])
  assert.equal((await recorded('d'))?.lastAt, NOON)
  assert.equal(await recorded('e'), undefined)
})

test('nobody waits long for a table that does not answer, and a late answer counts', async () => {
  const recorder = newEnvironment()
  mode = 'keeps'
  recorder.note('f')
  assert.deepEqual(await recorder.settled(), ['f'])
  // The answer of the next access did not have to wait: nothing new runs.
  assert.deepEqual(await recorder.settled(), [])
  mode = 'answers'
  release()
  await until(async () => (await recorded('f')) !== undefined, 'the late write')
  // The environment notices it a moment after the table.
  await until(async () => {
    const before = writes
    recorder.note('f')
    await recorder.settled()
    return writes === before
  }, 'an environment that knows about the late write')
})
