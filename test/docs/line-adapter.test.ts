import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

test('the line shown in docs/line-adapter.md is the one that the tests run, as it would stand in ingest-task/line', () => {
  const [, shown] = /```ts\n(.*?)```/s.exec(read('docs/line-adapter.md')) ?? []
  const tested = read('test/ingest-task/raw-line/opener.ts')
  assert.equal(shown, tested.replaceAll('../../../ingest-task/', '../').replaceAll('../../../', '../../'))
})
