import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { type ApiDocument, DOCUMENT_PATH, openDocument, type Place } from './document.ts'
import { examplesIn } from './walk.ts'

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
    const text = readFileSync(join(import.meta.dirname, '../../../docs/rest.md'), 'utf8')
    const shown = [...text.matchAll(/^```http\nGET (\S+)\n[^`]*```\n\n```json\n([^`]*)```$/gm)]
    assert.ok(shown.length > 0)
    for (const [, target = '', json = ''] of shown) {
      const body = JSON.parse(json) as { readonly status?: number }
      const schema = schemaOf(document, target.replace(/\?.*/, ''), body.status ?? 200)
      assert.equal(document.fault(schema, body), undefined, target)
    }
  })
})

/** The schema of what a path is answered. */
function schemaOf(document: ApiDocument, target: string, status: number): Place {
  for (const { path, answers } of document.operations.values()) {
    const pattern = new RegExp(`^${path.replace(/\{\w+\}/, '[^/]+')}$`)
    const [schema] = pattern.test(target) ? (answers.get(status)?.content.values() ?? []) : []
    if (schema !== undefined) return schema
  }
  throw new Error(`expected an answer ${status} of ${target} in the document`)
}
