import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTimeLimit } from '../../posts/time-limit.ts'
import { until } from '../until.ts'

/** Long enough for the steps of a test before it is over. */
const LIMIT_MS = 200

/** Blocks the process. */
function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('items are over in the order of their starts, and not before their time', async () => {
  const over: string[] = []
  const starts = new Map<string, number>()
  const tooEarly: string[] = []
  const limit = createTimeLimit<string>(LIMIT_MS, item => {
    if (performance.now() - starts.get(item)! < LIMIT_MS) tooEarly.push(item)
    over.push(item)
  })
  const start = (item: string): void => {
    starts.set(item, performance.now())
    limit.start(item)
  }
  start('a')
  start('b')
  start('ended')
  limit.end('ended')
  await until(() => over.length === 2, 'the end of a and b')
  start('c')
  await until(() => over.length === 3, 'the end of c, which started with nothing else under way')
  assert.deepEqual([over, tooEarly], [['a', 'b', 'c'], []])
})

test('a later item has its whole time after an earlier item is over', async () => {
  const over: string[] = []
  const limit = createTimeLimit<string>(LIMIT_MS, item => over.push(item))
  limit.start('first')
  compute(LIMIT_MS / 2)
  limit.start('second')
  await until(() => over.length > 0, 'the end of the first item')
  assert.deepEqual(over, ['first'])
  await until(() => over.length > 1, 'the end of the second item')
  assert.deepEqual(over, ['first', 'second'])
})

test('an item that starts again has its whole time once more', async () => {
  const over: string[] = []
  const limit = createTimeLimit<string>(LIMIT_MS, item => over.push(item))
  limit.start('again')
  limit.start('once')
  compute(LIMIT_MS / 2)
  limit.start('again')
  await until(() => over.length > 0, 'the end of the first item')
  assert.deepEqual(over, ['once'])
  await until(() => over.length > 1, 'the end of the item that started again')
})

test('an answer that came during a computation is read before the time is over', async () => {
  const over: string[] = []
  const limit = createTimeLimit<string>(LIMIT_MS, item => over.push(item))
  limit.start('answered')
  limit.start('silent')
  // An answer of another process is read after the timers. setImmediate runs at that point of the event loop.
  setTimeout(() => setImmediate(() => limit.end('answered')), 0)
  compute(LIMIT_MS * 2)
  await until(() => over.length > 0, 'the end of the silent item')
  assert.deepEqual(over, ['silent'])
})
