import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeLoginAnswer } from '../../../ingest-task/line/control.ts'
import type { LineEffect, LineEvent } from '../../../ingest-task/line/line-events.ts'
import { encodeRows } from '../../../ingest-task/quick/text.ts'
import { asTradingDate } from '../../../market/units.ts'
import { A, arrives, B, frameOf, MachineRun, opened, readable, SESSION } from './machine-run.ts'

const SNAPSHOT: LineEvent = { kind: 'timer', timer: 'snapshot' }
const HOUR = 3_600_000_000

/** A line that is live after frame 10 on connection A. */
function liveRun(): MachineRun {
  const run = new MachineRun()
  run.step({ kind: 'started' })
  run.step(opened(A, 10))
  run.step(SNAPSHOT)
  run.step(arrives(A, frameOf('snapshot-end', 10)))
  assert.equal(run.state.status.state, 'live')
  return run
}

const ended = (effects: readonly LineEffect[]): string[] =>
  effects.flatMap(effect =>
    effect.kind === 'disconnect' ? [`${'AB'[effect.connection]} ${effect.reason.message}`] : [],
  )

test('a connection that carries the trading date of tomorrow is ended, and the other one goes on', () => {
  const run = liveRun()
  const answer = { tradingDate: asTradingDate(20261121), session: SESSION }
  const effects = run.step({ kind: 'opened', connection: B, answer, sequence: 3 })
  assert.deepEqual(ended(effects), ['B login answer: expected a trading date up to 20261120, got 20261121'])
  assert.deepEqual([run.state.carried?.tradingDate, run.state.status.state], [20261120, 'live'])
  const [delivery] = run.step(arrives(A, frameOf('prices', 11, Uint8Array.of(1))))
  assert.equal(delivery?.kind, 'deliver')
})

test('a line without a date of the calendar or a session of the day is refused', () => {
  const decode = (date: string, session: string) => () => decodeLoginAnswer(encodeRows([[date, session]]))
  assert.deepEqual(decode('20261120', '86399999')(), { tradingDate: 20261120, session: 86_399_999 })
  assert.throws(decode('20261131', '1'), /expected a date of the calendar, got "20261131"/)
  assert.throws(decode('20261120', '86400000'), /expected a session in milliseconds of a day/)
})

test('a connection whose numbers leap far ahead is ended, and no frame is requested in vain', () => {
  for (const type of ['heartbeat', 'prices', 'snapshot-end'] as const) {
    const run = liveRun()
    const effects = run.step(arrives(A, frameOf(type, 4_000_000_000, Uint8Array.of(1))))
    assert.deepEqual(ended(effects), [`A expected a ${type} frame with a number up to 65546, got 4000000000`])
    assert.ok(!effects.some(({ kind }) => kind === 'request-frames' || kind === 'deliver'))
    assert.equal(run.state.sequencer.highest, 10)
    run.step(opened(A, 11))
    assert.deepEqual(
      run.step(arrives(A, frameOf('prices', 11, Uint8Array.of(1)))).map(({ kind }) => kind)[0],
      'deliver',
    )
  }
})

test('a connection may leave out frames of a minute: they are requested', () => {
  const run = liveRun()
  const effects = run.step(arrives(A, frameOf('heartbeat', 65_546)))
  assert.deepEqual(ended(effects), [])
  assert.ok(effects.some(({ kind }) => kind === 'request-frames'))
})

test('a phase with a time that is to come does not hide the phases after it', () => {
  const run = liveRun()
  const phase = (sequence: number, time: number, name: string) =>
    arrives(A, frameOf('market', sequence, encodeRows([[String(time), name]])))
  assert.equal(run.step(phase(11, 23 * HOUR, 'morning'))[0]?.kind, 'deliver')
  run.step(readable)
  run.now += 1000
  assert.equal(run.step(phase(12, 9 * HOUR + 500_000, 'lunch'))[0]?.kind, 'deliver')
})
