import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ProblemCode } from '../../market/problem-document.ts'
import { readIssue, readQuery } from '../../rest/read-request.ts'
import { ROUTES, type RoutePath } from '../../rest/rest-routes.ts'
import { getRequest } from '../functions/invoke.ts'

const read = (path: RoutePath, query: Parameters<typeof getRequest>[1] = {}) =>
  readQuery(getRequest(path.replace('{issue}', '7203'), query), ROUTES[path].query)
const problem = (message: string, code: ProblemCode = 'bad-parameter') => ({ name: 'Problem', code, message })

suite('the query of a request', () => {
  test('is read by the rules of the route', () => {
    assert.deepEqual(read('/v1/ticks/{issue}', { limit: '2000', to: '2026-11-20T10:00:00Z' }), {
      from: undefined,
      to: '2026-11-20T10:00:00Z',
      limit: 2_000,
      after: undefined,
    })
    assert.deepEqual(read('/v1/boards', { issues: '7203,130a,7203' }), {
      issues: ['7203', '130A'],
      at: undefined,
    })
  })

  test('has the fallback of an absent or empty parameter', () => {
    const expected = { from: undefined, to: undefined, interval: '1m', after: undefined }
    assert.deepEqual(read('/v1/bars/{issue}'), expected)
    assert.deepEqual(read('/v1/bars/{issue}', { interval: '', from: '' }), expected)
    const issues = { q: undefined, sector: undefined, limit: 50, after: undefined }
    assert.deepEqual(read('/v1/issues'), issues)
    assert.deepEqual(read('/v1/issues', { sector: '' }), issues)
  })

  test('takes values up to their limits', () => {
    for (const limit of ['1', '5000', '0042'])
      assert.deepEqual(read('/v1/trades/{issue}', { limit }).limit, Number(limit))
    for (const interval of ['1m', '5m', '15m', '1h', '1d'])
      assert.equal(read('/v1/bars/{issue}', { interval }).interval, interval)
    assert.equal(read('/v1/issues', { sector: '3700' }).sector, '3700')
    const codes = Array.from({ length: 50 }, (_, index) => String(1301 + index))
    assert.deepEqual(read('/v1/days', { issues: codes.join() }).issues, codes)
    const q = 'ト'.repeat(100)
    assert.equal(read('/v1/issues', { q }).q, q)
  })

  test('takes dates of the calendar, and no other text', () => {
    assert.deepEqual(read('/v1/calendar', { from: '2015-01-01', to: '2050-12-31' }), {
      from: '2015-01-01',
      to: '2050-12-31',
    })
    assert.deepEqual(read('/v1/calendar', { from: '' }), { from: undefined, to: undefined })
    for (const to of [
      '2014-12-31',
      '2051-01-01',
      '2026-02-29',
      '2026-1-1',
      '20260101',
      '2026-01-01T00:00:00Z',
    ])
      assert.throws(
        () => read('/v1/calendar', { to }),
        problem(`to: expected a date YYYY-MM-DD from 2015-01-01 to 2050-12-31, got "${to}"`),
      )
  })

  test('is refused with the name of an unknown parameter, even if the parameter is empty', () => {
    assert.throws(
      () => read('/v1/boards/{issue}', { at: '', side: '' }),
      problem('side: unknown parameter; this route has the parameters at'),
    )
    assert.throws(
      () => read('/v1/status', { q: 'x' }),
      problem('q: unknown parameter; this route has no parameters'),
    )
    // Names are case-sensitive, and a member of every object is no parameter.
    for (const name of ['Limit', '__proto__', 'constructor'])
      assert.throws(() => read('/v1/issues', [[name, '1']]), { code: 'bad-parameter' }, name)
  })

  test('is refused with the name of a repeated parameter', () => {
    const repeated = [
      ['issues', '7203'],
      ['issues', '6758'],
    ] as const
    assert.throws(
      () =>
        read('/v1/ticks/{issue}', [
          ['to', ''],
          ['limit', '1'],
          ['limit', '1'],
          ['limit', '1'],
        ]),
      {
        message: 'limit: expected the parameter once, got it 3 times',
      },
    )
    assert.throws(
      () => read('/v1/boards', repeated),
      problem('issues: expected the parameter once, got it 2 times'),
    )
  })

  test('is refused with the name and the limits of an invalid parameter', () => {
    for (const limit of ['0', '5001', '1.5', '-1', '1e3', 'x'])
      assert.throws(
        () => read('/v1/trades/{issue}', { limit }),
        problem(`limit: expected a whole number from 1 to 5000, got "${limit}"`),
      )
    assert.throws(
      () => read('/v1/bars/{issue}', { interval: '2m' }),
      problem('interval: expected one of 1m, 5m, 15m, 1h, 1d, got "2m"'),
    )
    assert.throws(
      () => read('/v1/days', { issues: '' }),
      problem('issues: expected issue codes with commas between, got none'),
    )
    const many = Array.from({ length: 51 }, (_, index) => String(1301 + index)).join()
    assert.throws(
      () => read('/v1/days', { issues: many }),
      problem('issues: expected up to 50 issue codes, got 51', 'too-many-issues'),
    )
    assert.throws(
      () => read('/v1/days', { issues: Array(51).fill('7203').join() }),
      problem('issues: expected up to 50 issue codes, got 51', 'too-many-issues'),
    )
    assert.throws(
      () => read('/v1/issues', { q: 'ト'.repeat(101) }),
      problem('q: expected up to 100 characters, got 101'),
    )
  })

  test('is refused with a list of issues that has a blank or an empty code', () => {
    for (const issues of ['1306 ,130A', ' 1306', '1306\u3000', '1306,', ',1306', '1306,,130A', ' , ', '+'])
      assert.throws(() => read('/v1/days', { issues }), { code: 'bad-issue' }, issues)
  })

  test('is refused with the start of a long text', () => {
    const refusal = { code: 'bad-parameter', message: /got "x{60}… \(5000 characters\)"$/ }
    assert.throws(() => read('/v1/bars/{issue}', { interval: 'x'.repeat(5_000) }), refusal)
    assert.throws(() => read('/v1/status', { ['y'.repeat(5_000)]: '' }), {
      message: /^y{60}… \(5000 characters\): unknown parameter/,
    })
  })
})

test('the issue in a path is an issue code, in upper case', () => {
  assert.equal(readIssue(getRequest('/v1/boards/130a')), '130A')
  assert.equal(readIssue(getRequest('/v1/status')), undefined)
  const withIssue = (issue: string) =>
    readIssue({ ...getRequest('/v1/boards/7203'), pathParameters: { issue } })
  for (const issue of [' 7203', '7203 ', '\u30007203', ' '])
    assert.throws(() => withIssue(issue), {
      code: 'bad-issue',
      message: `issue code: expected no blanks around a code, got "${issue}"`,
    })
  assert.throws(() => withIssue('7'.repeat(61)), { message: /got "7{60}… \(61 characters\)"$/ })
  assert.throws(() => readIssue(getRequest('/v1/boards/TOYOTA')), { code: 'bad-issue', message: /"TOYOTA"$/ })
})
