import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatStatus, type Status } from '../../local/status-line.ts'
import { asTradingDate } from '../../market/units.ts'

const WELL = { running: 2, desired: 2, publishes: true, standby: true }
const ASLEEP = { running: 0, desired: 0, publishes: false, standby: false }
const STATUS = {
  time: '09:00:05',
  phase: 'morning',
  speed: 5,
  ticks: 1234,
  lineStates: new Map([
    [1, 'live'],
    [2, 'recovering'],
  ]),
  tasks: [WELL, WELL, WELL],
  apps: 1,
  posts: 30,
  refused: 0,
  latency: { p50: 36.4, p99: undefined },
} satisfies Status

test('the status tells the market, what comes in and what goes out', () => {
  assert.equal(
    formatStatus(STATUS),
    '09:00:05 前場 morning ×5 │  1234 ticks/s │ lines 1/3 up (2 recovering, 3 not reported) │ tasks 2+2+2 │ connections 1 + probe │  30 posts/s │ tick to client p50  36 ms, p99   – ms',
  )
})

test('the status of a replay says so, and of which day', () => {
  assert.match(
    formatStatus({ ...STATUS, replayed: asTradingDate(20261120) }),
    /^replay of 2026-11-20 09:00:05 前場/,
  )
})

test('the status names the quota of a smaller account, and what quotas refuse', () => {
  assert.match(formatStatus({ ...STATUS, requests: 100 }), /│ {2}30 posts\/s of 100 requests\/s │/)
  assert.match(
    formatStatus({ ...STATUS, requests: 100, refused: 12 }),
    /│ {2}30 posts\/s of 100 requests\/s, 12 refused\/s │/,
  )
  assert.match(formatStatus({ ...STATUS, refused: 12 }), /│ {2}30 posts\/s, 12 refused\/s │/)
})

test('the status names no line if all lines are up', () => {
  const lineStates = new Map([1, 2, 3].map(line => [line, 'live'] as const))
  assert.match(formatStatus({ ...STATUS, lineStates }), /│ lines 3\/3 up │/)
})

test('the status shows the tasks that should run where they are not those that do', () => {
  const tasks = [{ ...WELL, running: 1 }, WELL, { ...WELL, running: 3 }]
  assert.match(formatStatus({ ...STATUS, tasks }), /│ tasks 1\+2\+3 of 2\+2\+2 │/)
})

test('the status names lines that no task publishes, and lines without a standby', () => {
  const tasks = [{ ...WELL, publishes: false }, { ...WELL, standby: false }, WELL]
  assert.match(formatStatus({ ...STATUS, tasks }), /│ tasks 2\+2\+2 \(1 none publishes, 2 no standby\) │/)
})

test('the status names no standby of a line that should have one task', () => {
  const one = { ...WELL, running: 1, desired: 1, standby: false }
  assert.match(formatStatus({ ...STATUS, tasks: [one, one, one] }), /│ tasks 1\+1\+1 │/)
})

test('the status calls lines without tasks asleep, whatever they reported last', () => {
  const tasks = [ASLEEP, ASLEEP, ASLEEP]
  assert.match(formatStatus({ ...STATUS, tasks }), /│ lines asleep │ tasks 0\+0\+0 │/)
})
