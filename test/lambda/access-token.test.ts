import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessTokenProblem } from '../../lambda/access-token.ts'

test('a token for use as access, or without a stated use, is an access token', () => {
  for (const claims of [{}, { token_use: 'access' }, { aud: 'apps', scope: 'x' }, { at_hash: undefined }])
    assert.equal(accessTokenProblem(claims), undefined)
})

test('a token for another use is refused with its use, cut to 40 characters of JSON', () => {
  const problemOf = (use: unknown): string | undefined => accessTokenProblem({ token_use: use })
  assert.equal(problemOf('id'), 'expected a token for use as access, got "id"')
  assert.equal(problemOf(''), 'expected a token for use as access, got ""')
  assert.equal(problemOf(null), 'expected a token for use as access, got null')
  assert.equal(problemOf('x'.repeat(38)), `expected a token for use as access, got "${'x'.repeat(38)}"`)
  assert.equal(problemOf('x'.repeat(40)), `expected a token for use as access, got "${'x'.repeat(39)}`)
})

test('a token with a hash that only ID tokens have is refused, whatever the hash', () => {
  for (const claim of ['at_hash', 'c_hash'])
    for (const hash of ['MTIz', '', null]) {
      const problem = accessTokenProblem({ token_use: 'access', [claim]: hash })
      assert.equal(problem, `expected an access token, got an ID token with the claim ${claim}`)
    }
})
