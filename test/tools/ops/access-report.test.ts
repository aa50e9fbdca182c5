import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asEpochMillis, type EpochMillis } from '../../../market/units.ts'
import { type AccessRecorder, createAccessRecorder } from '../../../tables/users/access-recorder.ts'
import { writeAccess } from '../../../tables/users/access-records.ts'
import type { AccessWay, UsersTable } from '../../../tables/users/users-table.ts'
import { CAVEAT, checkMonth, readReport } from '../../../tools/ops/access-report.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
let users: UsersTable
let queries = 0
before(async () => {
  tables = await startTables({
    answer: ({ operation, input, run }) => {
      if (operation === 'Query') queries++
      return run(input)
    },
  })
  users = { client: tables.client, table: TABLES.USERS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

const at = (iso: string): EpochMillis => asEpochMillis(Date.parse(iso))
const LATER = at('2027-06-01T00:00:00+09:00')
/** Length of a `sub` at most (OpenID Connect Core 1.0, 2): 3,000 records of such users fill a page of 1 MB. */
const LONGEST_USER = 255
const MANY = 3_600

interface Access {
  readonly user: string
  readonly time: EpochMillis
  readonly way: AccessWay
}

/** Long names, so that a month has several pages. */
const userOf = (index: number): string => `user-${index}-`.padEnd(LONGEST_USER, 'x')

/**
 * The accesses around November 2026, in the order of time. All users come in November, by turns over the stream and REST, at its
 * first and last millisecond too. Each third comes twice, each seventh in October, and each fifth in December.
 */
function* accesses(): Generator<Access> {
  const of = (every: number, iso: string, ways: readonly [AccessWay, AccessWay], step = 0) =>
    Array.from({ length: Math.ceil(MANY / every) }, (_, index): Access => {
      const user = index * every
      return { user: userOf(user), time: asEpochMillis(at(iso) + index * step), way: ways[user % 2]! }
    })
  yield* of(7, '2026-10-31T23:59:59.999+09:00', ['rest', 'stream'])
  yield* of(1, '2026-11-01T00:00:00.000+09:00', ['stream', 'rest'], 1_000)
  yield* of(3, '2026-11-20T09:00:00.000+09:00', ['rest', 'rest'], 100)
  yield* of(1_200, '2026-11-30T23:59:59.999+09:00', ['rest', 'stream'])
  yield* of(5, '2026-12-01T00:00:00.000+09:00', ['rest', 'stream'])
}

/** Plays accesses through two environments of each function, as they come. */
async function play(all: Iterable<Access>): Promise<void> {
  let now = at('2026-10-01T00:00:00+09:00')
  const environments = (by: AccessWay): AccessRecorder[] =>
    [0, 1].map(() =>
      createAccessRecorder({ users, by, warn: message => assert.fail(message), now: () => now }),
    )
  const recorders = { stream: environments('stream'), rest: environments('rest') }
  let turn = 0
  for (const { user, time, way } of all) {
    now = time
    const recorder = recorders[way][turn++ % 2]!
    recorder.note(user)
    if (turn % 20 === 0)
      for (const each of Object.values(recorders).flat()) assert.deepEqual(await each.settled(), [])
  }
  for (const each of Object.values(recorders).flat()) assert.deepEqual(await each.settled(), [])
}

test('the report of a month has every user once, with the first and the last day of access', async () => {
  await play(accesses())
  const truth = new Map<string, { first: Access; last: Access }>()
  for (const access of accesses()) {
    const inNovember =
      access.time >= at('2026-11-01T00:00:00+09:00') && access.time < at('2026-12-01T00:00:00+09:00')
    if (!inNovember) continue
    truth.set(access.user, { first: truth.get(access.user)?.first ?? access, last: access })
  }
  assert.equal(truth.size, MANY)

  queries = 0
  const { csv, total } = await readReport(users, '2026-11', { now: LATER, own: [] })
  assert.ok(queries >= 2, `expected several pages, got ${queries}`)
  const [header, ...lines] = csv.split('\r\n')
  assert.equal(header, 'user,first_access,last_access,first_by,own')
  assert.equal(lines.pop(), '')
  const reported = new Map(lines.map(line => line.split(',')).map(([user, ...rest]) => [user, rest]))
  assert.deepEqual([lines.length, reported.size], [MANY, MANY])
  for (const [user, { first, last }] of truth) {
    const [firstAt = '', lastAt = '', way] = reported.get(user) ?? []
    assert.equal(Date.parse(firstAt), Math.floor(first.time / 1_000) * 1_000)
    assert.match(firstAt, /\+09:00$/)
    assert.equal(way, first.way)
    // The last access is right to the day.
    assert.equal(lastAt.slice(0, 10), new Date(last.time + 9 * 3_600_000).toISOString().slice(0, 10))
  }
  assert.equal(
    total,
    `2026-11 (Tokyo): 3600 users had access to real-time data, 1800 first by the WebSocket, 1800 first by REST.\n${CAVEAT}`,
  )

  // 3,600 / 7 and 3,600 / 5, rounded up.
  assert.match((await readReport(users, '2026-10', { now: LATER, own: [] })).total, /: 515 users /)
  assert.match((await readReport(users, '2026-12', { now: LATER, own: [] })).total, /: 720 users /)
  assert.match((await readReport(users, '2027-01', { now: LATER, own: [] })).total, /: 0 users /)
})

test('the report of the present month says that it is not complete', async () => {
  await writeAccess(users, { user: 'a', at: at('2027-06-01T00:00:00+09:00'), by: 'rest' })
  assert.deepEqual(await readReport(users, '2027-06', { now: at('2027-06-15T00:00:00+09:00'), own: [] }), {
    csv:
      'user,first_access,last_access,first_by,own\r\n' +
      'a,2027-06-01T00:00:00+09:00,2027-06-01T00:00:00+09:00,rest,no\r\n',
    total: `2027-06 (Tokyo): 1 user had access to real-time data so far, 0 first by the WebSocket, 1 first by REST.\n${CAVEAT}`,
  })
})

test('users of the own stay in the report, with a mark, and are counted apart', async () => {
  for (const user of ['canary', 'ken', 'yuki'])
    await writeAccess(users, { user, at: at('2027-09-01T12:00:00+09:00'), by: 'stream' })
  const now = at('2027-10-01T00:00:00+09:00')
  // A user that is named twice counts once.
  const own = ['canary', 'kanary', 'canary', 'kanary']
  const { csv, total } = await readReport(users, '2027-09', { now, own })
  const marks = csv
    .split('\r\n')
    .slice(1, -1)
    .map(line => line.split(','))
  assert.deepEqual(
    marks.map(([user, , , , own]) => [user, own]),
    [
      ['canary', 'yes'],
      ['ken', 'no'],
      ['yuki', 'no'],
    ],
  )
  assert.match(
    total,
    /: 3 users had access .*\n1 of them of your own \(--own\), 2 others\. Not in this month: kanary\.\n/,
  )
})

test('a user with a comma, a quote or a line break stays one field', async () => {
  for (const user of ['a,b', 'say "x"', 'two\nlines', '=1+1'])
    await writeAccess(users, { user, at: at('2027-07-01T12:00:00+09:00'), by: 'stream' })
  const { csv } = await readReport(users, '2027-07', { now: at('2027-08-01T00:00:00+09:00'), own: [] })
  const rest = ',2027-07-01T12:00:00+09:00,2027-07-01T12:00:00+09:00,stream,no\r\n'
  const expected = ['=1+1', '"a,b"', '"say ""x"""', '"two\nlines"'].map(user => user + rest).join('')
  assert.equal(csv.split('\r\n').slice(1).join('\r\n'), expected)
})

test('a month without records yet, or no longer, is refused', () => {
  const now = at('2028-12-15T00:00:00+09:00')
  for (const month of ['2028-12', '2028-11', '2026-12']) checkMonth(month, now)
  assert.throws(() => checkMonth('2029-01', now), {
    name: 'UsageError',
    message: '--month: expected a month up to 2028-12, got 2029-01',
  })
  assert.throws(() => checkMonth('2026-11', now), {
    name: 'UsageError',
    message: '--month: records are kept for 24 months, those of 2026-11 are deleted',
  })
})
