/** The warm throughput of a table, raised while it is used, on a clock that the test moves. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import {
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb'
import { AWS_QUOTAS } from '../../../local/cloud/quotas/account-quotas.ts'
import { CONNECTIONS } from '../../tables/connections/connections-definition.ts'
import { att, fn } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'

const { KeySchema, AttributeDefinitions, BillingMode } = CONNECTIONS
const TABLE = { KeySchema, BillingMode, AttributeDefinitions: AttributeDefinitions.slice(0, 2) }
/** The account is a hundredth of the default: one partition writes 10 units a second, and a table with its default 40. */
const SMALL = { ...AWS_QUOTAS, writes: 40, reads: 120 }

async function openTable(t: TestContext, properties: object) {
  let microseconds = 1_000_000
  const clock = { now: () => microseconds, realMillisecondsUntil: () => 0 }
  const table = { Type: 'AWS::DynamoDB::Table', Properties: { ...TABLE, ...properties } }
  const allowed = { Effect: 'Allow', Action: 'dynamodb:DescribeTable', Resource: att('rooms', 'Arn') }
  const lab = await boot(
    t,
    { resources: { rooms: table, ...fn('hours', [allowed]) } },
    { clock, quotas: SMALL },
  )
  const dynamo = dynamoOf(t, lab)
  const TableName = lab.cloud.ref('rooms')
  return {
    lab,
    TableName,
    pass(seconds: number) {
      microseconds += seconds * 1_000_000
    },
    update: (input: Omit<UpdateTableCommandInput, 'TableName'>) =>
      dynamo.send(new UpdateTableCommand({ TableName, ...input })),
    async describe() {
      const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }))
      const { ReadUnitsPerSecond, WriteUnitsPerSecond, Status } = Table!.WarmThroughput!
      return [Table!.TableStatus, ReadUnitsPerSecond, WriteUnitsPerSecond, Status]
    },
    /** Returns how many of a hundred writes, each with its own partition key, the table takes at once. */
    async writes(): Promise<number> {
      const puts = Array.from({ length: 100 }, (_, index) => {
        const Item = { room: { S: `room ${index}` }, connection: { S: 'a' } }
        return dynamo.send(new PutItemCommand({ TableName, Item }))
      })
      const done = await Promise.allSettled(puts)
      return done.filter(({ status }) => status === 'fulfilled').length
    },
  }
}

function dynamoOf(t: TestContext, lab: Lab, env?: Readonly<Record<string, string>>): DynamoDBClient {
  const dynamo = new DynamoDBClient(client(lab.cloud, env))
  t.after(() => dynamo.destroy())
  return dynamo
}

test('a table takes more writes a minute after its warm throughput was raised', async t => {
  const { update, describe, writes, pass } = await openTable(t, {})
  assert.deepEqual(await describe(), ['ACTIVE', 12_000, 4_000, 'ACTIVE'])
  assert.ok((await writes()) <= 40)
  const { TableDescription } = await update({ WarmThroughput: { WriteUnitsPerSecond: 40_000 } })
  assert.equal(TableDescription?.TableStatus, 'UPDATING')
  assert.deepEqual(await describe(), ['UPDATING', 12_000, 4_000, 'UPDATING'])
  pass(59)
  assert.ok((await writes()) <= 40)
  await refused(update({ WarmThroughput: { WriteUnitsPerSecond: 50_000 } }), 'ResourceInUseException', 400)
  pass(1)
  // 400 units a second in 40 partitions of ten: no key has more than its partition.
  assert.equal(await writes(), 100)
  assert.deepEqual(await describe(), ['ACTIVE', 12_000, 40_000, 'ACTIVE'])
})

test('the warm throughput is never lowered, and an equal one changes nothing', async t => {
  const WarmThroughput = { ReadUnitsPerSecond: 20_000, WriteUnitsPerSecond: 10_000 }
  const { update, describe } = await openTable(t, { WarmThroughput })
  assert.deepEqual(await describe(), ['ACTIVE', 20_000, 10_000, 'ACTIVE'])
  for (const lower of [{ ReadUnitsPerSecond: 19_999 }, { WriteUnitsPerSecond: 9_999 }]) {
    await refused(update({ WarmThroughput: { ...WarmThroughput, ...lower } }), 'ValidationException', 400)
  }
  await update({ WarmThroughput })
  assert.deepEqual(await describe(), ['ACTIVE', 20_000, 10_000, 'ACTIVE'])
  await refused(update({ WarmThroughput, BillingMode: 'PROVISIONED' }), 'ValidationException', 400)
})

test('a role needs the right to change the table', async t => {
  const { lab, TableName } = await openTable(t, {})
  await lab.cloud.invoke('hours', {})
  const dynamo = dynamoOf(t, lab, lab.seen[0]!.env)
  await dynamo.send(new DescribeTableCommand({ TableName }))
  const update = new UpdateTableCommand({ TableName, WarmThroughput: { WriteUnitsPerSecond: 40_000 } })
  await refused(dynamo.send(update), 'AccessDeniedException', 400)
})
