import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatStatus } from '../../local/status-line.ts'
import { asTradingDate } from '../../market/units.ts'

const STATUS = {
  time: '09:00:05',
  phase: 'morning',
  speed: 5,
  ticks: 1234,
  linesUp: 2,
  lines: 3,
  apps: 1,
  posts: 30,
  latency: { p50: 36.4, p99: undefined },
} as const

test('the status tells the market, what comes in and what goes out', () => {
  assert.equal(
    formatStatus(STATUS),
    '09:00:05 前場 morning ×5 │  1234 ticks/s │ lines 2/3 up │ connections 1 + probe │  30 posts/s │ tick to client p50  36 ms, p99   – ms',
  )
})

test('the status of a replay says so, and of which day', () => {
  assert.match(
    formatStatus({ ...STATUS, replayed: asTradingDate(20261120) }),
    /^replay of 2026-11-20 09:00:05 前場/,
  )
})
