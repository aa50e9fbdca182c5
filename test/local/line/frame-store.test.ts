import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { FrameStore } from '../../../local/line/frame-store.ts'

const LIMIT_BYTES = 1024 * 1024

suite('the frames that a line keeps', () => {
  test('are returned as they were added', () => {
    const frame = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 50 }), fc.nat(), fc.nat(), (frames, a, b) => {
        const store = new FrameStore(LIMIT_BYTES)
        for (const each of frames) store.add(each)
        const [from, to] = [1 + (a % frames.length), 1 + (b % frames.length)].sort((x, y) => x - y)
        assert.deepEqual(
          store.range(from!, to!)?.map(bytes => [...bytes]),
          frames.slice(from! - 1, to).map(bytes => [...bytes]),
        )
      }),
    )
  })

  test('are the latest ones, within the limit', () => {
    const store = new FrameStore(LIMIT_BYTES)
    const count = 3_000
    for (let number = 1; number <= count; number++) store.add(Buffer.alloc(1_000, number % 256))
    assert.equal(store.range(1, 1), undefined)
    const latest = store.range(count - 500, count)
    assert.equal(latest?.length, 501)
    assert.equal(latest?.at(-1)?.[0], count % 256)
    assert.equal(store.range(count, count + 1), undefined)
  })

  test('can be larger than a block', () => {
    const store = new FrameStore(LIMIT_BYTES)
    store.add(Buffer.alloc(10, 1))
    store.add(Buffer.alloc(400_000, 2))
    store.add(Buffer.alloc(10, 3))
    assert.deepEqual(
      store.range(1, 3)?.map(({ length }) => length),
      [10, 400_000, 10],
    )
  })
})
