import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  delayedRow,
  type ListRow,
  liveRow,
  matches,
  orderOf,
  PAGE_ROWS,
  pageOf,
} from '../../../client/page/list-rows.ts'

const ISSUE = { code: '7203', name: 'トヨタ自動車', reference: 2000 }

suite('a row of a list', () => {
  test('has the change from its reference in percent, and nothing that is not known', () => {
    assert.deepEqual(delayedRow(ISSUE, ['7203', 2100, 300, 630_000, '09:31:04']), {
      code: '7203',
      name: 'トヨタ自動車',
      reference: 2000,
      last: 2100,
      change: 5,
      volume: 300,
      turnover: 630_000,
      time: '09:31:04',
    })
    assert.deepEqual(delayedRow({ code: '7203', name: undefined, reference: undefined }, undefined), {
      code: '7203',
    })
  })

  test('of the watchlist is that of the live board', () => {
    const board = {
      ...{ issue: '7203', date: '2026-11-20', line: 2, sequence: 7, asks: [], bids: [] },
      time: '2026-11-20T09:31:05.000000+09:00',
      last: { price: 1900, time: '2026-11-20T09:31:04.900000+09:00' },
      volume: 400,
      turnover: 760_000,
    }
    assert.deepEqual(liveRow(ISSUE, board), {
      ...{ ...ISSUE, last: 1900, change: -5, volume: 400, turnover: 760_000 },
      ...{ time: '09:31:04', line: 2 },
    })
    assert.equal(liveRow(ISSUE, { ...board, last: { price: 1900 } }).time, '09:31:05')
  })
})

test('rows are in the order of the key, unknown values last, equal rows by code', () => {
  const rows: ListRow[] = [
    { code: '9984', change: 1, volume: 5 },
    { code: '130A' },
    { code: '7203', change: -2, volume: 5 },
    { code: '6758', change: 3, turnover: 1 },
    { code: '1301' },
  ]
  const order = (key: 'code' | 'change' | 'volume' | 'turnover', descending: boolean): string =>
    orderOf(rows, { key, descending }).join(' ')
  assert.equal(order('change', true), '6758 9984 7203 1301 130A')
  assert.equal(order('change', false), '7203 9984 6758 1301 130A')
  assert.equal(order('volume', true), '7203 9984 1301 130A 6758')
  assert.equal(order('turnover', false), '6758 1301 130A 7203 9984')
  assert.equal(order('code', false), '1301 130A 6758 7203 9984')
  assert.equal(order('code', true), '9984 7203 6758 130A 1301')
})

test('a filter finds the start of a code and a part of a name, in any width and case', () => {
  for (const filter of ['', ' ', '72', '７２', 'ﾄﾖﾀ', '自動車'])
    assert.ok(matches(filter, '7203', 'トヨタ自動車'), filter)
  for (const filter of ['203', 'ホンダ']) assert.ok(!matches(filter, '7203', 'トヨタ自動車'), filter)
  assert.ok(matches('130a', '130A'))
})

test('a page has a hundred rows, and the last page stands for all later ones', () => {
  const codes = Array.from({ length: 250 }, (_, index) => String(1000 + index))
  assert.equal(PAGE_ROWS, 100)
  const shape = (page: number, of = codes) => {
    const { shown, first, pages } = pageOf(of, page)
    return [shown[0], shown.length, first, pages]
  }
  assert.deepEqual(shape(0), ['1000', 100, 0, 3])
  assert.deepEqual(shape(2), ['1200', 50, 200, 3])
  assert.deepEqual(shape(9), ['1200', 50, 200, 3])
  assert.deepEqual(shape(0, codes.slice(0, 100)), ['1000', 100, 0, 1])
  assert.deepEqual(shape(0, []), [undefined, 0, 0, 1])
})
