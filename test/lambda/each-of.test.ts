import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachOf } from '../../lambda/each-of.ts'

/** Runs `count` items, at most `inFlight` at a time. Returns the order of starts and the number running at each start. */
async function run(count: number, inFlight: number): Promise<{ started: number[]; running: number[] }> {
  const started: number[] = []
  const running: number[] = []
  let now = 0
  await eachOf([...Array(count).keys()], inFlight, async item => {
    started.push(item)
    running.push(++now)
    await new Promise(setImmediate)
    now--
  })
  assert.equal(now, 0, 'eachOf resolves after the last item has ended')
  return { started, running }
}

test('each item runs once, in order, with no more than the given number at a time', async () => {
  const { started, running } = await run(10, 3)
  assert.deepEqual(started, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  assert.deepEqual(running.slice(0, 3), [1, 2, 3])
  assert.equal(Math.max(...running), 3)
})

test('fewer items than may run at a time all start at once', async () => {
  assert.deepEqual(await run(2, 5), { started: [0, 1], running: [1, 2] })
  assert.deepEqual(await run(0, 5), { started: [], running: [] })
})

test('an item that fails rejects', async () => {
  const work = async (item: string): Promise<void> => {
    if (item === 'b') throw new Error(`${item} failed`)
  }
  await assert.rejects(eachOf(['a', 'b', 'c'], 2, work), /b failed/)
})
