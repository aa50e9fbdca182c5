/** Rights on items of a table by their partition keys, and rights that a test withholds. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  BatchGetCommand,
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { keepAliveHandler } from '../../../lambda/keep-alive.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { att, fn, type Resources } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'

const TABLE = 'Lab-table'
const table: Resources = {
  table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
  },
}

/** Boots a table and a function with one statement on it. Returns a client with the function's rights. */
async function start(
  t: TestContext,
  statement: object,
): Promise<{ lab: Lab; tables: DynamoDBDocumentClient }> {
  const allowed = { Effect: 'Allow', Resource: att('table', 'Arn'), ...statement }
  const lab = await boot(t, { resources: { ...table, ...fn('reader', [allowed]) } })
  await lab.cloud.invoke('reader', {})
  const config = client(lab.cloud, lab.seen[0]!.env)
  const tables = createDynamoDB({ ...config, requestHandler: keepAliveHandler() })
  t.after(() => tables.destroy())
  return { lab, tables }
}

const get = (id: string) => new GetCommand({ TableName: TABLE, Key: { id } })
const put = (id: string) => new PutCommand({ TableName: TABLE, Item: { id } })
const DENIED = ['AccessDeniedException', 400] as const

test('a condition on keys allows the items of these keys, in single requests and in batches', async t => {
  const { lab, tables } = await start(t, {
    Action: ['GetItem', 'PutItem', 'UpdateItem', 'BatchGetItem', 'BatchWriteItem', 'Query'].map(
      name => `dynamodb:${name}`,
    ),
    Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['own', 'other'] } },
  })
  assert.deepEqual(lab.cloud.ignored, [])
  await tables.send(put('own'))
  assert.deepEqual((await tables.send(get('own'))).Item, { id: 'own' })
  await tables.send(new UpdateCommand({ TableName: TABLE, Key: { id: 'other' } }))
  const read = (...ids: string[]) =>
    tables.send(new BatchGetCommand({ RequestItems: { [TABLE]: { Keys: ids.map(id => ({ id })) } } }))
  const write = (...ids: string[]) =>
    tables.send(
      new BatchWriteCommand({ RequestItems: { [TABLE]: ids.map(id => ({ PutRequest: { Item: { id } } })) } }),
    )
  const remove = (...ids: string[]) =>
    tables.send(
      new BatchWriteCommand({
        RequestItems: { [TABLE]: ids.map(id => ({ DeleteRequest: { Key: { id } } })) },
      }),
    )
  assert.equal((await read('own', 'other')).Responses?.[TABLE]?.length, 2)
  await write('own', 'other')
  await remove('other')
  for (const request of [
    tables.send(get('owner')),
    tables.send(put('ow')),
    tables.send(new UpdateCommand({ TableName: TABLE, Key: { id: 'foreign' } })),
    read('own', 'foreign'),
    write('own', 'foreign'),
    remove('own', 'foreign'),
    // IAM knows the key of a Query. It is not read here, so that no policy relies on it.
    tables.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: 'id = :id',
        ExpressionAttributeValues: { ':id': 'own' },
      }),
    ),
  ])
    await refused(request, ...DENIED)
})

test('a condition on the beginning of keys allows these items', async t => {
  const { tables } = await start(t, {
    Action: 'dynamodb:GetItem',
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'user#*' } },
  })
  await tables.send(get('user#1'))
  await refused(tables.send(get('users#1')), ...DENIED)
})

test('a right that is withheld is missing until it is given back, and no other right is', async t => {
  const { lab, tables } = await start(t, { Action: ['dynamodb:GetItem', 'dynamodb:PutItem'] })
  const rights = lab.cloud.rights.map(({ role, action, resource, condition }) => [
    role,
    action,
    resource.slice(resource.lastIndexOf(':') + 1),
    condition,
  ])
  assert.deepEqual(rights, [
    ['readerRole', 'dynamodb:GetItem', `table/${TABLE}`, undefined],
    ['readerRole', 'dynamodb:PutItem', `table/${TABLE}`, undefined],
  ])
  const giveBack = lab.cloud.rights[1]!.withhold()
  await refused(tables.send(put('a')), ...DENIED)
  await tables.send(get('a'))
  giveBack()
  await tables.send(put('a'))
})
