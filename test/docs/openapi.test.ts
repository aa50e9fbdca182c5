import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { read } from '../cdk/reading.ts'
import type { Resource } from '../cdk/synthesis.ts'
import { type Conformance, createConformance } from './openapi/conformance.ts'
import { type ApiDocument, DOCUMENT_PATH, openDocument } from './openapi/document.ts'
import { type Market, openMarket } from './openapi/market.ts'
import { requestsFor } from './openapi/requests.ts'
import { examplesIn, propertiesOf } from './openapi/walk.ts'

/** What the gateway says of itself when too much is asked of it or a token has too few rights: no request brings it. */
const NOT_PROVOKED = [403, 429, 503]

suite('docs/openapi.yaml', () => {
  const document = openDocument()

  test('is a valid document of OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(DOCUMENT_PATH)
    assert.ok(valid, JSON.stringify(errors))
    assert.match(String(document.root.openapi), /^3\.1\./)
  })

  test('has examples that its schemas allow', () => {
    const examples = [...examplesIn(document)]
    for (const { schema, value } of examples)
      assert.equal(document.fault(schema, value), undefined, `${schema.pointer}: ${JSON.stringify(value)}`)
    assert.ok(examples.length > 0)
  })

  test('allows the answers that docs/rest.md shows', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/rest.md'), 'utf8')
    const shown = [...text.matchAll(/^```http\nGET (\S+)\n[^`]*```\n\n```json\n([^`]*)```$/gm)]
    assert.ok(shown.length > 0)
    for (const [, target = '', json = ''] of shown) {
      const body = JSON.parse(json) as { readonly status?: number }
      const schema = schemaOf(document, target.replace(/\?.*/, ''), body.status ?? 200)
      assert.equal(document.fault(schema, body), undefined, target)
    }
  })
})

suite('the running API and docs/openapi.yaml', () => {
  const document = openDocument()
  let market: Market
  let api: Conformance
  before(async () => {
    market = await openMarket()
    api = createConformance(document, market.cloud.httpUrl)
  })
  after(() => market[Symbol.asyncDispose]())

  const operations = (): string[] => [...document.operations.keys()]

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
    const authorization = `Bearer ${await market.issuer.token()}`
    const requests = requestsFor(market.issues)
    for (const request of requests) {
      const { needsToken } = document.operations.get(request.operation)!
      await api.ask({ ...request, ...(needsToken ? { authorization } : {}) })
    }
    assert.deepEqual([...new Set(requests.map(({ operation }) => operation))].sort(), operations().sort())
  })

  test('agree on the pages of a long range', async () => {
    const [issue = ''] = market.issues
    const to = '2026-11-20T15:00:00+09:00'
    const values = { issue, to, limit: '20' }
    const { body } = await api.ask({ operation: 'getTicks', with: values, status: 200 })
    assert.equal(typeof body?.next, 'string')
    await api.ask({ operation: 'getTicks', with: { ...values, after: String(body?.next) }, status: 200 })
  })

  test('agree on tokens', async () => {
    const [issue = ''] = market.issues
    const tokens = [
      undefined,
      'Bearer nonsense',
      `Bearer ${await market.issuer.token('user', { expiresIn: -60 })}`,
      `Bearer ${await market.issuer.token('user', { audience: 'someone-else' })}`,
    ]
    for (const { id, needsToken, parameters } of document.operations.values()) {
      if (!needsToken) continue
      const [{ name = '' } = {}] = parameters
      for (const authorization of tokens)
        await api.ask({
          operation: id,
          with: { [name]: issue },
          status: 401,
          ...(authorization && { authorization }),
        })
    }
  })

  test('agree on a failure of the functions', async () => {
    await market.breakTables()
    const authorization = `Bearer ${await market.issuer.token()}`
    const [issue = ''] = market.issues
    for (const { id, needsToken, parameters } of document.operations.values()) {
      const required = parameters.filter(({ required }) => required).map(({ name }) => [name, issue])
      await api.ask({
        operation: id,
        with: Object.fromEntries(required),
        status: 500,
        problem: 'about:blank',
        ...(needsToken ? { authorization } : {}),
      })
    }
  })

  test('left nothing of the document unseen', () => {
    const { answers, sent, refused, members } = api.seen
    const unseen: string[] = []
    const want = (set: ReadonlySet<string>, ...names: string[]): void => {
      unseen.push(...names.filter(name => !set.has(name)))
    }
    for (const { id, answers: documented, parameters } of document.operations.values()) {
      for (const [status, { content }] of documented) {
        if (NOT_PROVOKED.includes(status)) continue
        want(answers, `${id} ${status}`)
        for (const schema of content.values()) want(members, ...propertiesOf(document, schema))
      }
      want(sent, ...parameters.map(({ name }) => `${id} ${name}`))
      want(refused, ...parameters.filter(({ name }) => name !== 'q').map(({ name }) => `${id} ${name}`))
    }
    assert.deepEqual([...new Set(unseen)], [])
  })
})

/** The schema of what a path is answered. */
function schemaOf(document: ApiDocument, target: string, status: number) {
  for (const { path, answers } of document.operations.values()) {
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/, '[^/]+')}$`)
    const [schema] = pattern.test(target) ? (answers.get(status)?.content.values() ?? []) : []
    if (schema !== undefined) return schema
  }
  throw new Error(`expected an answer ${status} of ${target} in the document`)
}
