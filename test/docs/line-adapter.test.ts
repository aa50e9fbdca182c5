import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

test('the adapter in docs/line-adapter.md is the file that the tests run, with imports as in ingest-task/line', () => {
  const [, shown] = /```ts\n(.*?)```/s.exec(read('docs/line-adapter.md')) ?? []
  const tested = read('test/ingest-task/raw-line/raw-line-opener.ts')
  const expected = tested.replaceAll('../../../ingest-task/', '../').replaceAll('../../../', '../../')
  assert.equal(shown, expected, 'copy raw-line-opener.ts to docs/line-adapter.md')
})
