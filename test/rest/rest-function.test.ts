import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Problem } from '../../rest/problem.ts'
import type { Answer, Handlers } from '../../rest/rest-function.ts'
import { type RestFunctionName, ROUTES, type RoutePath } from '../../rest/rest-routes.ts'
import { getRequest, lambdaContext } from '../functions/invoke.ts'
import { AWS_ENVIRONMENT } from '../functions/tables.ts'

Object.assign(process.env, AWS_ENVIRONMENT)
const { restFunction } = await import('../../rest/rest-function.ts')

interface Response {
  readonly statusCode?: number
  readonly headers?: Readonly<Record<string, unknown>>
  readonly body?: string
}

type Answering = () => Promise<Answer>

/** Makes a function all of whose routes answer alike. */
function functionOf<Name extends RestFunctionName>(name: Name, answer: Answering) {
  const paths = Object.keys(ROUTES).filter(path => ROUTES[path as RoutePath].function === name)
  const handlers: unknown = Object.fromEntries(paths.map(path => [path, answer]))
  const handler = restFunction<Name>(handlers as Handlers<Name>)
  return (request: APIGatewayProxyEventV2): Promise<Response> => handler(request as never, lambdaContext)
}

const delayed = (answer: Answer) => functionOf('delayed-prices', async () => answer)
const info = (answer: Answer) => functionOf('market-info', async () => answer)

const BOARD = getRequest('/v1/boards/7203')
const STAMP = { delay: 'PT20M', asOf: '2026-11-20T09:40:00.000000+09:00' }
const documentOf = ({ body = '' }: Response) => JSON.parse(body) as unknown

suite('an answer', () => {
  test('is JSON of its stamp and its data, with a weak tag', async () => {
    const { statusCode, headers, body } = await delayed({ stamp: STAMP, data: { board: null } })(BOARD)
    const { etag, ...rest } = headers ?? {}
    assert.equal(statusCode, 200)
    assert.deepEqual(rest, {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=5',
      vary: 'Origin',
    })
    // The SHA-256 of {"board":null}.
    assert.equal(etag, 'W/"jbs9Yj7mAA45EguOo7RsIw"')
    assert.equal(body, '{"delay":"PT20M","asOf":"2026-11-20T09:40:00.000000+09:00","board":null}')
  })

  test('may be kept by its kind: of now, of a moment in the request, or before the first data', async () => {
    const cacheOf = async (answering: ReturnType<typeof info>, request = BOARD) =>
      (await answering(request)).headers?.['cache-control']
    const prices = delayed({ data: {} })
    const moment = '2026-11-20T09:00:00Z'
    assert.equal(await cacheOf(prices), 'public, max-age=5')
    assert.equal(await cacheOf(prices, getRequest('/v1/boards/7203', { at: moment })), 'public, max-age=3600')
    assert.equal(await cacheOf(prices, getRequest('/v1/boards/7203', { at: '' })), 'public, max-age=5')
    assert.equal(await cacheOf(prices, getRequest('/v1/ticks/7203', { from: moment })), 'public, max-age=5')
    assert.equal(await cacheOf(prices, getRequest('/v1/ticks/7203', { to: moment })), 'public, max-age=3600')
    assert.equal(await cacheOf(info({ data: {} }), getRequest('/v1/issues')), 'public, max-age=60')
    assert.equal(
      await cacheOf(info({ data: {}, isEmpty: true }), getRequest('/v1/issues')),
      'public, max-age=1',
    )
    const late = delayed({ stamp: { ...STAMP, late: true }, data: {} })
    assert.equal(await cacheOf(late, getRequest('/v1/boards/7203', { at: moment })), 'no-store')
  })

  test('has the same tag with another stamp, but not if it is late', async () => {
    const tagOf = async (answer: Answer) => (await delayed(answer)(BOARD)).headers?.etag
    const data = { board: null }
    const tag = await tagOf({ stamp: STAMP, data })
    assert.equal(await tagOf({ stamp: { ...STAMP, asOf: 'later' }, data }), tag)
    assert.notEqual(await tagOf({ stamp: STAMP, data: { board: {} } }), tag)
    const late = await tagOf({ stamp: { ...STAMP, late: true }, data })
    assert.notEqual(late, tag)
    assert.notEqual(await tagOf({ stamp: { ...STAMP, asOf: 'later', late: true }, data }), late)
  })

  test('is 304 without a body if the request names its tag', async () => {
    const prices = delayed({ stamp: STAMP, data: { board: null } })
    const ask = (tags: string) => prices({ ...BOARD, headers: { 'if-none-match': tags } })
    const tag = String((await prices(BOARD)).headers?.etag)
    for (const tags of [tag, tag.slice(2), `"x", ${tag}`, `${tag},"x"`, '*', ' * ']) {
      assert.deepEqual(await ask(tags), {
        statusCode: 304,
        headers: { 'cache-control': 'public, max-age=5', etag: tag, vary: 'Origin' },
      })
    }
    for (const tags of ['', '"x"', tag.slice(0, -2), `x${tag}`])
      assert.equal((await ask(tags)).statusCode, 200, tags)
  })
})

suite('a refused request', () => {
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', vary: 'Origin' }

  test('is answered with the document of its problem', async () => {
    const refuse = functionOf('delayed-prices', async () => {
      throw new Problem('too-recent', 'at: too recent', { youngest: 'then' })
    })
    const response = await refuse(BOARD)
    assert.deepEqual([response.statusCode, response.headers], [400, headers])
    assert.deepEqual(documentOf(response), {
      type: 'urn:itastream:problem:too-recent',
      title: 'Time is too recent',
      status: 400,
      detail: 'at: too recent',
      youngest: 'then',
    })
  })

  test('may be kept for a minute if its issue is unknown to everybody', async () => {
    const unknown: Answering = async () => {
      throw new Problem('unknown-issue', 'issue: unknown')
    }
    const { statusCode, headers } = await functionOf('delayed-prices', unknown)(BOARD)
    assert.deepEqual([statusCode, headers?.['cache-control']], [404, 'public, max-age=60'])
    const own = await functionOf('realtime-prices', unknown)(getRequest('/v1/realtime/boards/7203'))
    assert.deepEqual([own.statusCode, own.headers?.['cache-control']], [404, 'no-store'])
  })

  test('that fails for another reason is 500 without the reason', async () => {
    const fail = functionOf('delayed-prices', async () => {
      throw new Error('a secret')
    })
    const response = await fail(BOARD)
    assert.deepEqual([response.statusCode, response.headers], [500, headers])
    assert.deepEqual(documentOf(response), {
      type: 'urn:itastream:problem:failed',
      title: 'Internal error',
      status: 500,
    })
  })

  test('is of an unknown route if the function does not have the route', async () => {
    const response = await info({ data: {} })(BOARD)
    assert.deepEqual([response.statusCode, response.headers], [404, headers])
    assert.equal(
      (documentOf(response) as { detail: string }).detail,
      'expected one of GET /v1/issues, GET /v1/calendar, GET /v1/status; got GET /v1/boards/{issue}',
    )
  })

  test('needs an access token on a route of registered users alone', async () => {
    const realtime = functionOf('realtime-prices', async () => ({ data: {} }))
    const request = getRequest('/v1/realtime/boards/7203')
    assert.equal((await realtime(request)).statusCode, 200)
    const { authorizer: _, ...context } = request.requestContext
    const unauthorized = await realtime({ ...request, requestContext: context } as APIGatewayProxyEventV2)
    assert.equal(unauthorized.statusCode, 403)
    assert.equal(
      (documentOf(unauthorized) as { detail: string }).detail,
      'expected a request that the gateway has authorized, got one without claims',
    )
    const authorizer = { jwt: { claims: { token_use: 'id' } } }
    const idToken = { ...request, requestContext: { ...context, authorizer } } as APIGatewayProxyEventV2
    assert.equal((await realtime(idToken)).statusCode, 403)
    assert.equal((await delayed({ data: {} })(BOARD)).statusCode, 200)
  })
})
