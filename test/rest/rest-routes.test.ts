import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { compileErrors } from '../compile.ts'

/** The handlers of market-info. */
const handlers = (issues: string, more = ''): string => `
import { restFunction } from '#/rest/rest-function.ts'
const data = {}
restFunction<'market-info'>({
  '/v1/issues': ${issues},
  '/v1/status': async () => ({ data }),
  ${more}
})
`

suite('a function', () => {
  const errors = compileErrors('tsconfig.json', {
    exact: handlers('async ({ query: { q, limit } }) => ({ data: { q: q?.trim(), limit: limit + 1 } })'),
    missing: `
      import { restFunction } from '#/rest/rest-function.ts'
      restFunction<'market-info'>({ '/v1/issues': async () => ({ data: {} }) })
    `,
    extra: handlers('async () => ({ data })', "'/v1/limits/{issue}': async () => ({ data }),"),
    unknownParameter: handlers('async ({ query }) => ({ data: { at: query.at } })'),
    wrongType: handlers('async ({ query }) => ({ data: { limit: query.limit.trim() } })'),
    noIssue: handlers('async ({ issue }) => ({ data: { issue: issue.trim() } })'),
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
    fails('extra', /\/v1\/limits\/\{issue\}'+ does not exist/)
  })

  test('does not compile with a handler that reads what its route does not have', () => {
    fails('unknownParameter', /'at' does not exist/)
    fails('wrongType', /'trim' does not exist on type 'number'/)
    fails('noIssue', /'issue' is possibly 'undefined'|'trim' does not exist on type 'never'/)
  })
})
