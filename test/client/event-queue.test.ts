import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { iterateEvents, latestByKey, type Sink } from '../../client/event-queue.ts'

type Keyed = readonly [key: string, value: number]

/** Opens an iterator whose events the test gives. */
function openIterator() {
  let sink: Sink<Keyed> | undefined
  let stops = 0
  const iterator = iterateEvents<Keyed>(
    latestByKey(([key]) => key),
    given => {
      sink = given
      return () => {
        stops++
      }
    },
  )
  return { iterator, sink: sink!, stops: () => stops }
}

suite('events of an async iterator', () => {
  test('come in order, whether they wait for the consumer or the consumer for them', async () => {
    const { iterator, sink } = openIterator()
    sink.event(['a', 1])
    sink.event(['b', 2])
    assert.deepEqual(await iterator.next(), { done: false, value: ['a', 1] })
    assert.deepEqual(await iterator.next(), { done: false, value: ['b', 2] })
    const both = [iterator.next(), iterator.next()]
    sink.event(['a', 3])
    sink.event(['a', 4])
    assert.deepEqual(await Promise.all(both), [
      { done: false, value: ['a', 3] },
      { done: false, value: ['a', 4] },
    ])
  })

  test('replace a waiting event with the same key, in its place', async () => {
    const { iterator, sink } = openIterator()
    sink.event(['a', 1])
    sink.event(['b', 2])
    sink.event(['a', 3])
    assert.deepEqual(await iterator.next(), { done: false, value: ['a', 3] })
    assert.deepEqual(await iterator.next(), { done: false, value: ['b', 2] })
  })

  test('end after the events that wait; an error comes once', async () => {
    const { iterator, sink } = openIterator()
    sink.event(['a', 1])
    sink.end(new Error('refused'))
    sink.event(['b', 2])
    sink.end()
    assert.deepEqual(await iterator.next(), { done: false, value: ['a', 1] })
    await assert.rejects(iterator.next(), /^Error: refused$/)
    assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  })

  test('stop when the loop ends', async () => {
    const { iterator, sink, stops } = openIterator()
    sink.event(['a', 1])
    sink.event(['b', 2])
    const loop = { [Symbol.asyncIterator]: () => iterator }
    for await (const event of loop) {
      assert.deepEqual(event, ['a', 1])
      break
    }
    assert.equal(stops(), 1)
    sink.event(['c', 3])
    assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  })
})
