import assert from 'node:assert/strict'
import { test } from 'node:test'
import { masterParts } from '../../ingest-task/master-parts.ts'
import { MasterPublisher } from '../../ingest-task/master-publisher.ts'
import type { EventOf } from '../../market/market-event.ts'
import { asTradingDate } from '../../market/units.ts'
import { collectLog } from './collect-log.ts'
import { listedIssues } from './listed-issues.ts'

const LINE = 3
const DATE = asTradingDate(20261120)
const NEXT_DATE = asTradingDate(20261124)
/** Bytes that may wait while a master is repeated. */
const MAX_WAITING = 524_288

function openMaster() {
  const published: EventOf<'issues'>[] = []
  const log = collectLog()
  const waiting = { bytes: 0 }
  const master = new MasterPublisher({
    line: LINE,
    log,
    publish: part => void published.push(part),
    waitingBytes: () => waiting.bytes,
  })
  /** Returns what was published since the previous call. */
  const taken = (): EventOf<'issues'>[] => published.splice(0)
  return { master, log, waiting, taken }
}

test('a master is published when it comes, and again with each repetition', () => {
  const { master, log, taken } = openMaster()
  const parts = masterParts(LINE, DATE, listedIssues(301))
  assert.equal(master.take(DATE, listedIssues(301), []), 0)
  assert.deepEqual(taken(), parts)
  assert.deepEqual(log.lines, [['info', 'issue master received', { issues: 301 }]])
  master.repeat(DATE)
  assert.deepEqual(taken(), parts)
})

test('a corrected master takes the place of the master before', () => {
  const { master, taken } = openMaster()
  master.take(DATE, listedIssues(2), [])
  master.take(DATE, listedIssues(1), [])
  taken()
  master.repeat(DATE)
  assert.deepEqual(taken(), masterParts(LINE, DATE, listedIssues(1)))
})

test('nothing is repeated before the first master, nor on another trading date', () => {
  const { master, taken } = openMaster()
  master.repeat(DATE)
  assert.deepEqual(taken(), [])
  master.take(DATE, listedIssues(1), [])
  taken()
  master.repeat(NEXT_DATE)
  assert.deepEqual(taken(), [])
})

test('a new task repeats the master of the previous task', () => {
  const { master, taken } = openMaster()
  const parts = masterParts(LINE, DATE, listedIssues(2))
  master.resume(parts)
  assert.deepEqual(taken(), [])
  master.repeat(DATE)
  assert.deepEqual(taken(), parts)
})

test('a master is not repeated while more than 512 KB wait, but a new master is published', () => {
  const { master, waiting, taken } = openMaster()
  waiting.bytes = MAX_WAITING + 1
  master.take(DATE, listedIssues(1), [])
  assert.equal(taken().length, 1)
  master.repeat(DATE)
  assert.equal(taken().length, 0)
  waiting.bytes = MAX_WAITING
  master.repeat(DATE)
  assert.equal(taken().length, 1)
})

test('rows that could not be read are counted, and one warning has the first five reasons', () => {
  const { master, log } = openMaster()
  const reasons = Array.from({ length: 6 }, (_, row) => `row ${row}: expected an issue code, got "?"`)
  assert.equal(master.take(DATE, [], reasons), 6)
  assert.deepEqual(log.lines, [
    ['info', 'issue master received', { issues: 0 }],
    ['warn', 'rows of the issue master left out', { rows: 6, reasons: reasons.slice(0, 5) }],
  ])
})

test('unknown characters in the code, name or section of an issue are counted with the bad rows', () => {
  const { master, log } = openMaster()
  const [a, b, c, d] = listedIssues(4)
  const issues = [
    { ...a!, code: '130\ufffd' },
    { ...b!, name: '\ufffd銘柄' },
    { ...c!, section: 'プ\ufffd' },
    d!,
  ]
  assert.equal(master.take(DATE, issues, ['row 5']), 4)
  assert.deepEqual(log.lines[1], [
    'warn',
    'texts with unknown characters',
    { texts: 3, first: ['130\ufffd 銘柄0 プライム', '1301 \ufffd銘柄 プライム', '1302 銘柄2 プ\ufffd'] },
  ])
})
