import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { ROUTES, type Route, type RoutePath } from '../../../rest/rest-routes.ts'
import { restExamples } from '../rest-examples.ts'
import { type ApiDocument, DOCUMENT_PATH, openDocument, type Place } from './openapi-document.ts'
import { faultsOfRoute } from './route-faults.ts'
import { examplesIn } from './schema-walk.ts'

suite('docs/openapi.yaml', () => {
  const document = openDocument()

  test('is a valid OpenAPI 3.1 document', async () => {
    const { valid, errors } = await new Validator().validate(DOCUMENT_PATH)
    assert.ok(valid, JSON.stringify(errors))
    assert.match(String(document.root.openapi), /^3\.1\./)
  })

  test('has every route and no other', () => {
    for (const path of Object.keys(ROUTES))
      assert.ok(document.operations.has(path), `route ${path} is not in docs/openapi.yaml`)
    for (const path of document.operations.keys())
      assert.ok(path in ROUTES, `docs/openapi.yaml has ${path}, which is not in the table of routes`)
  })

  for (const [path, route] of Object.entries<Route>(ROUTES))
    test(`describes ${path} as the table of routes does`, () => {
      const operation = document.operations.get(path)
      assert.ok(operation, `route ${path} is not in docs/openapi.yaml`)
      assert.deepEqual(faultsOfRoute(document, operation, path as RoutePath, route), [])
    })

  test('has examples that match its schemas', () => {
    const examples = [...examplesIn(document)]
    for (const { schema, value } of examples)
      assert.equal(document.fault(schema, value), undefined, `${schema.pointer}: ${JSON.stringify(value)}`)
    assert.ok(examples.length > 0)
  })

  test('allows the answers in the documents of the REST API', () => {
    for (const { target, answer } of restExamples()) {
      const schema = schemaOf(document, target.replace(/\?.*/, ''), Number(answer.status ?? 200))
      assert.equal(document.fault(schema, answer), undefined, target)
    }
  })
})

/** Returns the schema of the answers to a path with a status. */
function schemaOf(document: ApiDocument, target: string, status: number): Place {
  for (const { path, answers } of document.operations.values()) {
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/, '[^/]+')}$`)
    const [schema] = pattern.test(target) ? (answers.get(status)?.content.values() ?? []) : []
    if (schema !== undefined) return schema
  }
  throw new Error(`docs/openapi.yaml has no answer ${status} to ${target}`)
}
