/** The throughput of tables, seen through the SDK, on a clock that stands still unless the test moves it. */
import assert from 'node:assert/strict'
import test, { suite, type TestContext } from 'node:test'
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  ThrottlingException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type AccountQuotas, AWS_QUOTAS } from '../../../local/cloud/quotas/account-quotas.ts'
import { CONNECTIONS } from '../../tables/connections/connections-definition.ts'
import { boot, client } from './cloud-fixture.ts'

/** One partition that writes 10 units a second and reads 30. */
const SMALL: AccountQuotas = { ...AWS_QUOTAS, writes: 40, reads: 120 }
const ONE_PARTITION = { WarmThroughput: { ReadUnitsPerSecond: 3_000, WriteUnitsPerSecond: 1_000 } }

const { KeySchema, LocalSecondaryIndexes: _, AttributeDefinitions, BillingMode } = CONNECTIONS
const WITHOUT_INDEX = { KeySchema, BillingMode, AttributeDefinitions: AttributeDefinitions.slice(0, 2) }

const key = (room: string, connection = 'a') => ({ room: { S: room }, connection: { S: connection } })
/** An item of so many write units. */
const item = (room: string, units = 1) => ({ ...key(room), text: { S: 'x'.repeat((units - 1) * 1024) } })

async function openTable(t: TestContext, properties: object, quotas = SMALL) {
  let microseconds = 1_000_000
  const clock = { now: () => microseconds, realMillisecondsUntil: () => 0 }
  const resources = { rooms: { Type: 'AWS::DynamoDB::Table', Properties: properties } }
  const lab = await boot(t, { resources }, { clock, quotas })
  const dynamo = new DynamoDBClient(client(lab.cloud))
  t.after(() => dynamo.destroy())
  const TableName = lab.cloud.ref('rooms')
  return {
    dynamo,
    lab,
    TableName,
    pass(seconds: number) {
      microseconds += seconds * 1_000_000
    },
    put: (room: string, units = 1) => dynamo.send(new PutItemCommand({ TableName, Item: item(room, units) })),
    get: (room: string) => dynamo.send(new GetItemCommand({ TableName, Key: key(room) })),
  }
}

async function throttled(call: Promise<unknown>, reason: string): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof ThrottlingException, String(error))
    assert.equal(error.$metadata.httpStatusCode, 400)
    const [first] = error.throttlingReasons ?? []
    assert.equal(first?.reason, reason)
    assert.match(first?.resource ?? '', /^arn:aws:dynamodb:ap-northeast-1:\d{12}:table\/Lab-rooms/)
    return true
  })
}
const WRITE = 'TableWriteKeyRangeThroughputExceeded'
const READ = 'TableReadKeyRangeThroughputExceeded'

suite('the throughput of an on-demand table', () => {
  test('bounds writes by their kilobytes, and reads by half a unit for each four', async t => {
    const { put, get, pass, lab } = await openTable(t, { ...WITHOUT_INDEX, ...ONE_PARTITION })
    for (const room of ['nagoya', 'osaka', 'sapporo']) await put(room, 3)
    await put('tokyo')
    await throttled(put('tokyo'), WRITE)
    // 60 reads of one kilobyte use 30 units.
    for (let count = 0; count < 60; count++) await get('tokyo')
    await throttled(get('tokyo'), READ)
    pass(0.1)
    await put('tokyo')
    await throttled(put('tokyo'), WRITE)
    for (let count = 0; count < 6; count++) await get('tokyo')
    await throttled(get('tokyo'), READ)
    assert.equal(lab.cloud.stats().throttled, 4)
    await lab.cloud.close()
    // On a busy machine the refusals are spread over several reports.
    const kinds = new Set(lab.logged.map(line => line.replace(/^quota: \d+ /, '')))
    assert.deepEqual(
      [...kinds],
      [
        'writes of rooms refused (10 write units/s of a partition)',
        'reads of rooms refused (30 read units/s of a partition)',
      ],
    )
  })

  test('lets a great item in, and refuses the next ones until its units are saved', async t => {
    const { put, pass } = await openTable(t, { ...WITHOUT_INDEX, ...ONE_PARTITION })
    await put('tokyo', 30)
    pass(2)
    await throttled(put('osaka'), WRITE)
    pass(0.1)
    await put('osaka')
  })

  test('counts a write to an index that has the item, and updates and deletions', async t => {
    const { put, dynamo, TableName } = await openTable(t, { ...CONNECTIONS, ...ONE_PARTITION })
    await put('tokyo')
    const changed = { ...item('tokyo'), changedAt: { N: '1' } }
    await dynamo.send(new PutItemCommand({ TableName, Item: changed }))
    const update = (attribute: string) =>
      dynamo.send(
        new UpdateItemCommand({
          TableName,
          Key: key('tokyo'),
          UpdateExpression: 'SET #attribute = :value',
          ExpressionAttributeNames: { '#attribute': attribute },
          ExpressionAttributeValues: { ':value': { N: '2' } },
        }),
      )
    await update('other')
    // The entry of the index moves.
    await update('changedAt')
    await dynamo.send(new DeleteItemCommand({ TableName, Key: key('tokyo') }))
    // 1 + 2 + 2 + 3 + 2 units are used.
    await throttled(put('tokyo'), WRITE)
  })

  for (const [what, partitions, properties] of [
    ['a new table', 4, {}],
    ['a table that is warm for 8,000 writes', 8, { WarmThroughput: { WriteUnitsPerSecond: 8_000 } }],
  ] as const) {
    test(`is that of ${partitions} partitions for ${what}`, async t => {
      const { put } = await openTable(t, { ...WITHOUT_INDEX, ...properties })
      const rooms = Array.from({ length: 80 }, (_, index) => `room-${index}`)
      let accepted = 0
      for (const room of rooms) {
        const answers = await Promise.allSettled(Array.from({ length: 10 }, () => put(room)))
        const written = answers.filter(({ status }) => status === 'fulfilled').length
        // The first key of a partition has all of its units, the others have none.
        assert.ok(written === 0 || written === 10, `${room}: ${written} writes`)
        accepted += written
      }
      assert.equal(accepted, partitions * 10)
    })
  }

  test('bounds queries of a partition and scans', async t => {
    const { put, get, dynamo, TableName, pass } = await openTable(t, { ...WITHOUT_INDEX, ...ONE_PARTITION })
    await put('tokyo', 8)
    const query = new QueryCommand({
      TableName,
      KeyConditionExpression: '#room = :room',
      ExpressionAttributeNames: { '#room': 'room' },
      ExpressionAttributeValues: { ':room': { S: 'tokyo' } },
      ConsistentRead: true,
    })
    // Eight kilobytes are two units, four times as much as the smallest read.
    for (let count = 0; count < 15; count++) await dynamo.send(query)
    await throttled(dynamo.send(query), READ)
    await throttled(get('osaka'), READ)
    pass(1)
    const scan = new ScanCommand({ TableName })
    for (let count = 0; count < 30; count++) await dynamo.send(scan)
    await throttled(dynamo.send(scan), READ)
  })

  test('leaves what a batch has in addition unprocessed, and refuses a batch if that is everything', async t => {
    const { dynamo, TableName, put, pass } = await openTable(t, { ...WITHOUT_INDEX, ...ONE_PARTITION })
    const requests = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ PutRequest: { Item: item(`room-${index}`) } }))
    const write = (count: number) =>
      dynamo.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests(count) } }))
    assert.deepEqual((await write(9)).UnprocessedItems, {})
    await put('room-9')
    await throttled(write(1), WRITE)
    pass(0.5)
    assert.deepEqual((await write(7)).UnprocessedItems, { [TableName]: requests(7).slice(5) })

    const Keys = Array.from({ length: 70 }, (_, index) => key(`room-${index}`))
    const read = () =>
      dynamo.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: false } } }))
    const { Responses, UnprocessedKeys } = await read()
    assert.equal(Responses?.[TableName]?.length, 10)
    assert.deepEqual(UnprocessedKeys, { [TableName]: { Keys: Keys.slice(60), ConsistentRead: false } })
    await throttled(read(), READ)
  })

  test('counts the kilobytes of the items of a batch', async t => {
    const { dynamo, TableName, put, get, pass } = await openTable(t, { ...WITHOUT_INDEX, ...ONE_PARTITION })
    const PutRequest = { Item: item('tokyo', 20) }
    await dynamo.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest }] } }))
    pass(1)
    await throttled(put('osaka'), WRITE)
    pass(0.1)
    await put('osaka')
    const Keys = [key('tokyo'), key('osaka')]
    // 20 KB are five units, one KB is one.
    const batch = { [TableName]: { Keys, ConsistentRead: true } }
    for (let count = 0; count < 5; count++)
      await dynamo.send(new BatchGetItemCommand({ RequestItems: batch }))
    await throttled(get('tokyo'), READ)
  })

  test('leaves the errors and the consumed capacity of requests as they are', async t => {
    const { dynamo, TableName } = await openTable(t, WITHOUT_INDEX)
    const Key = key('tokyo')
    const asked = await dynamo.send(
      new GetItemCommand({ TableName, Key, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' }),
    )
    assert.equal(asked.ConsumedCapacity?.CapacityUnits, 1)
    const silent = await dynamo.send(new GetItemCommand({ TableName, Key }))
    assert.equal('ConsumedCapacity' in silent && silent.ConsumedCapacity !== undefined, false)
    for (const command of [
      new PutItemCommand({ TableName, Item: {} }),
      new GetItemCommand({ TableName, Key: { room: { S: 'tokyo' } } }),
      new QueryCommand({ TableName }),
      new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: {} } }] } }),
      new BatchWriteItemCommand({ RequestItems: {} }),
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [] } } }),
    ]) {
      await assert.rejects(dynamo.send(command as PutItemCommand), { name: 'ValidationException' })
    }
  })
})

test('a table with provisioned capacity keeps five minutes of it, and names its exception', async t => {
  const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
  const { put, pass } = await openTable(
    t,
    { ...WITHOUT_INDEX, BillingMode: 'PROVISIONED', ProvisionedThroughput },
    AWS_QUOTAS,
  )
  await put('tokyo', 300)
  await assert.rejects(put('tokyo'), (error: unknown) => {
    assert.ok(error instanceof ProvisionedThroughputExceededException, String(error))
    assert.equal(error.ThrottlingReasons?.[0]?.reason, 'TableWriteProvisionedThroughputExceeded')
    return true
  })
  pass(1)
  await put('tokyo')
})
