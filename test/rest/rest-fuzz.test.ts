import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { ProblemDocument } from '../../market/problem-document.ts'
import { problemType } from '../../market/problem-document.ts'
import { PROBLEM_BYTES } from '../../rest/problem.ts'
import { type RestFunctionName, ROUTES } from '../../rest/rest-routes.ts'
import { problemsOf } from '../docs/openapi/expected-answers.ts'
import { lambdaContext } from '../functions/invoke.ts'
import { startTables, type Tables } from '../functions/tables.ts'
import { garbageRequests } from './garbage-requests.ts'

type Invoke = (request: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>

let tables: Tables
let invoke: Readonly<Record<RestFunctionName, Invoke>>
before(async () => {
  tables = await startTables()
  const delayed = await import('../../functions/delayed-prices/delayed-prices-handler.ts')
  const realtime = await import('../../functions/realtime-prices/realtime-prices-handler.ts')
  const info = await import('../../functions/market-info/market-info-handler.ts')
  invoke = {
    'delayed-prices': request => delayed.handler(request, lambdaContext),
    'realtime-prices': request => realtime.handler(request, lambdaContext),
    'market-info': request => info.handler(request, lambdaContext),
  }
})
after(() => tables[Symbol.asyncDispose]())

test('whatever a client sends to a route, an error is small, and one that the documents have', async () => {
  const refused = new Set<string>()
  for (const [path, request] of garbageRequests(1, 25)) {
    const { statusCode = 0, body = '' } = await invoke[ROUTES[path].function](request)
    if (statusCode < 400) continue
    const sent = JSON.stringify([path, request.rawQueryString, request.pathParameters]).slice(0, 300)
    assert.ok(
      Buffer.byteLength(body) <= PROBLEM_BYTES,
      `expected up to 2 KB, got ${Buffer.byteLength(body)}: ${sent}`,
    )
    const { type, status } = JSON.parse(body) as ProblemDocument
    assert.equal(status, statusCode)
    assert.notEqual(status, 500, sent)
    const documented = [...(problemsOf(path, ROUTES[path]).get(statusCode) ?? [])].map(problemType)
    assert.ok(documented.includes(type as ReturnType<typeof problemType>), `${type}: ${sent}`)
    refused.add(path)
  }
  assert.deepEqual(refused, new Set(Object.keys(ROUTES)), 'each route has refused something')
})
