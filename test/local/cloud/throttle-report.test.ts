import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createThrottleReport } from '../../../local/cloud/quotas/throttle-report.ts'

function openReport(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const lines: string[] = []
  const report = createThrottleReport(line => lines.push(line))
  const take = (): string[] => lines.splice(0)
  return { report, take, pass: (seconds: number) => t.mock.timers.tick(seconds * 1000) }
}

test('refusals are reported after a second, and then every ten seconds', t => {
  const { report, take, pass } = openReport(t)
  const posts = report.counter('posts', '10,000 requests/s')
  const writes = report.counter('writes of Boards', '1,000 write units/s of a partition')
  const samePosts = report.counter('posts', '10,000 requests/s')
  for (let count = 0; count < 602; count++) {
    posts()
    samePosts()
  }
  writes()
  assert.deepEqual(take(), [])
  pass(1)
  assert.deepEqual(take(), [
    'quota: 1,204 posts refused (10,000 requests/s)',
    'quota: 1 writes of Boards refused (1,000 write units/s of a partition)',
  ])
  posts()
  pass(9)
  assert.deepEqual(take(), [])
  pass(1)
  assert.deepEqual(take(), ['quota: 1 posts refused (10,000 requests/s)'])
  assert.equal(report.total, 1_206)
})

test('nothing is reported while nothing is refused, and the next refusal after a second again', t => {
  const { report, take, pass } = openReport(t)
  const posts = report.counter('posts', '10,000 requests/s')
  pass(60)
  posts()
  pass(1)
  pass(10)
  pass(60)
  assert.deepEqual(take(), ['quota: 1 posts refused (10,000 requests/s)'])
  posts()
  pass(1)
  assert.deepEqual(take(), ['quota: 1 posts refused (10,000 requests/s)'])
})

test('the end reports what is left', t => {
  const { report, take } = openReport(t)
  report.counter('posts', '10,000 requests/s')()
  report.close()
  assert.deepEqual(take(), ['quota: 1 posts refused (10,000 requests/s)'])
})
