import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createRequests, type Refusal } from '../../client/requests.ts'
import type { ClientMessage } from '../../market/protocol.ts'

const TIMING = { answerTimeout: 1_000, retryPause: 100 }

/** Requests of an open connection. Time passes only by `pass`. */
function openRequests(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const sent: ClientMessage[] = []
  const gaps = new Set<string>()
  const refused: Refusal[] = []
  const requests = createRequests({
    send: message => void sent.push(message),
    onRefused: refusal => void refused.push(refusal),
    needs: { hasGap: issue => gaps.has(issue), position: () => undefined },
    timing: TIMING,
  })
  requests.apply({ type: 'connected' })
  return {
    requests,
    gaps,
    refused,
    take: () => sent.splice(0),
    async pass(milliseconds = 0) {
      t.mock.timers.tick(milliseconds)
      await Promise.resolve()
    },
  }
}

test('changes of one task share a request, which is sent in the next microtask', async t => {
  const { requests, take, pass } = openRequests(t)
  for (const issue of ['7203', '6758']) requests.apply({ type: 'want', issue, view: 'board' })
  assert.deepEqual(take(), [])
  await pass()
  assert.deepEqual(take(), [{ action: 'subscribe', issues: ['7203', '6758'], id: 1 }])
  requests.settle()
  await pass()
  assert.deepEqual(take(), [])
})

test('a request without an answer is sent again after the time limit, with a new id', async t => {
  const { requests, take, pass } = openRequests(t)
  requests.apply({ type: 'want', issue: '7203', view: 'board' })
  await pass()
  take()
  await pass(999)
  assert.deepEqual(take(), [])
  await pass(1)
  assert.deepEqual(take(), [{ action: 'subscribe', issues: ['7203'], id: 2 }])
  requests.apply({ type: 'subscribed', id: 2, issues: ['7203'] })
  await pass(5_000)
  assert.deepEqual(take(), [])
})

test('a request that got an error is sent again after a pause, which replaces the time limit', async t => {
  const { requests, take, pass } = openRequests(t)
  requests.apply({ type: 'want', issue: '7203', view: 'board' })
  await pass(950)
  take()
  requests.apply({ type: 'error', id: 1, code: 'not-connected' })
  await pass(99)
  assert.deepEqual(take(), [])
  await pass(1)
  assert.deepEqual(take(), [{ action: 'subscribe', issues: ['7203'], id: 2 }])
})

test('an issue with a gap gets a snapshot when the boards have settled', async t => {
  const { requests, gaps, take, pass } = openRequests(t)
  requests.apply({ type: 'want', issue: '7203', view: 'board' })
  await pass()
  requests.apply({ type: 'subscribed', id: 1, issues: ['7203'] })
  await pass()
  take()
  gaps.add('7203')
  requests.settle()
  await pass()
  assert.deepEqual(take(), [{ action: 'snapshot', issues: ['7203'], id: 2 }])
  assert.deepEqual([2, 3, undefined].map(requests.hasGapIn), [true, false, false])
  gaps.clear()
  assert.equal(requests.hasGapIn(2), false)
})

test('refused issues are reported with the answer that has the accepted issues', async t => {
  const { requests, refused, pass } = openRequests(t)
  for (const issue of ['7203', '1999', '2999']) requests.apply({ type: 'want', issue, view: 'board' })
  await pass()
  requests.apply({ type: 'error', id: 1, code: 'unknown-issue' })
  assert.deepEqual(refused, [])
  requests.apply({ type: 'subscribed', id: 1, issues: ['7203'] })
  assert.deepEqual(refused, [{ code: 'unknown-issue', issues: ['1999', '2999'] }])
  await pass(TIMING.answerTimeout)
  assert.equal(refused.length, 1)
})

test('refused issues are reported after the longest wait for an answer, or when the connection ends', async t => {
  const { requests, refused, pass } = openRequests(t)
  requests.apply({ type: 'want', issue: '1999', view: 'board' })
  await pass()
  requests.apply({ type: 'error', id: 1, code: 'unknown-issue' })
  await pass(TIMING.answerTimeout - 1)
  assert.deepEqual(refused, [])
  await pass(1)
  assert.deepEqual(refused, [{ code: 'unknown-issue', issues: ['1999'] }])
})

test('issues for which the connection has no room are reported at once', async t => {
  const { requests, refused, pass } = openRequests(t)
  for (const issue of ['7203', '6758']) requests.apply({ type: 'want', issue, view: 'board' })
  await pass()
  requests.apply({ type: 'error', id: 1, code: 'too-many-issues' })
  assert.deepEqual(refused, [{ code: 'too-many-issues', issues: ['7203', '6758'] }])
})
