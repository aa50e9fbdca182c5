import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { nextRequests } from '../../client/next-requests.ts'
import { createRequestState, type RequestEvent, step } from '../../client/request-state.ts'
import type { ClientMessage } from '../../market/protocol.ts'
import { VIEWS } from '../../market/view.ts'
import {
  ALL_GAPS,
  after,
  answer,
  answerAll,
  connected,
  messagesOf,
  NO_GAP,
  nextMessages,
  want,
} from './request-steps.ts'

describe('the state of requests', () => {
  it('sends nothing before the connection is open, then subscribes to all wanted issues', () => {
    const { sent } = after(want('7203'), want('6758'), connected)
    assert.deepEqual(sent, [{ action: 'subscribe', issues: ['7203', '6758'], id: 1 }])
  })

  it('sends no second request for an issue with a pending request', () => {
    const { sent } = after(connected, want('7203'), { type: 'unwant', issue: '7203' }, want('7203'))
    assert.deepEqual(sent, [{ action: 'subscribe', issues: ['7203'], id: 1 }])
  })

  it('unsubscribes from an issue that was unwanted while its request was pending', () => {
    const { sent } = after(
      connected,
      want('7203'),
      { type: 'unwant', issue: '7203' },
      { type: 'subscribed', id: 1, issues: ['7203'] },
    )
    assert.deepEqual(sent.at(-1), { action: 'unsubscribe', issues: ['7203'], id: 2 })
  })

  it('does not repeat a final refusal until the issue is wanted again or the connection is new', () => {
    const refused: RequestEvent[] = [connected, want('1999'), { type: 'error', id: 1, code: 'unknown-issue' }]
    assert.equal(after(...refused, want('7203')).sent.length, 2)
    assert.deepEqual(after(...refused, want('1999')).sent.at(-1), {
      action: 'subscribe',
      issues: ['1999'],
      id: 2,
    })
    assert.equal(after(...refused, connected).sent.length, 2)
  })

  it('counts an issue as refused that the answer to its request leaves out, and the others as held', () => {
    const { state, sent } = after(connected, want('7203'), want('6758'), {
      type: 'subscribed',
      id: 1,
      issues: ['7203'],
    })
    assert.deepEqual([...state.held.keys()], ['7203'])
    assert.deepEqual([...state.refused], [])
    step(state, { type: 'subscribed', id: 2, issues: [] })
    assert.deepEqual([...state.refused], ['6758'])
    assert.deepEqual([...state.maybeHeld.keys()], ['7203'])
    assert.deepEqual([...state.held], [['7203', 'board']])
    assert.equal(sent.length, 2)
  })

  it('requests each view on its own, with its trades', () => {
    const { state } = after(
      want('7203'),
      want('6758', 'quote'),
      want('130A', 'quote-trades'),
      want('9984', 'quote'),
    )
    step(state, connected)
    assert.deepEqual(nextMessages(state), [
      { action: 'subscribe', issues: ['7203'], id: 1 },
      { action: 'subscribe', issues: ['6758', '9984'], view: 'quote', id: 2 },
      { action: 'subscribe', issues: ['130A'], view: 'quote', trades: true, id: 3 },
    ])
  })

  it('subscribes again to an issue that is wanted in another view, after the answer to its pending request', () => {
    const { state } = after(connected, want('7203', 'quote'))
    step(state, want('7203'))
    assert.deepEqual(nextMessages(state), [])
    step(state, { type: 'subscribed', id: 1, issues: ['7203'], view: 'quote', trades: false })
    assert.deepEqual(nextMessages(state), [{ action: 'subscribe', issues: ['7203'], id: 2 }])
    step(state, { type: 'subscribed', id: 2, issues: ['7203'], view: 'board', trades: true })
    assert.deepEqual(nextMessages(state), [])
    assert.deepEqual([...state.held], [['7203', 'board']])
  })

  it('repeats a request that got another error after the retry pause', () => {
    const { state, sent } = after(connected, want('7203'))
    assert.deepEqual(step(state, { type: 'error', id: 1, code: 'not-connected' }), [
      { type: 'wait', id: 1, until: 'retryPause' },
    ])
    assert.deepEqual(nextRequests(state, NO_GAP), [])
    step(state, { type: 'expired', id: 1 })
    assert.deepEqual(messagesOf(nextRequests(state, NO_GAP)), [{ ...sent[0], id: 2 }])
  })

  it('subscribes again to an issue whose snapshot was refused', () => {
    const { state } = after(connected, want('7203'), { type: 'subscribed', id: 1, issues: ['7203'] })
    const [snapshot] = messagesOf(nextRequests(state, ALL_GAPS))
    assert.deepEqual(snapshot, { action: 'snapshot', issues: ['7203'], id: 2 })
    step(state, { type: 'error', id: 2, code: 'not-subscribed' })
    step(state, { type: 'expired', id: 2 })
    assert.deepEqual(messagesOf(nextRequests(state, ALL_GAPS)), [
      { action: 'subscribe', issues: ['7203'], id: 3 },
    ])
  })

  it('requests a snapshot again after a pause if boards did not close the gap', () => {
    const { state } = after(connected, want('7203'), { type: 'subscribed', id: 1, issues: ['7203'] })
    nextRequests(state, ALL_GAPS)
    assert.deepEqual(step(state, { type: 'snapshot', id: 2, helped: false }), [
      { type: 'wait', id: 2, until: 'retryPause' },
    ])
  })

  it('names 200 boards or 1,000 other issues in a message, which then fits a frame', () => {
    const sizes = (messages: readonly ClientMessage[]): number[] =>
      messages.map(message => {
        assert.ok('issues' in message && JSON.stringify(message).length < 32 * 1024)
        return message.issues.length
      })
    const codes = (count: number, from: number) => Array.from({ length: count }, (_, n) => String(from + n))
    const state = createRequestState()
    step(state, connected)
    for (const issue of codes(200, 10_000)) step(state, { type: 'want', issue, view: 'board' })
    for (const issue of codes(1_000, 20_000)) step(state, { type: 'want', issue, view: 'quote' })
    const requests = nextMessages(state)
    assert.deepEqual(sizes(requests), [200, 1_000])
    for (const request of requests) answer(state, request)
    assert.deepEqual(sizes(messagesOf(nextRequests(state, ALL_GAPS))), [1_000, 200])
    for (const issue of state.wanted.keys()) step(state, { type: 'unwant', issue })
    for (const id of [...state.pending.keys()]) step(state, { type: 'snapshot', id, helped: true })
    assert.deepEqual(sizes(nextMessages(state)), [1_000, 200])
  })

  it('reaches the wanted issues from any history, with at most one pending request an issue', () => {
    const issues = Array.from({ length: 41 }, (_, index) => String(1000 + index))
    const id = fc.nat({ max: 12 })
    const some = fc.subarray(issues)
    const event: fc.Arbitrary<RequestEvent> = fc.oneof(
      fc.record({
        type: fc.constant('want' as const),
        issue: fc.constantFrom(...issues),
        view: fc.constantFrom(...VIEWS),
      }),
      fc.record({ type: fc.constant('unwant' as const), issue: fc.constantFrom(...issues) }),
      fc.constantFrom<RequestEvent>({ type: 'connected' }, { type: 'disconnected' }),
      fc.record({
        type: fc.constantFrom('subscribed' as const, 'unsubscribed' as const),
        id,
        issues: some,
      }),
      fc.record({ type: fc.constant('snapshot' as const), id, helped: fc.boolean() }),
      fc.record({
        type: fc.constant('error' as const),
        id,
        code: fc.constantFrom('unknown-issue', 'not-subscribed', 'not-connected'),
      }),
      fc.record({ type: fc.constant('expired' as const), id }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), events => {
        const state = createRequestState()
        for (const one of events) {
          step(state, one)
          nextRequests(state, { ...NO_GAP, hasGap: issue => issue.endsWith('7') })
          const busy = [...state.pending.values()].flatMap(request => request.issues)
          assert.equal(new Set(busy).size, busy.length)
        }
        step(state, connected)
        answerAll(state)
        assert.deepEqual(state.held, state.wanted)
        assert.equal(state.pending.size, 0)
      }),
      { numRuns: 300 },
    )
  })
})
