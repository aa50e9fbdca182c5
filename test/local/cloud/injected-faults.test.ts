/** Faults that the starter of a cloud can cause: functions that crash, and requests to DynamoDB that are refused. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { AwsError } from '../../../local/cloud/aws-error.ts'
import { CONNECTIONS } from '../../tables/connections/connections-definition.ts'
import { until } from '../../until.ts'
import { fn } from './assembly-fixture.ts'
import { boot, client, refused } from './cloud-fixture.ts'

test('a function that crashes fails its invocations, and the next invocation has a new environment', async t => {
  const lab = await boot(t, { resources: fn('Worker') })
  const { cloud, seen } = lab
  await cloud.crashFunction('Worker')
  lab.answer = () => ({ hang: true })
  const failing = assert.rejects(cloud.invoke('Worker', {}), /Runtime\.ExitError/)
  await until(() => seen.length === 1, 'a running invocation')
  await cloud.crashFunction('Worker')
  await failing
  lab.answer = () => ({ result: 'alive' })
  assert.equal(await cloud.invoke('Worker', {}), 'alive')
  await cloud.crashFunction('Worker')
  assert.equal(await cloud.invoke('Worker', {}), 'alive')
})

test('a request to DynamoDB is refused with the error of beforeDynamo', async t => {
  const before: [string, object][] = []
  const lab = await boot(
    t,
    { resources: { rooms: { Type: 'AWS::DynamoDB::Table', Properties: CONNECTIONS } } },
    {
      async beforeDynamo(operation, input) {
        before.push([operation, input])
        if (before.length === 1) throw new AwsError(400, 'ThrottlingException', 'too much a second')
      },
    },
  )
  const dynamo = new DynamoDBClient(client(lab.cloud))
  t.after(() => dynamo.destroy())
  const input = { TableName: lab.cloud.ref('rooms'), Key: { room: { S: 'a' }, connection: { S: 'b' } } }
  await refused(dynamo.send(new GetItemCommand(input)), 'ThrottlingException', 400)
  await dynamo.send(new GetItemCommand(input))
  assert.deepEqual(before, [
    ['GetItem', input],
    ['GetItem', input],
  ])
})
