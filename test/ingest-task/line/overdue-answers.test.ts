import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { LineEvent } from '../../../ingest-task/line/line-events.ts'
import { A, arrives, B, frameOf, MachineRun, opened } from './machine-run.ts'

const CHECK: LineEvent = { kind: 'check' }
const SNAPSHOT: LineEvent = { kind: 'timer', timer: 'snapshot' }

/** A line whose connections have passed these frames, and that still needs a snapshot. */
function openRun(a: number, b: number): MachineRun {
  const run = new MachineRun()
  run.step({ kind: 'started' })
  run.step(opened(A, a))
  run.step(opened(B, b))
  return run
}

const asked = (run: MachineRun): string[] =>
  run.step(SNAPSHOT).flatMap(effect => (effect.kind === 'request-snapshot' ? `AB`[effect.connection]! : []))

/** Lets time pass in steps of a second at most, with a check after each; returns why connections ended. */
function pass(run: MachineRun, milliseconds: number): string[] {
  const ended: string[] = []
  for (let rest = milliseconds; rest > 0; rest -= 1000) {
    run.now += Math.min(rest, 1000)
    for (const effect of run.step(CHECK)) {
      if (effect.kind === 'disconnect') ended.push(`${'AB'[effect.connection]} ${effect.reason.message}`)
    }
  }
  return ended
}

test('the connection that has come furthest is asked for a snapshot; the first one on a tie', () => {
  assert.deepEqual(asked(openRun(10, 11)), ['B'])
  assert.deepEqual(asked(openRun(11, 10)), ['A'])
  assert.deepEqual(asked(openRun(10, 10)), ['A'])
})

test('without an open connection a snapshot is not requested, but when the next one opens', () => {
  const run = new MachineRun()
  run.step({ kind: 'started' })
  assert.deepEqual(asked(run), [])
  run.step(opened(B, 3))
  assert.deepEqual(asked(run), ['B'])
})

suite('a connection ends', () => {
  test('when it sends no part of a snapshot for more than five seconds', () => {
    const run = openRun(10, 9)
    asked(run)
    assert.deepEqual(pass(run, 5000), [])
    assert.deepEqual(pass(run, 1), ['A expected a snapshot within 5000 ms, got nothing'])
  })

  test('five seconds after its latest part', () => {
    const run = openRun(10, 9)
    asked(run)
    pass(run, 4000)
    run.step(arrives(A, frameOf('prices', 10, Uint8Array.of(1), true)))
    run.step({ kind: 'delivered', readable: true })
    assert.deepEqual(pass(run, 5000), [])
    assert.deepEqual(pass(run, 1), ['A expected a snapshot within 5000 ms, got nothing'])
  })

  test('when it brings no requested frame for more than five seconds', () => {
    const run = openRun(10, 10)
    asked(run)
    run.step(arrives(A, frameOf('snapshot-end', 10)))
    for (const connection of [A, B]) run.step(arrives(connection, frameOf('heartbeat', 12)))
    assert.deepEqual(pass(run, 5000), [])
    assert.deepEqual(pass(run, 1), ['A expected the requested frames within 5000 ms, got nothing'])
  })
})

test('a check that comes more than half of the limit late starts the waiting times again', () => {
  for (const [late, ended] of [
    [2500, 1],
    [2501, 0],
  ] as const) {
    const run = openRun(10, 9)
    asked(run)
    pass(run, 4000)
    run.now += late
    assert.equal(run.step(CHECK).filter(({ kind }) => kind === 'disconnect').length, ended, `${late} ms`)
  }
})

test('states of a line that follow each other at once have different times', () => {
  const run = new MachineRun()
  run.step({ kind: 'started' })
  const { since } = run.state.status
  run.step(opened(A, 10))
  assert.equal(run.state.status.since, since + 1)
  run.now += 5
  run.step({ kind: 'closing' })
  assert.equal(run.state.status.since, since + 1)
})
