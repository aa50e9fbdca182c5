/** A malformed issue makes the server refuse a whole request: the others are sent again without it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRequestState, step } from '../../client/request-state.ts'
import type { ClientMessage } from '../../market/protocol.ts'
import { VIEWS, type View } from '../../market/view.ts'
import { answer, connected, nextMessages, want } from './request-steps.ts'

const codes = (count: number): string[] => Array.from({ length: count }, (_, index) => String(1000 + index))

/** Answers as a server does that refuses the form of some issues. Returns all requests. */
function play(issues: readonly string[], malformed: ReadonlySet<string>, view: View = 'board') {
  const state = createRequestState()
  for (const issue of issues) step(state, want(issue, view))
  step(state, connected)
  const sent: ClientMessage[] = []
  for (let messages = nextMessages(state); messages.length > 0; messages = nextMessages(state)) {
    sent.push(...messages)
    for (const message of messages) {
      assert.ok('issues' in message && message.id !== undefined)
      if (message.issues.some(issue => malformed.has(issue)))
        step(state, { type: 'error', id: message.id, code: 'bad-message' })
      else answer(state, message)
    }
  }
  return { state, sent }
}

describe('a request that the server refuses for its form', () => {
  it('is sent again in halves, until the malformed issue is alone', () => {
    const { state, sent } = play(['7203', '7203.T', '6758', '9984'], new Set(['7203.T']))
    assert.deepEqual(
      sent.map(message => 'issues' in message && message.issues),
      [['7203', '7203.T', '6758', '9984'], ['7203', '7203.T'], ['6758', '9984'], ['7203'], ['7203.T']],
    )
    assert.deepEqual([...state.held.keys()], ['6758', '9984', '7203'])
    assert.deepEqual([...state.refused], ['7203.T'])
    assert.deepEqual([...state.maybeHeld.keys()], ['6758', '9984', '7203'])
  })

  it('leaves every other issue of the largest request held, in each view', () => {
    for (const view of VIEWS) {
      const issues = codes(view === 'board' ? 200 : 1_000)
      const malformed = issues.at(-1)!
      const { state, sent } = play(issues, new Set([malformed]), view)
      assert.deepEqual([...state.refused], [malformed])
      assert.equal(state.held.size, issues.length - 1)
      // 1,000 issues are halved ten times, 200 eight times.
      assert.ok(sent.length <= 21, `expected at most 21 requests, got ${sent.length}`)
    }
  })

  it('is given up after 33 requests, if the server refuses every form', () => {
    const issues = codes(200)
    const { state, sent } = play(issues, new Set(issues))
    assert.equal(sent.length, 33)
    assert.equal(state.refused.size, 200)
  })

  it('is sent whole on the next connection', () => {
    const { state } = play(['7203', '7203.T', '6758'], new Set(['7203.T']))
    step(state, connected)
    assert.deepEqual(
      nextMessages(state).map(message => 'issues' in message && message.issues),
      [['7203', '7203.T', '6758']],
    )
  })
})
