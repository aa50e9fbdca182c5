import assert from 'node:assert/strict'
import { test } from 'node:test'
import iconv from 'iconv-lite'
import { listIssues, MAX_ISSUES } from '../../../local/exchange/issue-list.ts'
import { compareIssueCodes, isIssueCode } from '../../../market/issue-code.ts'
import { priceLimits } from '../../../market/price-limit.ts'
import { SECTOR_CODES } from '../../../market/sector.ts'
import { isOnTick } from '../../market/is-on-tick.ts'

const yen = (value: number): number => value * 10_000
const market = listIssues(1, 4_400)
const masters = market.map(({ master }) => master)

test('a market has the requested number of issues, with distinct codes and names', () => {
  for (const count of [1, 3, 50, 4_400, MAX_ISSUES]) {
    const codes = listIssues(2, count).map(({ master }) => master.code)
    assert.equal(new Set(codes).size, count)
    assert.deepEqual(codes.toSorted(compareIssueCodes), codes)
    for (const code of codes) assert.ok(isIssueCode(code), code)
  }
  assert.equal(new Set(masters.map(({ name }) => name)).size, masters.length)
})

test('names contain Windows-31J characters and survive the encoding', () => {
  const names = masters.flatMap(({ name, nameKana = '', nameEn = '' }) => [name, nameKana, nameEn]).join('\n')
  for (const character of '髙﨑㈱') assert.ok(names.includes(character), character)
  assert.equal(iconv.decode(iconv.encode(names, 'windows-31j'), 'windows-31j'), names)
})

test('all issues but funds have names in kana and in English, which differ like the Japanese names', () => {
  for (const { code, section, nameKana, nameEn } of masters) {
    assert.equal(nameKana !== undefined, section !== 'ETF', code)
    assert.equal(nameEn !== undefined, section !== 'ETF', code)
    if (nameKana !== undefined) assert.match(nameKana, /^[ァ-ヶー]+\d*[ァ-ヶー]*$/)
    if (nameEn !== undefined) assert.match(nameEn, /^[A-Z][A-Za-z]*( [A-Z0-9][A-Za-z0-9.]*)+$/)
  }
  const named = masters.flatMap(({ nameEn }) => nameEn ?? [])
  assert.equal(new Set(named).size, named.length)
})

test('companies have the sector of their trade, and all 33 sectors have issues', () => {
  for (const { master, sector } of market)
    assert.equal(sector === undefined, ['ETF', 'REIT'].includes(master.section), master.code)
  assert.deepEqual([...new Set(market.flatMap(({ sector }) => sector ?? []))].sort(), SECTOR_CODES)
  const sectorsOf = (trade: string) =>
    new Set(market.filter(({ master }) => master.name.includes(trade)).map(({ sector }) => sector))
  assert.deepEqual(sectorsOf('自動車'), new Set(['3700']))
  assert.deepEqual(sectorsOf('銀行'), new Set(['7050', undefined]), 'funds of banks have no sector')
})

test('base prices are on the tick grid, inside the limit table, from tens of yen to over 50,000', () => {
  for (const { code, basePrice, topix500 } of masters) {
    assert.ok(isOnTick(basePrice, topix500), `${code} ${basePrice}`)
    const { lower, upper } = priceLimits(basePrice, topix500)
    assert.ok(lower <= basePrice && basePrice < upper)
  }
  const prices = masters.map(({ basePrice }) => basePrice)
  assert.ok(Math.min(...prices) < yen(50))
  assert.ok(Math.max(...prices) > yen(50_000))
})

test('a whole market has 498 TOPIX500 issues, every section and every form of code', () => {
  assert.equal(masters.filter(({ topix500 }) => topix500).length, 498)
  const sections = new Set(masters.map(({ section }) => section))
  assert.deepEqual([...sections].sort(), ['ETF', 'REIT', 'グロース', 'スタンダード', 'プライム'])
  for (const code of ['7203', '130A', '25935'])
    assert.ok(
      masters.some(master => master.code === code),
      code,
    )
  assert.deepEqual(
    [...new Set(masters.map(({ unit }) => unit))].sort((a, b) => a - b),
    [1, 10, 100],
  )
})

test('ranks order the issues by activity, equally for equal seeds', () => {
  const ranks = market.map(({ rank }) => rank).sort((a, b) => a - b)
  assert.deepEqual(ranks, Array.from(market.keys()))
  assert.deepEqual(listIssues(1, 4_400), market)
  assert.notDeepEqual(listIssues(2, 4_400), market)
})
