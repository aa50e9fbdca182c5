import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { PROBLEMS, problemType } from '../../market/problem-document.ts'

test('every problem has the status of the document', () => {
  const document = readFileSync(new URL('../../docs/rest-errors.md', import.meta.url), 'utf8')
  const rows = [...document.matchAll(/^\| `([a-z-]+)` +\| (\d{3}) /gm)]
  const documented = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))
  const statuses = Object.fromEntries(Object.entries(PROBLEMS).map(([code, [status]]) => [code, status]))
  assert.deepEqual(statuses, documented)
})

test('the type of a problem ends with its code', () => {
  assert.equal(problemType('bad-time'), 'urn:itastream:problem:bad-time')
})
