import assert from 'node:assert/strict'
import { test } from 'node:test'
import { masterParts, newestMaster } from '../../ingest-task/master-parts.ts'
import { asTradingDate } from '../../market/units.ts'
import { listedIssues } from './listed-issues.ts'

const LINE = 2
const DATE = asTradingDate(20261120)

test('a master has parts of 300 issues, each with its number, and all issues in order', () => {
  for (const [count, sizes] of [
    [0, []],
    [1, [1]],
    [300, [300]],
    [301, [300, 1]],
    [700, [300, 300, 100]],
  ] as const) {
    const issues = listedIssues(count)
    const parts = masterParts(LINE, DATE, issues)
    assert.deepEqual(
      parts.map(({ version: _, ...part }) => part),
      sizes.map((size, part) => ({
        type: 'issues',
        line: LINE,
        tradingDate: DATE,
        part,
        parts: sizes.length,
        issues: issues.slice(300 * part, 300 * part + size),
      })),
    )
  }
})

test('all parts of a master have the version of its content, which changes with any row', () => {
  const versionsOf = (issues: ReturnType<typeof listedIssues>) => [
    ...new Set(masterParts(LINE, DATE, issues).map(({ version }) => version)),
  ]
  const [version, ...others] = versionsOf(listedIssues(700))
  assert.deepEqual(others, [])
  assert.match(version!, /^[\w-]{16}$/)
  assert.deepEqual(versionsOf(listedIssues(700)), [version])
  const [first, ...rest] = listedIssues(700)
  assert.notDeepEqual(versionsOf([{ ...first!, unit: 1 }, ...rest]), [version])
})

test('the newest master is the latest list of which all parts are known', () => {
  const old = masterParts(LINE, DATE, listedIssues(700))
  const corrected = masterParts(LINE, DATE, listedIssues(701))
  const phase = { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' } as const
  assert.deepEqual(newestMaster([phase, ...old.slice(1)]), [])
  assert.deepEqual(newestMaster([...old, phase, ...corrected.slice(0, 2)]), old)
  assert.deepEqual(newestMaster([...old, ...corrected, phase]), corrected)
})
