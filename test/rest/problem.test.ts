import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheControl } from '../../rest/cache-rule.ts'
import { cutText, Problem, quoted } from '../../rest/problem.ts'

test('a problem has its code, its detail as message, and further members', () => {
  const problem = new Problem('bad-time', 'at: expected a time', { youngest: 'then' })
  assert.deepEqual(
    [problem.name, problem.code, problem.message, problem.members],
    ['Problem', 'bad-time', 'at: expected a time', { youngest: 'then' }],
  )
  assert.deepEqual(new Problem('failed', '').members, {})
})

test('a text of more than 60 characters is cut, with its length', () => {
  assert.equal(quoted('now'), '"now"')
  assert.equal(cutText('x'.repeat(60)), 'x'.repeat(60))
  assert.equal(quoted('x'.repeat(61)), `"${'x'.repeat(60)}… (61 characters)"`)
})

test('an answer may be kept for the seconds of its kind, and not at all without them', () => {
  const rule = { latest: 5, past: 0 }
  assert.equal(cacheControl(rule, 'latest'), 'public, max-age=5')
  assert.equal(cacheControl(rule, 'past'), 'public, max-age=0')
  assert.equal(cacheControl(rule, 'empty'), 'no-store')
})
