import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { LINE_NUMBERS, LINES, laneHashKey, laneName, laneOf } from '../../market/lane.ts'

const HASH_KEYS = 1n << 128n

suite('the lanes', () => {
  test('of all lines are spread evenly over the hash keys of the stream', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), lanes => {
        const keys = Array.from({ length: LINES }, (_, line) =>
          Array.from({ length: lanes }, (_, lane) => BigInt(laneHashKey(line + 1, lane, lanes))),
        ).flat()
        const width = HASH_KEYS / BigInt(LINES * lanes)
        for (const [index, key] of keys.entries()) {
          const distance = key - BigInt(index) * width
          assert.ok(distance >= 0n && distance <= BigInt(keys.length), `key ${index} of ${keys.length}`)
        }
      }),
    )
  })

  test('are of the lines 1 to 3', () => {
    assert.deepEqual([...LINE_NUMBERS, LINES], [1, 2, 3, 3])
  })

  test('are named by line and number', () => {
    assert.equal(laneName(2, 3), '2-3')
  })

  test('share the issues about evenly, and an issue always has the same lane', () => {
    const lanes = 4
    const counts = new Array<number>(lanes).fill(0)
    for (let code = 1000; code < 9999; code++) {
      const lane = laneOf(String(code), lanes)
      assert.equal(lane, laneOf(String(code), lanes))
      counts[lane]!++
    }
    for (const count of counts) assert.ok(count > 2000 && count < 2500, `lanes hold ${counts} issues`)
  })
})
