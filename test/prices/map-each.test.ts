import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapEach } from '../../prices/map-each.ts'

test('results are in the order of the items, and no more than the given number run at the same time', async () => {
  let running = 0
  let most = 0
  const waiting: (() => void)[] = []
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++running)
    await new Promise<void>(resolve => waiting.push(resolve))
    running--
    return 10 * item
  }
  const done = mapEach([1, 2, 3, 4, 5], 2, work)
  // The last that waits goes on first.
  for (let left = 5; left > 0; left--) {
    while (waiting.length === 0) await Promise.resolve()
    waiting.pop()!()
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.deepEqual(await done, [10, 20, 30, 40, 50])
  assert.equal(most, 2)
})

test('no item gives no result, and a failure is passed on', async () => {
  assert.deepEqual(await mapEach([], 2, async () => 1), [])
  const failing = mapEach([1, 2], 2, async item => {
    if (item === 2) throw new Error('two')
    return item
  })
  await assert.rejects(failing, { message: 'two' })
})
