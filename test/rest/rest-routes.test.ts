import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
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
