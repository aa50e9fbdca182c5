import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  createRequestState,
  ISSUES_PER_REQUEST,
  nextRequests,
  type RequestEffect,
  type RequestEvent,
  type RequestState,
  step,
} from '../../client/request-state.ts'
import type { ClientMessage } from '../../market/protocol.ts'

const NO_GAP = (): boolean => false

/** A state to which events were applied, with the requests that it then sends. */
function after(...events: RequestEvent[]): { state: RequestState; sent: ClientMessage[] } {
  const state = createRequestState()
  const sent: ClientMessage[] = []
  for (const event of events) {
    step(state, event)
    sent.push(...messagesOf(nextRequests(state, NO_GAP)))
  }
  return { state, sent }
}

function messagesOf(effects: readonly RequestEffect[]): ClientMessage[] {
  return effects.flatMap(effect => (effect.type === 'send' ? effect.message : []))
}

const want = (issue: string): RequestEvent => ({ type: 'want', issue })
const connected: RequestEvent = { type: 'connected' }

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
    const [snapshot] = messagesOf(nextRequests(state, () => true))
    assert.deepEqual(snapshot, { action: 'snapshot', issues: ['7203'], id: 2 })
    step(state, { type: 'error', id: 2, code: 'not-subscribed' })
    step(state, { type: 'expired', id: 2 })
    assert.deepEqual(messagesOf(nextRequests(state, () => true)), [
      { action: 'subscribe', issues: ['7203'], id: 3 },
    ])
  })

  it('requests a snapshot again after a pause if boards did not close the gap', () => {
    const { state } = after(connected, want('7203'), { type: 'subscribed', id: 1, issues: ['7203'] })
    nextRequests(state, () => true)
    assert.deepEqual(step(state, { type: 'snapshot', id: 2, helped: false }), [
      { type: 'wait', id: 2, until: 'retryPause' },
    ])
  })

  it('reaches the wanted issues from any history, with at most one pending request an issue', () => {
    const issues = Array.from({ length: 2 * ISSUES_PER_REQUEST + 1 }, (_, index) => String(1000 + index))
    const id = fc.nat({ max: 12 })
    const some = fc.subarray(issues)
    const event: fc.Arbitrary<RequestEvent> = fc.oneof(
      fc.record({
        type: fc.constantFrom('want' as const, 'unwant' as const),
        issue: fc.constantFrom(...issues),
      }),
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
          nextRequests(state, issue => issue.endsWith('7'))
          const busy = [...state.pending.values()].flatMap(request => request.issues)
          assert.equal(new Set(busy).size, busy.length)
          for (const request of state.pending.values()) assert.ok(request.issues.length <= ISSUES_PER_REQUEST)
        }
        step(state, connected)
        answerAll(state)
        assert.deepEqual(new Set(state.held), state.wanted)
        assert.equal(state.pending.size, 0)
      }),
      { numRuns: 300 },
    )
  })
})

/** Answers requests as a server without faults does, until there are none. */
function answerAll(state: RequestState): void {
  for (let messages = nextMessages(state); messages.length > 0; messages = nextMessages(state)) {
    for (const message of messages) {
      if (message.action === 'ping' || message.id === undefined) continue
      const { action, issues, id } = message
      const type = ({ subscribe: 'subscribed', unsubscribe: 'unsubscribed', snapshot: 'snapshot' } as const)[
        action
      ]
      step(state, type === 'snapshot' ? { type, id, helped: true } : { type, id, issues })
    }
  }
}

function nextMessages(state: RequestState): ClientMessage[] {
  return messagesOf(nextRequests(state, NO_GAP))
}
