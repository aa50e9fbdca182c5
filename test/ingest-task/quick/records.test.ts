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
import { linesOf } from '../../../ingest-task/quick/text.ts'
import { decodeWindows31J, encodeWindows31J } from '../../../ingest-task/quick/windows-31j.ts'
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
  assert.deepEqual([...encodeWindows31J('髙﨑①㈱')], [0xfb, 0xfc, 0xfa, 0xb1, 0x87, 0x40, 0x87, 0x8a])
})

test('rows have names in kana and English, one of them, or neither', () => {
  const [issue] = ISSUES
  const names = [
    {},
    { nameKana: 'ﾀｶｻｷｺｳｷﾞｮｳ', nameEn: 'Takasaki Industries' },
    { nameKana: 'タカサキコウギョウ' },
    { nameEn: 'Takasaki' },
  ]
  const issues = names.map(more => ({ ...issue!, ...more }))
  const bytes = encodeMaster(issues)
  assert.deepEqual(decodeMaster(bytes), { issues, unread: [] })
  const fields = linesOf(bytes).map(line => decodeWindows31J(line).split('\t').length)
  assert.deepEqual(fields, [6, 8, 8, 8])
  const empty = row('130A', '髙﨑①工業㈱', 'グロース', '100', '1234.5', '0', '', '')
  assert.deepEqual(decodeMaster(empty).issues, [issue])
  const seven = row('130A', 'x', 'y', '100', '1', '0', 'z')
  assert.match(decodeMaster(seven).unread[0]!, /expected 6 or 8 fields, got 7/)
})

test('news and phases are read as they were written', () => {
  const news = { time: 32_400_000_001, headline: '売買停止：㈱髙島屋', issues: ['8233', '130A'] }
  assert.deepEqual(decodeNews(encodeNews(news)), news)
  assert.deepEqual(decodeNews(encodeNews({ ...news, issues: [] })).issues, [])
  const phase = { time: 32_400_000_000, phase: 'morning' } as const
  assert.deepEqual(decodePhase(encodePhase(phase)), phase)
})

const row = (...fields: string[]): Buffer => encodeWindows31J(fields.join('\t'))

test('an unreadable row of the master is left out and named, and all other rows are read', () => {
  const bad = [
    [row('7203', 'トヨタ'), /^row 2: expected 6 or 8 fields, got 2 in "7203.tトヨタ"$/],
    [row('72', 'x', 'y', '100', '1', '0'), /expected an issue code, got "72"/],
    [row('7203', 'x', 'y', '', '1', '0'), /trading unit of 7203: expected a number, got ""/],
    [row('7203', 'x', 'y', '0.5', '1', '0'), /trading unit of 7203: expected a whole number, got "0.5"/],
    [row('7203', 'x', 'y', '100', 'Infinity', '0'), /base price of 7203: expected a number/],
    [row('7203', 'x', 'y', '100', '1', '?'), /TOPIX500 of 7203: expected 0 or 1, got "\?"/],
    [row('x'.repeat(1000)), /got 1 in "x{40}…"$/],
    [Buffer.from([0x37, 0x81]), /^row 2: expected 6 or 8 fields, got 1 in "7\ufffd"$/],
    [Buffer.alloc(0), /expected 6 or 8 fields, got 1 in ""/],
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
  assert.throws(() => decodeNews(Buffer.from([0x31, 0x09, 0x81])), /expected 3 fields, got 2 in "1\\t\ufffd"/)
})

test('a character that cannot be decoded costs only itself, in a name and in a headline', () => {
  const [issue] = ISSUES
  // The first byte of a character, cut off before the tab, and a byte that is no character.
  for (const bad of [[0x81], [0xff], [0x81, 0xff]]) {
    const damaged = Buffer.concat([
      encodeWindows31J('130A\t髙'),
      Buffer.from(bad),
      encodeWindows31J('\tグロース\t100\t1234.5\t0'),
    ])
    const { issues, unread } = decodeMaster(damaged)
    assert.deepEqual([issues, unread], [[{ ...issue, name: '髙\ufffd' }], []])
    const news = Buffer.concat([encodeWindows31J('5\t停止'), Buffer.from(bad), encodeWindows31J('\t8233')])
    assert.deepEqual(decodeNews(news), { time: 5, headline: '停止\ufffd', issues: ['8233'] })
  }
})

test('user-defined characters in a name are kept', () => {
  const issue = { ...ISSUES[0]!, name: '\ue000商事\ue69d\ue757' }
  assert.deepEqual(decodeMaster(encodeMaster([issue])), { issues: [issue], unread: [] })
})
