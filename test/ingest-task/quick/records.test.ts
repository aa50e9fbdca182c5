import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeMarketState,
  decodeMaster,
  decodeNews,
  encodeMarketState,
  encodeMaster,
  encodeNews,
} from '../../../ingest-task/quick/records.ts'
import { encodeText } from '../../../ingest-task/quick/text.ts'
import type { IssueMaster } from '../../../market/event.ts'

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

test('the master keeps the characters that only Windows-31J has', () => {
  assert.deepEqual(decodeMaster(encodeMaster(ISSUES)), ISSUES)
  assert.deepEqual([...encodeText('髙﨑①㈱')], [0xfb, 0xfc, 0xfa, 0xb1, 0x87, 0x40, 0x87, 0x8a])
})

test('news and the state of the market come out as they went in', () => {
  const news = { time: 32_400_000_001, headline: '売買停止：㈱髙島屋', issues: ['8233', '130A'] }
  assert.deepEqual(decodeNews(encodeNews(news)), news)
  assert.deepEqual(decodeNews(encodeNews({ ...news, issues: [] })).issues, [])
  const state = { time: 32_400_000_000, phase: 'morning' } as const
  assert.deepEqual(decodeMarketState(encodeMarketState(state)), state)
})

test('text that cannot be read says what was expected and what came', () => {
  const row = (...fields: string[]) => encodeText(fields.join('\t'))
  assert.throws(() => decodeMaster(row('7203', 'トヨタ')), /line 1: expected 6 fields, got 2/)
  assert.throws(() => decodeMaster(row('72', 'x', 'y', '100', '1', '0')), /expected an issue code, got "72"/)
  assert.throws(
    () => decodeMaster(row('7203', 'x', 'y', '', '1', '0')),
    /trading unit of 7203: expected a number/,
  )
  assert.throws(() => decodeMaster(row('7203', 'x', 'y', '100', '1', '?')), /expected TOPIX500 as 0 or 1/)
  assert.throws(() => decodeMarketState(row('1', 'tea')), /expected one of closed, .*, got "tea"/)
  assert.throws(() => decodeMaster(row('7203', 'x', 'y', '100', 'Infinity', '0')), /base price of 7203/)
  assert.throws(() => decodeMaster(row('7203', 'x', 'y', '0.5', '1', '0')), /expected a whole number/)
  assert.throws(() => decodeMarketState(row('86400000000', 'morning')), /expected a time of day/)
  assert.throws(() => decodeNews(Buffer.from([0x31, 0x09, 0x81])), /expected Windows-31J/)
})
