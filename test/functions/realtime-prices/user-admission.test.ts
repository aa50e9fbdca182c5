import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { AwsError } from '@itastream/local-cloud/aws-error'
import { nowMillis } from '../../../market/units.ts'
import type { Answer } from '../../../rest/rest-function.ts'
import { readAccess, tokyoMonth } from '../../../tables/users/access-records.ts'
import { writeCut } from '../../../tables/users/user-cut.ts'
import type { AccessItem, UsersTable } from '../../../tables/users/users-table.ts'
import { type CapturedMetrics, captureMetrics } from '../captured-metrics.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

let tables: Tables
let users: UsersTable
let metrics: CapturedMetrics
let refusesWrites = false
let admit: (claims: Record<string, unknown>, answer?: () => Promise<Answer>) => Promise<Answer>
before(async () => {
  tables = await startTables({
    answer: async ({ operation, input, run }) => {
      if (operation === 'UpdateItem' && refusesWrites) throw new AwsError(400, 'AccessDeniedException', 'no')
      return run(input)
    },
  })
  users = { client: tables.client, table: TABLES.USERS_TABLE }
  metrics = captureMetrics()
  const { userAdmission } = await import('../../../functions/realtime-prices/user-admission.ts')
  const admission = userAdmission(users)
  admit = (claims, answer = async () => ANSWER) => admission(claims, answer)
})
beforeEach(() => {
  refusesWrites = false
  metrics.take()
})
after(async () => {
  metrics[Symbol.dispose]()
  await tables[Symbol.asyncDispose]()
})

const ANSWER: Answer = { data: { board: null } }
const NOW_SECONDS = Math.floor(Date.now() / 1000)
const recordOf = async (user: string): Promise<AccessItem | undefined> =>
  (await readAccess(users, tokyoMonth(nowMillis()))).find(({ item }) => item === user)

test('a user gets the answer, and has a record of access when it is sent', async () => {
  const before = Date.now()
  assert.equal(await admit({ sub: 'a', iat: String(NOW_SECONDS) }), ANSWER)
  const record = await recordOf('a')
  assert.equal(record?.firstBy, 'rest')
  assert.ok(record.firstAt >= before && record.lastAt <= Date.now())
  assert.deepEqual(metrics.take(), [])
})

test('a user whose access has ended is refused until a newer token, and not recorded', async () => {
  const { cutAt } = await writeCut(users, 'b', 3_600)
  // The gateway passes numbers on as texts.
  for (const iat of [{ iat: String(NOW_SECONDS) }, { iat: String(cutAt) }, { iat: 'x' }, {}])
    await assert.rejects(admit({ sub: 'b', ...iat }), { code: 'access-ended' })
  assert.equal(await recordOf('b'), undefined)
  assert.equal(await admit({ sub: 'b', iat: String(cutAt + 1) }), ANSWER)
  assert.equal(await admit({ sub: 'b', iat: `${(cutAt + 1) / 1e9}E9` }), ANSWER)
  assert.ok(await recordOf('b'))
})

test('a token without a user is refused', async () => {
  for (const claims of [{}, { sub: '' }, { sub: 'x'.repeat(256) }])
    await assert.rejects(admit(claims), { code: 'no-access-token', message: /got another sub/ })
})

test('a record that cannot be written changes no answer, counts, and is written at the next access', async () => {
  refusesWrites = true
  const iat = String(NOW_SECONDS)
  assert.equal(await admit({ sub: 'c', iat }), ANSWER)
  assert.deepEqual(metrics.take(), [{ AccessUnrecorded: 1 }])
  const failing = async (): Promise<Answer> => {
    throw new Error('of the answer')
  }
  await assert.rejects(admit({ sub: 'c', iat }, failing), /of the answer/)
  assert.deepEqual(metrics.take(), [{ AccessUnrecorded: 1 }])
  assert.equal(await recordOf('c'), undefined)
  refusesWrites = false
  await admit({ sub: 'c', iat })
  assert.ok(await recordOf('c'))
  assert.deepEqual(metrics.take(), [])
})
