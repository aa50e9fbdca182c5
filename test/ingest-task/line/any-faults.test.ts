import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { A, B } from './machine-run.ts'
import { SimulatedLine } from './simulated-line.ts'

/** What may happen to a line without the loss of a message, by name. Each function takes the number of a connection. */
const HARMLESS = {
  send: line => line.send(),
  arrive: (line, connection) => line.arrive(connection),
  pass: line => line.pass(30),
  lose: (line, connection) => line.lose(connection),
  repeat: (line, connection) => line.repeat(connection),
  swap: (line, connection) => line.swap(connection),
  damage: (line, connection) => line.damage(connection),
  reset: (line, connection) => line.reset(connection),
  restart: line => line.restart(),
  'be unreadable once': line => void line.consumer.unreadable.set(line.messages + 1, 1),
} as const satisfies Record<string, (line: SimulatedLine, connection: number) => void>
const LOSING = {
  ...HARMLESS,
  forget: line => line.forget(),
  'be unreadable': line => void line.consumer.unreadable.set(line.messages + 1, 3),
} as const satisfies Record<string, (line: SimulatedLine, connection: number) => void>

/** Returns how a line that all of this happened to ends, once it is left alone. */
function endOf(happenings: readonly { readonly what: keyof typeof LOSING; readonly connection: number }[]) {
  const line = new SimulatedLine()
  line.pass(0)
  for (const connection of [A, B]) {
    line.arrive(connection)
    line.arrive(connection)
  }
  for (const { what, connection } of happenings) LOSING[what](line, connection)
  line.settle()
  return line
}

function happeningsOf<What extends string>(names: readonly What[]) {
  const frequent = names.slice(0, 2)
  const what = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...frequent) },
    { weight: 2, arbitrary: fc.constantFrom(...names) },
  )
  return fc.array(fc.record({ what, connection: fc.constantFrom(A, B) }), { maxLength: 120, size: 'max' })
}

test('whatever happens to the frames of two connections, every message is delivered once and in order', () => {
  const names = Object.keys(HARMLESS) as (keyof typeof HARMLESS)[]
  fc.assert(
    fc.property(happeningsOf(names), happenings => {
      const { consumer, messages } = endOf(happenings)
      const { last, lost, state } = consumer
      assert.deepEqual({ last, lost, state }, { last: messages, lost: 0, state: 'live' })
    }),
    { numRuns: 300 },
  )
})

test('a message that the line cannot send again is declared lost by a snapshot, and no other message is left out', () => {
  const names = Object.keys(LOSING) as (keyof typeof LOSING)[]
  fc.assert(
    fc.property(happeningsOf(names), happenings => {
      const { consumer, messages } = endOf(happenings)
      assert.deepEqual([consumer.last, consumer.state], [messages, 'live'])
    }),
    { numRuns: 300 },
  )
})
