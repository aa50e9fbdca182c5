import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepFor } from '../../prices/keep-for.ts'

test('a value is read again when it is as old as stated', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  let reads = 0
  const get = keepFor(100, async () => ++reads)
  assert.deepEqual([await get(), await get()], [1, 1])
  t.mock.timers.tick(99)
  assert.equal(await get(), 1)
  t.mock.timers.tick(1)
  assert.deepEqual([await get(), await get()], [2, 2])
})

test('a failed read is not kept, and does not remove the value of a later read', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const reads: PromiseWithResolvers<string>[] = []
  const get = keepFor(100, () => {
    const read = Promise.withResolvers<string>()
    reads.push(read)
    return read.promise
  })
  const first = get()
  reads[0]!.reject(new Error('failed'))
  await assert.rejects(first, { message: 'failed' })
  const second = get()
  assert.equal(reads.length, 2)
  t.mock.timers.tick(100)
  const third = get()
  reads[1]!.reject(new Error('late'))
  await assert.rejects(second, { message: 'late' })
  reads[2]!.resolve('value')
  assert.deepEqual([await third, await get()], ['value', 'value'])
  assert.equal(reads.length, 3)
})
