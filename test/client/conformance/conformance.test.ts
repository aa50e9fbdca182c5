/** Plays the conformance vectors through the client of this repository. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readVector, vectorNames } from './vector.ts'
import { playVector } from './vector-player.ts'

describe('the conformance vectors', () => {
  for (const name of vectorNames()) {
    const vector = readVector(name)
    it(`${name}: ${vector.title}`, async () => {
      assert.deepEqual(await playVector(vector), vector.steps)
    })
  }

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
