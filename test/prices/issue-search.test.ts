import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueJson } from '../../market/issue-json.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { IssueSectors } from '../../market/sector.ts'
import { asTradingDate } from '../../market/units.ts'
import { IssueIndex, type IssueQuery } from '../../prices/issue-search.ts'
import { Problem } from '../../rest/problem.ts'
import { listedIssue } from '../functions/market-info/listed-issue.ts'

const DATE = asTradingDate(20261120)
const LISTED = [
  listedIssue('7203', 'トヨタ自動車'),
  listedIssue('25935', '伊藤園優先'),
  listedIssue('130A', 'Veritas In Silico'),
  listedIssue('2593', '伊藤園'),
  listedIssue('1301', '極洋25'),
  listedIssue('6902', 'デンソー'),
  listedIssue('2501', 'サッポロ25HD'),
]
const NAMED: readonly IssueMaster[] = [
  { ...listedIssue('7203', 'トヨタ自動車'), nameKana: 'ﾄﾖﾀｼﾞﾄﾞｳｼｬ', nameEn: 'TOYOTA MOTOR' },
  { ...listedIssue('7267', '本田技研工業'), nameKana: 'ホンダギケンコウギョウ' },
  { ...listedIssue('6301', '小松製作所'), nameEn: 'Komatsu' },
]
const SECTORS: IssueSectors = new Map([
  ['2501', '3050'],
  ['2593', '3050'],
  ['6902', '3700'],
  ['7203', '3700'],
])
const INDEX = new IssueIndex(LISTED, { dateOf: () => DATE, withBasePrices: true })

/** Returns the codes of a page, and its `next`. */
function find(q: string, more: Partial<IssueQuery> = {}): readonly [codes: string, next: string | undefined] {
  const { issues, next } = INDEX.find(
    { q, sector: undefined, limit: 100, after: undefined, ...more },
    SECTORS,
  )
  return [issues.map(({ code }) => code).join(' '), next]
}

test('an empty text finds all issues in the order of their codes, with prices in yen', () => {
  assert.deepEqual(find(''), ['1301 130A 2501 2593 25935 6902 7203', undefined])
  assert.deepEqual(find('   '), find(''))
  const { issues } = INDEX.find({ q: '7203', sector: undefined, limit: 1, after: undefined }, new Map())
  assert.deepEqual(issues, [issueJson(listedIssue('7203', 'トヨタ自動車'), DATE, true)])
})

test('issues whose code starts with the text come first, each issue once', () => {
  assert.deepEqual(find('25'), ['2501 2593 25935 1301', undefined])
  assert.deepEqual(find('593'), ['', undefined])
  assert.deepEqual(find('園'), ['2593 25935', undefined])
  assert.deepEqual(find('伊藤園優'), ['25935', undefined])
})

test('width, case and surrounding blanks do not matter', () => {
  for (const q of ['130a', '１３０Ａ', ' 130A ', 'ＳＩＬＩＣＯ', 'silico'])
    assert.deepEqual(find(q), ['130A', undefined], q)
  for (const q of ['ﾃﾞﾝｿｰ', 'デンソ']) assert.deepEqual(find(q), ['6902', undefined], q)
})

test('a page has up to the limit; its next continues, also between the groups, and the last page has none', () => {
  assert.deepEqual(find('25', { limit: 4 }), ['2501 2593 25935 1301', undefined])
  assert.deepEqual(find('25', { limit: 3 }), ['2501 2593 25935', 'code-25935'])
  assert.deepEqual(find('25', { limit: 3, after: 'code-25935' }), ['1301', undefined])
  assert.deepEqual(find('25', { limit: 1, after: 'code-2501' }), ['2593', 'code-2593'])
  assert.deepEqual(find('25', { after: 'name-1301' }), ['', undefined])
  assert.deepEqual(find('園', { limit: 1 }), ['2593', 'name-2593'])
  assert.deepEqual(find('園', { after: 'name-2593' }), ['25935', undefined])
})

test('a page continues after an issue that is no longer listed', () => {
  assert.deepEqual(find('', { after: 'code-2502' }), ['2593 25935 6902 7203', undefined])
  assert.deepEqual(find('', { after: 'code-9999' }), ['', undefined])
})

test('a text that is no next of an answer is a problem', () => {
  for (const after of [
    '',
    'code',
    'code-',
    'code-130',
    'code-130a',
    'code-130000',
    'other-1301',
    'xcode-1301',
  ])
    assert.throws(
      () => find('', { after }),
      (error: unknown) =>
        error instanceof Problem &&
        error.code === 'bad-parameter' &&
        error.message.startsWith('after: expected the "next" of an answer, got "'),
      after,
    )
})

test('an issue is found by its name in kana, in hiragana too, and by its English name', () => {
  const index = new IssueIndex(NAMED, { dateOf: () => DATE, withBasePrices: true })
  const codes = (q: string) =>
    index
      .find({ q, sector: undefined, limit: 100, after: undefined }, new Map())
      .issues.map(({ code }) => code)
      .join(' ')
  for (const q of ['トヨタ', 'とよた', 'ﾄﾖﾀ', 'じどうしゃ', 'toyota m', 'ＭＯＴＯＲ'])
    assert.equal(codes(q), '7203', q)
  for (const q of ['ほんだ', 'ﾎﾝﾀﾞ', '本田']) assert.equal(codes(q), '7267', q)
  assert.equal(codes('komatsu'), '6301')
  assert.equal(codes('kana'), '')
  const { issues } = index.find({ q: '72', sector: undefined, limit: 100, after: undefined }, new Map())
  assert.deepEqual(
    issues.map(({ nameKana, nameEn }) => [nameKana, nameEn]),
    [
      ['ﾄﾖﾀｼﾞﾄﾞｳｼｬ', 'TOYOTA MOTOR'],
      ['ホンダギケンコウギョウ', undefined],
    ],
  )
  assert.ok(!('nameEn' in issues[1]!))
})

test('issues of one sector are found, also by a text and in pages', () => {
  assert.deepEqual(find('', { sector: '3700' }), ['6902 7203', undefined])
  assert.deepEqual(find('25', { sector: '3050' }), ['2501 2593', undefined])
  assert.deepEqual(find('', { sector: '3700', limit: 1 }), ['6902', 'code-6902'])
  assert.deepEqual(find('', { sector: '3700', limit: 1, after: 'code-6902' }), ['7203', undefined])
  assert.deepEqual(find('', { sector: '1050' }), ['', undefined])
  const { issues } = INDEX.find({ q: '', sector: undefined, limit: 100, after: undefined }, SECTORS)
  const toyota = issues.find(({ code }) => code === '7203')
  assert.deepEqual(toyota?.sector, { code: '3700', name: '輸送用機器', nameEn: 'Transportation Equipment' })
  assert.ok(!('sector' in issues.find(({ code }) => code === '25935')!))
})
