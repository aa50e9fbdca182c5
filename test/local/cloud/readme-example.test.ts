/** The example of the package's README, run as it is written. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { role, writeAssembly } from './assembly-fixture.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

test('the example of the README runs and prints the result and the shard', async t => {
  const assembly = writeAssembly(t, {
    code: 'export const handler = async ({ name }) => "Hello, " + name',
    resources: {
      StreamA1B2C3D4: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
      ...role('Role', []),
      HelloA1B2C3D4: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Code: { S3Key: 'probe.zip' },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        },
      },
    },
  })
  const readme = readFileSync(`${ROOT}local/cloud/README.md`, 'utf8')
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
  assert.match(example, /'cdk\.out'/)
  const code = example.replace("'cdk.out'", JSON.stringify(assembly))
  const run = promisify(execFile)
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: ROOT,
  })
  assert.equal(stderr, '')
  assert.deepEqual(stdout.split('\n'), ['Hello, ita', 'shardId-000000000000', ''])
})
