import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRequestState, type RequestEvent, step } from '../../client/request-state.ts'
import { viewOf } from '../../client/wanted-views.ts'
import {
  type ClientMessage,
  MAX_BOARDS_PER_CONNECTION,
  MAX_QUOTES_PER_CONNECTION,
} from '../../market/protocol.ts'
import { VIEWS, type View } from '../../market/view.ts'
import { after, answerAll, connected, nextMessages, want } from './request-steps.ts'

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
