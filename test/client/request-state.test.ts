import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { nextRequests } from '../../client/next-requests.ts'
import {
  createRequestState,
  type RequestEffect,
  type RequestEvent,
  type RequestState,
  step,
} from '../../client/request-state.ts'
import { viewOf } from '../../client/wanted-views.ts'
import {
  type ClientMessage,
  MAX_BOARDS_PER_CONNECTION,
  MAX_QUOTES_PER_CONNECTION,
} from '../../market/protocol.ts'
import { VIEWS, type View } from '../../market/view.ts'
import { withoutUndefined } from '../../market/without-undefined.ts'

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

const want = (issue: string, view: View = 'board'): RequestEvent => ({ type: 'want', issue, view })
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
    assert.deepEqual(sizes(messagesOf(nextRequests(state, () => true))), [1_000, 200])
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
          nextRequests(state, issue => issue.endsWith('7'))
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

/** A server that works on messages in any order, and a network that delivers its answers in any order. */
class DisorderlyServer {
  readonly held = new Map<string, View>()
  readonly messages: ClientMessage[] = []
  readonly answers: RequestEvent[] = []

  /** Works on one of the messages that have arrived. */
  work(choice: number): void {
    const [message] = this.messages.splice(choice % Math.max(1, this.messages.length), 1)
    if (message === undefined || !('issues' in message) || message.id === undefined) return
    const { action, issues, id } = message
    if (action === 'snapshot') this.answers.push({ type: 'snapshot', id, helped: true })
    else if (action === 'unsubscribe') {
      for (const issue of issues) this.held.delete(issue)
      this.answers.push({ type: 'unsubscribed', id, issues })
    } else {
      const options = action === 'subscribe' ? message : {}
      const view = viewOf(options)
      const next = new Map([...this.held, ...issues.map(issue => [issue, view] as const)])
      const boards = [...next.values()].filter(one => one === 'board').length
      if (boards > MAX_BOARDS_PER_CONNECTION || next.size - boards > MAX_QUOTES_PER_CONNECTION) {
        this.answers.push({ type: 'error', id, code: 'too-many-issues' })
        return
      }
      for (const issue of issues) this.held.set(issue, view)
      this.answers.push({ type: 'subscribed', id, issues, ...options })
    }
  }

  takeAnswer(choice: number): RequestEvent | undefined {
    return this.answers.splice(choice % Math.max(1, this.answers.length), 1)[0]
  }
}

describe('the state of requests at the limit of issues', () => {
  it('subscribes to a new issue only after the server has given up an old one', () => {
    const issues = Array.from({ length: MAX_BOARDS_PER_CONNECTION }, (_, index) => String(1000 + index))
    const state = createRequestState()
    for (const issue of issues) step(state, want(issue))
    step(state, connected)
    answerAll(state)
    step(state, { type: 'unwant', issue: '1000' })
    step(state, want('9999'))
    const [first, ...others] = nextMessages(state)
    assert.deepEqual([first?.action, others], ['unsubscribe', []])
    step(state, { type: 'unsubscribed', id: first?.id ?? 0, issues: ['1000'] })
    const [second] = nextMessages(state)
    assert.deepEqual(second, { action: 'subscribe', issues: ['9999'], id: second?.id })
  })

  it('gives up an issue whose subscription the server worked on after its end', () => {
    const { state } = after(connected, want('7203'), { type: 'expired', id: 1 })
    step(state, { type: 'unwant', issue: '7203' })
    // The subscription was sent a second time, as 2.
    step(state, { type: 'expired', id: 2 })
    assert.deepEqual(nextMessages(state), [{ action: 'unsubscribe', issues: ['7203'], id: 3 }])
    step(state, { type: 'unsubscribed', id: 3, issues: ['7203'] })
    assert.deepEqual(nextMessages(state), [])
    step(state, { type: 'subscribed', id: 1, issues: ['7203'] })
    assert.deepEqual(nextMessages(state), [{ action: 'unsubscribe', issues: ['7203'], id: 4 }])
  })

  it('requests an issue again that was refused for too many, when the server has fewer', () => {
    const { state } = after(connected, want('7203'), want('6758'), {
      type: 'subscribed',
      id: 1,
      issues: ['7203'],
    })
    step(state, { type: 'error', id: 2, code: 'too-many-issues' })
    assert.deepEqual(nextMessages(state), [])
    step(state, { type: 'unwant', issue: '7203' })
    const [unsubscribe] = nextMessages(state)
    step(state, { type: 'unsubscribed', id: unsubscribe?.id ?? 0, issues: ['7203'] })
    assert.deepEqual(nextMessages(state)[0]?.action, 'subscribe')
  })

  it('reaches the wanted issues in their views, in whatever order the server works and answers', () => {
    const pool = Array.from({ length: MAX_BOARDS_PER_CONNECTION + 30 }, (_, index) => String(1000 + index))
    const choice = fc.nat({ max: 1_000 })
    const move = fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constant('swap' as const), choice }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('view' as const), choice }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('work' as const), choice }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('answer' as const), choice }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('expire' as const), choice }) },
    )
    fc.assert(
      fc.property(fc.array(move, { maxLength: 80 }), moves => {
        const server = new DisorderlyServer()
        const state = createRequestState()
        const apply = (event: RequestEvent | undefined): void => {
          if (event !== undefined) step(state, event)
          server.messages.push(...nextMessages(state))
        }
        const drain = (): void => {
          while (server.messages.length + server.answers.length > 0) {
            server.work(0)
            apply(server.takeAnswer(0))
          }
        }
        for (const issue of pool.slice(0, MAX_BOARDS_PER_CONNECTION)) apply(want(issue))
        apply(connected)
        drain()
        for (const { type, choice: chosen } of moves) {
          const given = [...state.wanted.keys()][chosen % state.wanted.size]!
          const free = pool.filter(issue => !state.wanted.has(issue))
          if (type === 'swap') {
            apply({ type: 'unwant', issue: given })
            apply(want(free[chosen % free.length]!))
          } else if (type === 'view') apply(want(given, VIEWS[chosen % VIEWS.length]!))
          else if (type === 'work') server.work(chosen)
          else if (type === 'answer') apply(server.takeAnswer(chosen))
          else {
            const ids = [...state.pending.keys()]
            const id = ids[chosen % Math.max(1, ids.length)]
            if (id !== undefined) apply({ type: 'expired', id })
          }
        }
        // What waits after an error is sent again, until nothing is left to do.
        for (let rounds = 0; rounds < 10; rounds++) {
          drain()
          for (const id of [...state.pending.keys()]) apply({ type: 'expired', id })
        }
        assert.deepEqual(server.held, state.wanted)
        assert.deepEqual(state.held, state.wanted)
      }),
      { numRuns: 500 },
    )
  })
})

/** Answers requests as a server without faults does, until there are none. */
function answerAll(state: RequestState): void {
  for (let messages = nextMessages(state); messages.length > 0; messages = nextMessages(state)) {
    for (const message of messages) answer(state, message)
  }
}

function answer(state: RequestState, message: ClientMessage): void {
  if (!('issues' in message) || message.id === undefined) return
  const { issues, id } = message
  if (message.action === 'subscribe') {
    const { view, trades } = message
    step(state, { type: 'subscribed', id, issues, ...withoutUndefined({ view, trades }) })
  } else if (message.action === 'snapshot') step(state, { type: 'snapshot', id, helped: true })
  else step(state, { type: 'unsubscribed', id, issues })
}

function nextMessages(state: RequestState): ClientMessage[] {
  return messagesOf(nextRequests(state, NO_GAP))
}
