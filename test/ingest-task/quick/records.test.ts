import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeMaster,
  decodeNews,
  decodePhase,
  encodeMaster,
  encodeNews,
  encodePhase,
} from '../../../ingest-task/quick/records.ts'
import { encodeText } from '../../../ingest-task/quick/text.ts'
import type { IssueMaster } from '../../../market/market-event.ts'

const ISSUES: readonly IssueMaster[] = [
  {
    code: '130A',
    name: '髙﨑①工業㈱',
    section: 'グロース',
    unit: 100,
    basePrice: 12_345_000,
    topix500: false,
  },
  { code: '25935', name: '～－∥￠￡￢', section: 'プライム', unit: 1, basePrice: 9_990_500, topix500: true },
]

const NEXT = Buffer.from('\n')

test('the master keeps the characters that only Windows-31J has', () => {
  assert.deepEqual(decodeMaster(encodeMaster(ISSUES)), { issues: ISSUES, unread: [] })
  assert.deepEqual([...encodeText('髙﨑①㈱')], [0xfb, 0xfc, 0xfa, 0xb1, 0x87, 0x40, 0x87, 0x8a])
})

test('news and phases are read as they were written', () => {
  const news = { time: 32_400_000_001, headline: '売買停止：㈱髙島屋', issues: ['8233', '130A'] }
  assert.deepEqual(decodeNews(encodeNews(news)), news)
  assert.deepEqual(decodeNews(encodeNews({ ...news, issues: [] })).issues, [])
  const phase = { time: 32_400_000_000, phase: 'morning' } as const
  assert.deepEqual(decodePhase(encodePhase(phase)), phase)
})

const row = (...fields: string[]): Buffer => encodeText(fields.join('\t'))

test('an unreadable row of the master is left out and named, and all other rows are read', () => {
  const bad = [
    [row('7203', 'トヨタ'), /^row 2: expected 6 fields, got 2 in "7203.tトヨタ"$/],
    [row('72', 'x', 'y', '100', '1', '0'), /expected an issue code, got "72"/],
    [row('7203', 'x', 'y', '', '1', '0'), /trading unit of 7203: expected a number, got ""/],
    [row('7203', 'x', 'y', '0.5', '1', '0'), /trading unit of 7203: expected a whole number, got "0.5"/],
    [row('7203', 'x', 'y', '100', 'Infinity', '0'), /base price of 7203: expected a number/],
    [row('7203', 'x', 'y', '100', '1', '?'), /TOPIX500 of 7203: expected 0 or 1, got "\?"/],
    [row('x'.repeat(1000)), /got 1 in "x{40}…"$/],
    [Buffer.from([0x37, 0x81]), /expected Windows-31J, got other bytes after "7"/],
    [Buffer.alloc(0), /expected 6 fields, got 1 in ""/],
  ] as const
  for (const [bytes, reason] of bad) {
    const [first, last] = ISSUES.map(issue => encodeMaster([issue]))
    const { issues, unread } = decodeMaster(Buffer.concat([first!, NEXT, bytes, NEXT, last!]))
    assert.deepEqual([issues, unread.length], [ISSUES, 1])
    assert.match(unread[0]!, reason)
  }
  assert.deepEqual(decodeMaster(Buffer.alloc(0)), { issues: [], unread: [] })
})

test('the error of unreadable news or phases names what was expected and what came', () => {
  assert.throws(() => decodePhase(row('1', 'tea')), /expected one of closed, .*, got "tea"/)
  assert.throws(() => decodePhase(row('86400000000', 'morning')), /expected a time of day/)
  assert.throws(() => decodePhase(Buffer.alloc(0)), /phase: expected one line, got 0/)
  assert.throws(() => decodeNews(Buffer.from([0x31, 0x09, 0x81])), /expected Windows-31J/)
})
