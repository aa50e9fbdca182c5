/** Plays the conformance vectors through the client of this repository. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BoardEvent, connect } from '../../../client/itastream.ts'
import { readVector, type VectorStep, vectorNames } from './vector.ts'
import { playVector } from './vector-player.ts'

describe('the conformance vectors', () => {
  for (const name of vectorNames()) {
    const vector = readVector(name)
    it(`${name}: ${vector.title}`, async () => {
      assert.deepEqual(await playVector(vector), vector.steps)
    })
  }

  it('show a client that reports boards again', async () => {
    /** A client that reports each board twice, the second time without trades. */
    const repeating: typeof connect = options => {
      const client = connect(options)
      const twice = (listener: (event: BoardEvent) => void) => (event: BoardEvent) => {
        listener(event)
        listener({ issue: event.issue, board: event.board, trades: [], snapshot: false })
      }
      const on = ((name: string, listener: (event: never) => void) =>
        name === 'board'
          ? client.on(name, twice(listener as (event: BoardEvent) => void))
          : client.on(name as 'news', listener as never)) as typeof client.on
      return Object.create(client, { on: { value: on } }) as typeof client
    }
    const vector = readVector('boards')
    const countOf = (played: readonly VectorStep[]): number =>
      played.reduce((sum, step) => sum + ('receive' in step ? (step.events?.length ?? 0) : 0), 0)
    // Boards that are repeated for their base price come twice too.
    assert.ok(countOf(await playVector(vector, repeating)) >= 2 * countOf(vector.steps))
  })

  it('are of both encodings and all views, with gaps, lost trades and ends of connections', () => {
    const vectors = vectorNames().map(readVector)
    const steps = vectors.flatMap(vector => vector.steps)
    assert.deepEqual(new Set(vectors.map(({ compressed }) => compressed)), new Set([true, false]))
    const views = steps.flatMap(step => ('subscribe' in step ? [`${step.view} ${step.trades}`] : []))
    assert.deepEqual(new Set(views), new Set(['board true', 'quote false', 'quote true']))
    assert.ok(steps.some(step => 'send' in step && step.send.action === 'snapshot'))
    assert.ok(steps.some(step => 'receive' in step && !step.receive.startsWith('{"')))
    assert.ok(steps.some(step => 'receive' in step && step.receive.includes('"missed":[')))
    assert.ok(steps.some(step => 'send' in step && step.send.action === 'token'))
    assert.ok(steps.some(step => 'receive' in step && step.old))
    assert.ok(steps.some(step => 'receive' in step && step.receive.startsWith('{"type":"end"')))
    const events = steps.flatMap(step => ('receive' in step ? (step.events ?? []) : []))
    assert.ok(events.some(({ lost }) => lost))
    assert.ok(new Set(events.map(({ board }) => board.date)).size > 1)
  })
})
