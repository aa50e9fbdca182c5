import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ROUTES, type RoutePath } from '../../rest/rest-routes.ts'
import { until } from '../until.ts'
import { type ApiMarket, openMarket } from './openapi/api-market.ts'
import { type ApiRequest, FINISHED, requestsFor, requiredValues } from './openapi/api-requests.ts'
import { Conformance } from './openapi/conformance.ts'
import { openDocument } from './openapi/openapi-document.ts'
import { problemTypesOf, propertiesOf } from './openapi/schema-walk.ts'

/** Statuses that no request here can cause: the gateway's answers to overload. */
const NOT_CAUSED = [429, 503]
/** Parameters that accept every value. */
const NEVER_REFUSED = ['q', 'If-None-Match']

const PATHS = Object.keys(ROUTES) as RoutePath[]
const CALENDAR = '/v1/calendar'

suite('the running API and docs/openapi.yaml', () => {
  const document = openDocument()
  let market: ApiMarket
  let api: Conformance
  before(async () => {
    market = await openMarket()
    api = new Conformance(document, market.cloud.httpUrl)
  })
  after(() => market[Symbol.asyncDispose]())

  /** Sends a request, with a token if the route needs it. */
  const ask = async (request: ApiRequest) =>
    api.ask(
      ROUTES[request.path].needsToken
        ? { ...request, authorization: `Bearer ${await market.issuer.token()}` }
        : request,
    )

  test('agree on lines that report: after ten seconds without a report all are stale', async () => {
    // The reports of the start are older on a busy machine.
    const isLive = async (): Promise<boolean> => {
      await market.reportLines()
      const { body } = await ask({ path: '/v1/status', status: 200 })
      const lines = (body?.lines ?? []) as { state: string }[]
      return lines.length === 3 && lines.every(({ state }) => state === 'live')
    }
    await until(isLive, 'three live lines')
  })

  test('agree on a calendar that no function has read yet, and that cannot be read', async () => {
    await market.breakCalendar()
    await ask({ path: CALENDAR, status: 500, problem: 'failed' })
    await market.writeCalendar()
    await ask({ path: CALENDAR, status: 200 })
  })

  test('agree on every answer and every refusal', async () => {
    const disagreements: string[] = []
    for (const request of requestsFor(market.issues)) {
      try {
        const { body } = await ask(request)
        if (request.extraQuery !== undefined) {
          const [name] = request.extraQuery.split('=')
          assert.match(String(body?.detail), new RegExp(`^${name}: `), `${request.path} names the parameter`)
        }
      } catch (error) {
        disagreements.push(String(error))
      }
    }
    assert.deepEqual(disagreements, [])
  })

  test('agree that empty parameters are ignored and a repeated code is answered once', async () => {
    const [issue = ''] = market.issues
    const path = '/v1/boards'
    const at = '2026-11-20T10:00:00+09:00'
    const { body } = await api.ask({ path, values: { issues: issue, at }, status: 200 })
    const repeated = await fetch(`${market.cloud.httpUrl}${path}?issues=${issue},${issue}&at=${at}`)
    assert.deepEqual(await repeated.json(), body)
    const withoutMoment = await api.ask({ path, values: { issues: issue }, status: 200 })
    const emptyMoment = await fetch(`${market.cloud.httpUrl}${path}?issues=${issue}&at=`)
    assert.deepEqual(await emptyMoment.json(), withoutMoment.body)
  })

  test('agree on the pages of a long range', async () => {
    const [issue = ''] = market.issues
    for (const path of PATHS.filter(path => 'after' in ROUTES[path].query)) {
      const range = { issue, to: '2026-11-20T15:00:00+09:00' }
      const values: Record<string, string> = path.includes('/bars/')
        ? { ...range, from: '2026-08-01T00:00:00+09:00', interval: '1h' }
        : path.includes('{issue}')
          ? { ...range, limit: '5' }
          : { limit: '1' }
      const { body } = await ask({ path, values, status: 200 })
      assert.equal(typeof body?.next, 'string')
      await ask({ path, values: { ...values, after: String(body?.next) }, status: 200 })
    }
  })

  test('agree on bars of a day whose ticks are deleted', async () => {
    const values = { issue: market.issues[0]!, to: FINISHED, interval: '1h' }
    const { body } = await api.ask({ path: '/v1/bars/{issue}', values, status: 200 })
    assert.notDeepEqual(body?.bars, [])
  })

  test('agree on conditional requests', async () => {
    for (const path of PATHS) {
      const values = requiredValues(path, market.issues)
      const { headers } = await ask({ path, values, status: 200 })
      const etag = headers.get('etag') ?? ''
      const again = await ask({ path, values: { ...values, 'If-None-Match': etag }, status: 304 })
      assert.equal(again.headers.get('etag'), etag)
      await ask({ path, values: { ...values, 'If-None-Match': 'W/"another"' }, status: 200 })
    }
  })

  test('agree that the ETag does not depend on the moment', async () => {
    const [first, second] = await Promise.all(
      ['2026-11-20T17:00:00+09:00', '2026-11-20T17:00:01+09:00'].map(at =>
        api.ask({ path: '/v1/boards/{issue}', values: { issue: market.issues[0]!, at }, status: 200 }),
      ),
    )
    assert.notEqual(first?.body?.asOf, second?.body?.asOf)
    assert.equal(first?.headers.get('etag'), second?.headers.get('etag'))
  })

  test('agree on the rights of pages of other origins', async () => {
    const headers = { origin: 'https://page.example' }
    const url = `${market.cloud.httpUrl}/v1/status`
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'GET' },
    })
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*')
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization,if-none-match')
    const answer = await fetch(url, { headers })
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.equal(answer.headers.get('access-control-expose-headers'), 'etag')
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
  })

  test('agree on tokens', async () => {
    await market.endAccess('ended-user')
    const tokens = [
      undefined,
      'Bearer nonsense',
      `Bearer ${await market.issuer.token('user', { expiresIn: -60 })}`,
      `Bearer ${await market.issuer.token('user', { audience: 'someone-else' })}`,
      `Bearer ${await market.issuer.token('user', { unknownKey: true })}`,
    ]
    for (const path of PATHS.filter(path => ROUTES[path].needsToken)) {
      const values = requiredValues(path, market.issues)
      for (const authorization of tokens)
        await api.ask({ path, values, status: 401, ...(authorization && { authorization }) })
      const idToken = `Bearer ${await market.issuer.token('user', { use: 'id' })}`
      await api.ask({ path, values, authorization: idToken, status: 403, problem: 'no-access-token' })
      const withoutScope = `Bearer ${await market.issuer.token('user', { scope: 'openid' })}`
      await api.ask({ path, values, authorization: withoutScope, status: 403 })
      const ended = `Bearer ${await market.issuer.token('ended-user')}`
      await api.ask({ path, values, authorization: ended, status: 403, problem: 'access-ended' })
    }
  })

  test('agree on paths and methods that do not exist', async () => {
    const message = document.at('/components/schemas/GatewayMessage')
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/v1/boards/'],
      ['GET', '/v1/boards/7203/asks'],
      ['GET', '/v2/status'],
      ['POST', '/v1/status'],
    ] as const) {
      const response = await fetch(market.cloud.httpUrl + path, { method })
      assert.equal(response.status, 404, path)
      assert.equal(response.headers.get('content-type'), 'application/json')
      assert.equal(document.fault(message, await response.json()), undefined)
    }
  })

  test('agree on a failure of the functions', async () => {
    await market.breakTables()
    // The function keeps the last known calendar.
    for (const path of PATHS.filter(path => path !== CALENDAR))
      await ask({ path, values: requiredValues(path, market.issues), status: 500, problem: 'failed' })
  })

  test('have nothing in the document that no answer had', () => {
    const { answers, problems, sent, refused, members } = api.seen
    const unseen: string[] = []
    const expect = (
      seen: ReadonlySet<string>,
      path: string,
      what: string,
      names: readonly string[],
    ): void => {
      for (const name of names)
        if (!seen.has(`${path} ${name}`)) unseen.push(`GET ${path} in docs/openapi.yaml: ${what} ${name}`)
    }
    for (const { path, answers: documented, parameters } of document.operations.values()) {
      for (const [status, { content }] of documented) {
        if (NOT_CAUSED.includes(status)) continue
        expect(answers, path, 'answer', [String(status)])
        for (const [type, schema] of content) {
          for (const member of propertiesOf(document, schema))
            if (!members.has(member)) unseen.push(`member ${member} in docs/openapi.yaml`)
          if (type === 'application/problem+json')
            expect(problems, path, `${status}: problem`, problemTypesOf(document, schema))
        }
      }
      const names = parameters.map(({ name }) => name)
      expect(sent, path, 'accepted parameter', names)
      expect(
        refused,
        path,
        'refused parameter',
        names.filter(name => !NEVER_REFUSED.includes(name)),
      )
    }
    assert.deepEqual([...new Set(unseen)], [])
  })
})
