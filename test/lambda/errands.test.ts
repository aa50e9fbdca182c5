import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createErrands } from '../../lambda/errands.ts'

/** A job that ends when `end` is called. */
function openJob() {
  const { promise, resolve } = Promise.withResolvers<void>()
  const job = { isStarted: false, end: () => resolve() }
  const run = (): Promise<void> => {
    job.isStarted = true
    return promise
  }
  return { job, run }
}

test('one job a key runs at a time, and at most so many in all', async () => {
  const errands = createErrands<string>(2)
  const [a, again, b, c] = [openJob(), openJob(), openJob(), openJob()]
  errands.start('a', a.run)
  errands.start('a', again.run)
  errands.start('b', b.run)
  errands.start('c', c.run)
  assert.deepEqual(
    [a, again, b, c].map(({ job }) => job.isStarted),
    [true, false, true, false],
  )
  let isSettled = false
  const settled = errands.settled().then(() => {
    isSettled = true
  })
  a.job.end()
  await new Promise(setImmediate)
  assert.equal(isSettled, false)
  errands.start('a', again.run)
  assert.equal(again.job.isStarted, true)
  again.job.end()
  b.job.end()
  await settled
  errands.start('c', c.run)
  assert.equal(c.job.isStarted, true)
  c.job.end()
})

test('the last running job is waited for', async () => {
  const errands = createErrands<string>(2)
  await errands.settled()
  const { job, run } = openJob()
  errands.start('a', run)
  let isSettled = false
  const settled = errands.settled().then(() => {
    isSettled = true
  })
  await new Promise(setImmediate)
  assert.equal(isSettled, false)
  job.end()
  await settled
})
