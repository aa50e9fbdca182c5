import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SECTOR_CODES } from '../../market/sector.ts'
import { ROUTES } from '../../rest/rest-routes.ts'
import { compileErrors } from '../compile.ts'

/** The handlers of market-info: `some` of them, and the others as their type alone. */
const handlers = (some: string, without = "'/v1/issues'"): string => `
import { type Handlers, restFunction } from '#/rest/rest-function.ts'
const data = {}
declare const others: Omit<Handlers<'market-info'>, ${without}>
restFunction<'market-info'>({ ...others, ${some} })
`
/** All handlers, with this handler of /v1/issues. */
const issues = (handler: string): string => handlers(`'/v1/issues': ${handler}`)

suite('a function', () => {
  const errors = compileErrors('tsconfig.json', {
    exact: issues('async ({ query: { q, limit } }) => ({ data: { q: q?.trim(), limit: limit + 1 } })'),
    missing: handlers('', "'/v1/status'"),
    extra: handlers("'/v1/issues': async () => ({ data }), '/v1/none/{issue}': async () => ({ data })"),
    unknownParameter: issues('async ({ query }) => ({ data: { at: query.at } })'),
    wrongType: issues('async ({ query }) => ({ data: { limit: query.limit.trim() } })'),
    noIssue: issues('async ({ issue }) => ({ data: { issue: issue.trim() } })'),
  })
  const fails = (name: keyof typeof errors, message: RegExp) => {
    assert.equal(errors[name].length, 1, `${name}: ${errors[name].join('\n')}`)
    assert.match(errors[name][0]!, message)
  }

  test('compiles with a handler for each of its routes', () => {
    assert.deepEqual(errors.exact, [])
  })

  test('does not compile without a handler for a route, or with a handler for no route', () => {
    fails('missing', /'"\/v1\/status"' is missing/)
    fails('extra', /\/v1\/none\/\{issue\}'+ does not exist/)
  })

  test('does not compile with a handler that reads what its route does not have', () => {
    fails('unknownParameter', /'at' does not exist/)
    fails('wrongType', /'trim' does not exist on type 'number'/)
    fails('noIssue', /'issue' is possibly 'undefined'|'trim' does not exist on type 'never'/)
  })
})

suite('the routes', () => {
  /** Returns a member of each route by its path, without `/v1`. */
  const each = (memberOf: (route: (typeof ROUTES)[keyof typeof ROUTES]) => unknown) =>
    Object.fromEntries(Object.entries(ROUTES).map(([path, route]) => [path.slice(3), memberOf(route)]))
  const prices = [
    '/boards/{issue}',
    '/boards',
    '/ticks/{issue}',
    '/trades/{issue}',
    '/bars/{issue}',
    '/days/{issue}',
    '/days',
    '/market',
  ]
  const ofPrices = (prefix: string, value: unknown) => prices.map(path => [`${prefix}${path}`, value])

  test('say how long an answer may be kept, seconds', () => {
    assert.deepEqual(
      each(({ cache }) => cache),
      {
        ...Object.fromEntries(ofPrices('', { latest: 5, past: 3_600, unknownIssue: 60 })),
        ...Object.fromEntries(ofPrices('/realtime', {})),
        '/realtime/issues': {},
        '/realtime/status': {},
        '/issues': { latest: 60, empty: 1 },
        '/calendar': { latest: 5 },
        '/status': { latest: 1 },
      },
    )
  })

  test('belong to a function, and need a token for prices without the delay', () => {
    assert.deepEqual(
      each(route => [route.function, route.needsToken]),
      {
        ...Object.fromEntries(ofPrices('', ['delayed-prices', false])),
        ...Object.fromEntries(ofPrices('/realtime', ['realtime-prices', true])),
        '/realtime/issues': ['realtime-prices', true],
        '/realtime/status': ['realtime-prices', true],
        '/issues': ['market-info', false],
        '/calendar': ['market-info', false],
        '/status': ['market-info', false],
      },
    )
  })

  test('have these parameters, with these limits', () => {
    const moment = { kind: 'moment' }
    const range = { from: { kind: 'start' }, to: moment }
    const after = { kind: 'cursor' }
    const number = (high: number, fallback: number) => ({ kind: 'number', low: 1, high, fallback })
    const queries = {
      '/boards/{issue}': { at: moment },
      '/boards': { issues: { kind: 'issues', most: 50 }, at: moment },
      '/ticks/{issue}': { ...range, limit: number(2_000, 200), after },
      '/trades/{issue}': { ...range, limit: number(5_000, 500), after },
      '/bars/{issue}': {
        ...range,
        interval: { kind: 'choice', words: ['1m', '5m', '15m', '1h', '1d'], fallback: '1m' },
        after,
      },
      '/days/{issue}': { at: moment },
      '/days': { issues: { kind: 'issues', most: 50 }, at: moment },
      '/market': { at: moment },
    }
    const issues = {
      q: { kind: 'text', most: 100 },
      sector: { kind: 'choice', words: SECTOR_CODES },
      limit: number(5_000, 50),
      after,
    }
    const realtime = Object.entries(queries).map(([path, query]) => [`/realtime${path}`, query])
    assert.deepEqual(
      each(({ query }) => query),
      {
        ...queries,
        ...Object.fromEntries(realtime),
        '/realtime/issues': issues,
        '/realtime/status': {},
        '/issues': issues,
        '/calendar': { from: { kind: 'date' }, to: { kind: 'date' } },
        '/status': {},
      },
    )
  })
})
