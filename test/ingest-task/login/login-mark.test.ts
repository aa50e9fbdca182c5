import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markOf } from '../../../ingest-task/login/login-mark.ts'

test('a mark tells users and passwords apart, and contains neither', async () => {
  const login = { user: 'broker', password: 'secret' }
  const marks = await Promise.all([
    markOf(login),
    markOf({ ...login, password: 'secret2' }),
    markOf({ ...login, user: 'broker2' }),
  ])
  assert.equal(new Set(marks).size, 3)
  assert.equal(await markOf({ ...login }), marks[0])
  // 16 bytes as base64url without padding.
  for (const mark of marks) assert.match(mark, /^[\w-]{22}$/)
})
