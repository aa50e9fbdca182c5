import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEmitter } from '../../client/emitter.ts'

test('each listener of a name gets its events, until it is removed', () => {
  const emitter = createEmitter<{ tick: number; constructor: number }>()
  const got: string[] = []
  const listener = (event: number): void => void got.push(`a${event}`)
  const removeFirst = emitter.on('tick', listener)
  const removeSecond = emitter.on('tick', listener)
  emitter.on('tick', event => got.push(`b${event}`))
  emitter.emit('tick', 1)
  removeFirst()
  removeFirst()
  emitter.emit('tick', 2)
  removeSecond()
  emitter.emit('tick', 3)
  assert.deepEqual(got, ['a1', 'a1', 'b1', 'a2', 'b2', 'b3'])
  emitter.emit('constructor', 4)
})

test('a listener that is added by a listener gets the next event', () => {
  const emitter = createEmitter<{ tick: number }>()
  const got: number[] = []
  emitter.on('tick', () => emitter.on('tick', event => got.push(event)))
  emitter.emit('tick', 1)
  assert.deepEqual(got, [])
  emitter.emit('tick', 2)
  assert.deepEqual(got, [2])
})
