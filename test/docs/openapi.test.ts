import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Resource } from '../cdk/synthesis.ts'
import { read } from '../cdk/template-reading.ts'
import { type Market, openMarket } from './openapi/api-market.ts'
import { type Conformance, createConformance, type Request } from './openapi/conformance.ts'
import { openDocument } from './openapi/document.ts'
import { FINISHED, problemType, requestsFor } from './openapi/requests.ts'
import { problemTypesOf, propertiesOf } from './openapi/walk.ts'

/** What the gateway says of itself when too much is asked of it or a token has too few rights: no request brings it. */
const NOT_PROVOKED = [403, 429, 503]
/** Parameters that may be any text. */
const NEVER_REFUSED = ['q', 'If-None-Match']

suite('the running API and docs/openapi.yaml', () => {
  const document = openDocument()
  let market: Market
  let api: Conformance
  before(async () => {
    market = await openMarket()
    api = createConformance(document, market.cloud.httpUrl)
  })
  after(() => market[Symbol.asyncDispose]())

  const operations = [...document.operations.keys()]
  const needsToken = (operation: string): boolean => document.operations.get(operation)!.needsToken
  const signed = async (request: Request): Promise<Request> =>
    needsToken(request.operation)
      ? { ...request, authorization: `Bearer ${await market.issuer.token()}` }
      : request
  /** The parameters without which an operation does nothing. */
  const required = (operation: string): Record<string, string> => {
    const parameters = document.operations.get(operation)!.parameters.filter(({ required }) => required)
    return Object.fromEntries(parameters.map(({ name }) => [name, market.issues[0]!]))
  }

  test('have the same routes, and want a token for the same', () => {
    const declared = read(market.template.Resources as Record<string, Resource>).routesOf('HTTP')
    const routes = Object.entries(declared).map(([key, fn]) => [key, fn.endsWith(' with a token')])
    const documented = [...document.operations.values()].map(({ path, needsToken }) => [
      `GET ${path}`,
      needsToken,
    ])
    assert.deepEqual(documented.toSorted(), routes.toSorted())
  })

  test('agree on every answer, and on what is refused', async () => {
    const requests = requestsFor(market.issues)
    const disagreements: string[] = []
    for (const request of requests) {
      try {
        await api.ask(await signed(request))
      } catch (error) {
        disagreements.push(String(error))
      }
    }
    assert.deepEqual(disagreements, [])
    assert.deepEqual([...new Set(requests.map(({ operation }) => operation))].sort(), operations.sort())
  })

  test('agree on the limits of numbers and the words of a choice', async () => {
    for (const { id, parameters } of document.operations.values()) {
      for (const { name, schema } of parameters) {
        const { minimum, maximum, enum: choice } = document.resolve(schema).value
        const ask = async (text: string, rest: Pick<Request, 'status' | 'problem' | 'wrong'>) =>
          api.ask(await signed({ operation: id, with: { ...required(id), [name]: text }, ...rest }))
        const refused = { status: 400, problem: problemType('bad-parameter'), wrong: name }
        if (typeof minimum === 'number' && typeof maximum === 'number') {
          for (const limit of [minimum, maximum]) await ask(String(limit), { status: 200 })
          for (const limit of [minimum - 1, maximum + 1]) await ask(String(limit), refused)
        }
        if (!Array.isArray(choice)) continue
        for (const word of choice) await ask(String(word), { status: 200 })
        await ask(String(choice[0]).toUpperCase(), refused)
      }
    }
  })

  test('agree on what is forgiven in parameters', async () => {
    const [issue = ''] = market.issues
    const at = '2026-11-20T10:00:00+09:00'
    const { body } = await api.ask({ operation: 'getBoards', with: { issues: issue, at }, status: 200 })
    for (const query of [`issues=${issue}&at=${at}`, `issues=,${issue},${issue}&at=${at}`]) {
      const answer = await fetch(`${market.cloud.httpUrl}/v1/boards?${query}`)
      assert.deepEqual(await answer.json(), body, query)
    }
    const absent = await api.ask({ operation: 'getBoards', with: { issues: issue }, status: 200 })
    const empty = await fetch(`${market.cloud.httpUrl}/v1/boards?issues=${issue}&at=`)
    assert.deepEqual(await empty.json(), absent.body)
  })

  test('refuse a parameter that is unknown or repeated', async () => {
    const refused = { status: 400, problem: problemType('bad-parameter') }
    for (const { id, path, parameters } of document.operations.values()) {
      const values = required(id)
      const unknown = await api.ask(await signed({ operation: id, with: values, extra: 'side=', ...refused }))
      assert.match(String(unknown.body?.detail), /^side: unknown parameter, expected /, path)
      const [query] = parameters.filter(parameter => parameter.in === 'query')
      if (query === undefined) continue
      const extra = `${query.name}=1&${query.name}=1`
      const repeated = await api.ask(await signed({ operation: id, with: values, extra, ...refused }))
      assert.match(
        String(repeated.body?.detail),
        new RegExp(`^${query.name}: expected the parameter once, `),
        path,
      )
    }
  })

  test('agree on the pages of a long range', async () => {
    const [issue = ''] = market.issues
    for (const operation of ['getTicks', 'getTrades', 'getRealtimeTicks', 'getRealtimeTrades']) {
      const values = { issue, to: '2026-11-20T15:00:00+09:00', limit: '5' }
      const { body } = await api.ask(await signed({ operation, with: values, status: 200 }))
      assert.equal(typeof body?.next, 'string')
      const after = String(body?.next)
      await api.ask(await signed({ operation, with: { ...values, after }, status: 200 }))
    }
  })

  test('agree on a day of which only the bars are left', async () => {
    const values = { issue: market.issues[0]!, to: FINISHED }
    const { body } = await api.ask({ operation: 'getBars', with: { ...values, interval: '1h' }, status: 200 })
    assert.notDeepEqual(body?.bars, [])
    const refused = { status: 400, problem: problemType('bad-time'), wrong: 'to' }
    await api.ask({ operation: 'getTicks', with: values, ...refused })
  })

  test('agree on what is not sent again', async () => {
    for (const operation of operations) {
      const values = required(operation)
      const { headers } = await api.ask(await signed({ operation, with: values, status: 200 }))
      const held = { ...values, 'If-None-Match': headers.get('etag') ?? '' }
      const again = await api.ask(await signed({ operation, with: held, status: 304 }))
      assert.equal(again.headers.get('etag'), headers.get('etag'))
      const other = { ...values, 'If-None-Match': 'W/"another"' }
      await api.ask(await signed({ operation, with: other, status: 200 }))
    }
  })

  test('agree that an answer stays the same while nothing but its moment changes', async () => {
    const answers = await Promise.all(
      ['2026-11-20T17:00:00+09:00', '2026-11-20T17:00:01+09:00'].map(at =>
        api.ask({ operation: 'getBoard', with: { ...required('getBoard'), at }, status: 200 }),
      ),
    )
    const [one, other] = answers
    assert.notEqual(one?.body?.asOf, other?.body?.asOf)
    assert.equal(one?.headers.get('etag'), other?.headers.get('etag'))
  })

  test('agree on what pages of other origins may do', async () => {
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
    const tokens = [
      undefined,
      'Bearer nonsense',
      `Bearer ${await market.issuer.token('user', { expiresIn: -60 })}`,
      `Bearer ${await market.issuer.token('user', { audience: 'someone-else' })}`,
      `Bearer ${await market.issuer.token('user', { unknownKey: true })}`,
    ]
    for (const operation of operations.filter(needsToken))
      for (const authorization of tokens)
        await api.ask({
          operation,
          with: required(operation),
          status: 401,
          ...(authorization && { authorization }),
        })
  })

  test('agree on paths and methods that are not there', async () => {
    const message = document.at('/components/schemas/GatewayMessage')
    const asked = [
      ['GET', '/'],
      ['GET', '/v1/boards/'],
      ['GET', '/v1/boards/7203/asks'],
      ['GET', '/v2/status'],
      ['POST', '/v1/status'],
    ]
    for (const [method = '', path = ''] of asked) {
      const response = await fetch(market.cloud.httpUrl + path, { method })
      assert.equal(response.status, 404, path)
      assert.equal(response.headers.get('content-type'), 'application/json')
      assert.equal(document.fault(message, await response.json()), undefined)
    }
  })

  test('agree on a failure of the functions', async () => {
    await market.breakTables()
    for (const operation of operations) {
      const problem = problemType('failed')
      await api.ask(await signed({ operation, with: required(operation), status: 500, problem }))
    }
  })

  test('left nothing of the document unseen', () => {
    const { answers, problems, sent, refused, members } = api.seen
    const unseen = new Set<string>()
    const want = (seen: ReadonlySet<string>, names: readonly string[]): void => {
      for (const name of names) if (!seen.has(name)) unseen.add(name)
    }
    for (const { id, answers: documented, parameters } of document.operations.values()) {
      for (const [status, { content }] of documented) {
        if (NOT_PROVOKED.includes(status)) continue
        want(answers, [`${id} ${status}`])
        for (const [type, schema] of content) {
          want(members, propertiesOf(document, schema))
          if (type !== 'application/problem+json') continue
          want(
            problems,
            problemTypesOf(document, schema).map(type => `${id} ${type}`),
          )
        }
      }
      want(
        sent,
        parameters.map(({ name }) => `${id} ${name}`),
      )
      const refusable = parameters.filter(({ name }) => !NEVER_REFUSED.includes(name))
      want(
        refused,
        refusable.map(({ name }) => `${id} ${name}`),
      )
    }
    assert.deepEqual([...unseen], [])
  })
})
