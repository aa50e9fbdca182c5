import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asEpochSeconds } from '../../market/units.ts'
import { type Admit, createAdmission } from '../../sign-in/admission.ts'
import { putItem } from '../../tables/dynamodb.ts'
import { readCut, writeCut } from '../../tables/users/user-cut.ts'
import { CUT_ITEM, userId } from '../../tables/users/users-keys.ts'
import type { UsersTable } from '../../tables/users/users-table.ts'
import { startTables, TABLES, type Tables } from '../functions/tables.ts'
import { keepsKeys, startTestIssuer, type TestIssuer } from './test-issuer.ts'

const AUDIENCE = 'apps'

let tables: Tables
let issuer: TestIssuer
let users: UsersTable
let admit: Admit
before(async () => {
  tables = await startTables()
  users = { client: tables.client, table: TABLES.USERS_TABLE }
  issuer = await startTestIssuer()
  admit = createAdmission({
    issuer: issuer.url,
    audience: AUDIENCE,
    scopes: ['prices/realtime'],
    warn: message => assert.fail(message),
    kept: keepsKeys(),
    cutOf: user => readCut(users, user),
  })
})
after(async () => {
  await issuer[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

const CLAIMS = { aud: AUDIENCE, scope: 'prices/realtime' }
const ENDED = {
  name: 'Refusal',
  status: 403,
  code: 'access-ended',
  message: 'expected a token issued after an operator ended the access of the user, got an older one',
}

test('a token with the scope admits its user, also beside another user whose access has ended', async () => {
  await writeCut(users, 'other', 3_600)
  const { user, expires } = await admit(await issuer.sign({ ...CLAIMS, sub: 'a' }))
  assert.equal(user, 'a')
  assert.ok(expires > Date.now() / 1000)
})

test('a token without the scope is refused with a code of its own', async () => {
  const token = await issuer.sign({ ...CLAIMS, sub: 'a', scope: 'openid' })
  await assert.rejects(admit(token), {
    status: 403,
    code: 'missing-scope',
    message: 'expected an access token with the scope prices/realtime, got one without',
  })
})

test('a token that was issued before the cut of its user is refused, and one after it is not', async () => {
  const before = await issuer.sign({ ...CLAIMS, sub: 'b' })
  assert.equal((await admit(before)).user, 'b')
  const cutAt = asEpochSeconds(Math.floor(Date.now() / 1000) - 60)
  const cut = { id: userId('b'), item: CUT_ITEM, cutAt, expires: asEpochSeconds(cutAt + 3_600) } as const
  await putItem(users, cut)
  assert.equal((await admit(before)).user, 'b')
  await assert.rejects(admit(await issuer.sign({ ...CLAIMS, sub: 'b' }, { issuedIn: -61 })), ENDED)
  await assert.rejects(admit(await issuer.sign({ ...CLAIMS, sub: 'b' }, { issuedIn: -3_000 })), ENDED)
  // After its end the cut refuses nothing.
  await putItem(users, { ...cut, expires: asEpochSeconds(cutAt + 59) })
  assert.equal((await admit(await issuer.sign({ ...CLAIMS, sub: 'b' }, { issuedIn: -3_000 }))).user, 'b')
})
