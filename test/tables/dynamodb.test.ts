import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { addMillis, nowMillis } from '../../market/units.ts'
import {
  createDynamoDB,
  getItem,
  getItems,
  putBatch,
  putIf,
  type Table,
  unchanged,
  updateIf,
} from '../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../functions/tables.ts'

interface Sample {
  readonly id: string
  readonly count?: number
  readonly text?: string
  readonly tags?: ReadonlySet<string>
}

let tables: Tables
let table: Table
before(async () => {
  tables = await startTables()
  table = { client: createDynamoDB(), table: TABLES.BOARDS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

const ABSENT = unchanged('id', undefined)

test('each kind of value has one attribute type, and undefined has none', async () => {
  const bytes = Uint8Array.of(0, 128, 255)
  const item = {
    id: 'types',
    empty: '',
    whole: 9_007_199_254_740_991,
    fraction: 0.1,
    yes: true,
    bytes,
    buffer: Buffer.from(bytes),
    tags: new Set(['7203']),
    inner: { present: 1, missing: undefined },
    missing: undefined,
  }
  assert.equal(await putIf(table, item, ABSENT), true)
  const { Item } = await tables.client.send(
    new GetItemCommand({ TableName: table.table, Key: { id: { S: 'types' } } }),
  )
  assert.deepEqual(Item, {
    id: { S: 'types' },
    empty: { S: '' },
    whole: { N: '9007199254740991' },
    fraction: { N: '0.1' },
    yes: { BOOL: true },
    bytes: { B: bytes },
    buffer: { B: bytes },
    tags: { SS: ['7203'] },
    inner: { M: { present: { N: '1' } } },
  })
  const { missing: _, buffer, ...rest } = item
  assert.deepEqual(await getItem(table, { id: 'types' }), {
    ...rest,
    buffer: new Uint8Array(buffer),
    inner: { present: 1 },
  })
})

test('a number that JavaScript cannot hold exactly is refused, and so is an empty set', async () => {
  await assert.rejects(putIf(table, { id: 'large', count: 2 ** 53 }, ABSENT), /MAX_SAFE_INTEGER/)
  await assert.rejects(putIf(table, { id: 'empty', tags: new Set() }, ABSENT), /non-empty set/)
})

test('a conditional put replaces an item only if the condition holds', async () => {
  const counter = (count: number): Sample => ({ id: 'counter', count })
  assert.equal(await putIf(table, counter(1), unchanged('count', undefined)), true)
  assert.equal(await putIf(table, counter(2), unchanged('count', undefined)), false)
  assert.equal(await putIf(table, counter(2), unchanged('count', 1)), true)
  assert.equal(await putIf(table, counter(3), unchanged('count', 1)), false)
  assert.deepEqual(await getItem<Sample>(table, { id: 'counter' }), counter(2))
})

test('a conditional update changes an item only if the condition holds', async () => {
  const key = { id: 'updated' }
  const add = { expression: 'attribute_exists(id)', values: { ':tags': new Set(['7203']) } }
  assert.equal(await updateIf(table, key, 'ADD tags :tags', add), undefined)
  assert.equal(await getItem<Sample>(table, key), undefined)
  await putIf(table, key, ABSENT)
  const tagged = { ...key, tags: new Set(['7203']) }
  assert.deepEqual(await updateIf(table, key, 'ADD tags :tags', add), tagged)
  assert.deepEqual(await getItem<Sample>(table, key), tagged)
})

test('more keys than one request takes are read whole, without an entry for a missing item', async () => {
  const items = Array.from({ length: 120 }, (_, index): Sample => ({ id: `many-${index}`, count: index }))
  for (let from = 0; from < items.length; from += 25) {
    assert.deepEqual(await putBatch(table, items.slice(from, from + 25), ({ id }) => id), [])
  }
  const keys = [...items.map(({ id }) => ({ id })), { id: 'no such item' }]
  const found = await getItems<Sample>(table, keys)
  assert.deepEqual(
    found.toSorted((a, b) => a.count! - b.count!),
    items,
  )
})

test('a read ends at its deadline when keys stay unprocessed', async () => {
  const client = createDynamoDB()
  client.middlewareStack.add(
    () => async args => {
      const { RequestItems: UnprocessedKeys } = args.input as { RequestItems: unknown }
      return { output: { $metadata: {}, UnprocessedKeys }, response: {} }
    },
    { step: 'initialize' },
  )
  const read = getItems({ ...table, client }, [{ id: 'a' }, { id: 'b' }], addMillis(nowMillis(), 100))
  await assert.rejects(read, {
    name: 'DeadlineError',
    message: /^expected all 2 keys of boards read before the deadline, got 2 of 2 unprocessed/,
  })
})

test('a batch returns the items that were not taken: the unprocessed ones, or all of a throttled request', async () => {
  const items: Sample[] = [{ id: 'taken' }, { id: 'left' }]
  const answering = (answer: () => object): Table => {
    const client = createDynamoDB()
    client.middlewareStack.add(() => async () => ({ output: { $metadata: {}, ...answer() }, response: {} }), {
      step: 'initialize',
    })
    return { ...table, client }
  }
  const UnprocessedItems = { [table.table]: [{ PutRequest: { Item: { id: 'left' } } }] }
  const partial = answering(() => ({ UnprocessedItems }))
  assert.deepEqual(await putBatch(partial, items, ({ id }) => id), [items[1]])
  const throttled = answering(() => {
    throw Object.assign(new Error('too fast'), { name: 'ThrottlingException' })
  })
  assert.deepEqual(await putBatch(throttled, items, ({ id }) => id), items)
})
