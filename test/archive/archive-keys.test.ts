import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archiveKeys, PARTS, partOf } from '../../archive/archive-keys.ts'
import { asTradingDate } from '../../market/units.ts'

const DATE = asTradingDate(20260105)

test('the objects of a date have the keys of the document', () => {
  assert.equal(archiveKeys.ticks(DATE, 7), 'ticks/date=2026-01-05/part-07.parquet')
  assert.equal(archiveKeys.ticks(DATE, 31), 'ticks/date=2026-01-05/part-31.parquet')
  assert.equal(archiveKeys.dailyBars(DATE), 'daily-bars/date=2026-01-05/part-00.parquet')
  assert.equal(archiveKeys.issues(DATE), 'issues/2026-01-05.json')
  assert.equal(archiveKeys.manifest(DATE), 'manifests/2026-01-05.json')
  assert.equal(archiveKeys.reports(DATE, 'close'), 'parts/2026-01-05/close/')
  assert.equal(archiveKeys.report(DATE, 'final', 3), 'parts/2026-01-05/final/part-03.json')
})

test('an issue belongs to one of 32 parts, and all parts have issues', () => {
  assert.equal(PARTS, 32)
  const parts = Array.from({ length: 2_000 }, (_, index) => partOf(String(1_301 + index)))
  assert.deepEqual(
    [...new Set(parts)].sort((a, b) => a - b),
    Array.from({ length: 32 }, (_, part) => part),
  )
  // The FNV-1a of "a" is 0xe40c292c, whose last five bits are 12.
  assert.equal(partOf('a'), 12)
})
