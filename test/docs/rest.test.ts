import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { PROBLEMS } from '../../market/problem-document.ts'
import { cacheControl } from '../../rest/cache-rule.ts'
import { type RestFunctionName, ROUTES, type Route, type RoutePath } from '../../rest/rest-routes.ts'
import { getRequest, lambdaContext } from '../functions/invoke.ts'
import { startTables, type Tables } from '../functions/tables.ts'
import { readDoc, restExamples } from './rest-examples.ts'
import { storeRestMarket } from './rest-market.ts'

type Handler = (
  request: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>

describe('the documents of the REST API', () => {
  let tables: Tables
  let handlers: Record<RestFunctionName, Handler>
  before(async () => {
    tables = await startTables()
    process.env.MARKET_CLOCK = await storeRestMarket(tables)
    handlers = {
      'delayed-prices': (await import('../../functions/delayed-prices/delayed-prices-handler.ts')).handler,
      'realtime-prices': (await import('../../functions/realtime-prices/realtime-prices-handler.ts')).handler,
      'market-info': (await import('../../functions/market-info/market-info-handler.ts')).handler,
    }
  })
  after(() => tables[Symbol.asyncDispose]())

  const ask = (target: string): Promise<APIGatewayProxyStructuredResultV2> => {
    const { pathname, searchParams } = new URL(target, 'http://localhost')
    const request = getRequest(pathname, [...searchParams])
    const route = ROUTES[request.routeKey.replace('GET ', '') as RoutePath]
    assert.ok(route, `${pathname} is not in the table of routes (rest/rest-routes.ts)`)
    return handlers[route.function](request, lambdaContext)
  }

  it('show the exact answers of the functions', async () => {
    for (const { target, answer } of restExamples())
      assert.deepEqual(JSON.parse((await ask(target)).body ?? ''), answer, target)
  })

  it('have a row for every route, with how long an answer may be kept', () => {
    const rows = new Map(
      [...readDoc('rest.md').matchAll(/^\| `(\/v1\/[^`]+)` .*`([^`]+)` +\|$/gm)].map(([, path, caching]) => [
        path!,
        caching,
      ]),
    )
    for (const [path, { needsToken, cache }] of Object.entries<Route>(ROUTES)) {
      // A route of prices exists with and without the delay, and has one row.
      const row = needsToken ? path.replace('/realtime', '') : path
      assert.ok(rows.has(row), `route ${path} has no row in docs/rest.md`)
      if (!needsToken) assert.equal(rows.get(path), cacheControl(cache, 'latest'), `${path} in docs/rest.md`)
    }
    for (const path of rows.keys()) assert.ok(path in ROUTES, `docs/rest.md has ${path}, which is no route`)
  })

  it('state how long answers of the past, of the cut and about unknown issues may be kept', () => {
    const { cache } = ROUTES['/v1/boards/{issue}']
    const caching = readDoc('rest-caching.md')
    for (const kind of ['past', 'latest'] as const)
      assert.ok(caching.includes(`| \`${cacheControl(cache, kind)}\` `), `docs/rest-caching.md: ${kind}`)
    assert.ok(readDoc('rest-errors.md').includes(`\`${cacheControl(cache, 'unknownIssue')}\``))
  })

  it('have a row for every problem, with its status', () => {
    const rows = [...readDoc('rest-errors.md').matchAll(/^\| `([a-z-]+)` +\| (\d{3}) /gm)]
    const documented = new Map(rows.map(([, code, status]) => [code!, Number(status)]))
    for (const [code, [status]] of Object.entries(PROBLEMS))
      assert.equal(documented.get(code), status, `problem ${code} in docs/rest-errors.md`)
    for (const code of documented.keys())
      assert.ok(code in PROBLEMS, `docs/rest-errors.md has ${code}, which is no problem`)
  })
})
