import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { createIssueLists } from '../../market/issue-parts.ts'
import type { EventOf } from '../../market/market-event.ts'
import { asTradingDate } from '../../market/units.ts'

type Part = EventOf<'issues'>

/** The parts of a list: one issue a part, named by `texts`. */
function partsOf(texts: readonly string[], date = 20261120, line = 1, version?: string): Part[] {
  return texts.map((name, part) => ({
    type: 'issues',
    line,
    tradingDate: asTradingDate(date),
    part,
    parts: texts.length,
    ...(version === undefined ? {} : { version }),
    issues: [{ code: '1301', name, section: '', unit: 100, basePrice: 1, topix500: false }],
  }))
}

test('a list is complete with its last part, in any order, and stays the same array while it is repeated', () => {
  const lists = createIssueLists()
  const [a, b, c] = partsOf(['a', 'b', 'c'])
  assert.equal(lists.add(c!), undefined)
  assert.equal(lists.add(a!), undefined)
  const list = lists.add(b!)
  assert.deepEqual(list, [a, b, c])
  assert.equal(lists.add(a!), list)
  const [other] = partsOf(['x'], 20261120, 2)
  assert.deepEqual(lists.add(other!), [other])
})

test('a list of an older date is ignored, and a list of a newer date starts from its first part', () => {
  const lists = createIssueLists()
  const [a, b] = partsOf(['a', 'b'], 20261124)
  const [olderA, olderB] = partsOf(['c', 'd'])
  lists.add(olderA!)
  assert.equal(lists.add(b!), undefined)
  assert.equal(lists.add(olderB!), undefined)
  assert.deepEqual(lists.add(a!), [a, b])
})

test('a corrected list of a task without versions replaces the list as soon as a part differs', () => {
  const lists = createIssueLists()
  for (const part of partsOf(['a', 'b', 'c'])) lists.add(part)
  const corrected = partsOf(['a', 'x', 'c'])
  const results = corrected.map(part => lists.add(part))
  assert.deepEqual(results, [partsOf(['a', 'b', 'c']), undefined, undefined])
  assert.deepEqual(lists.add(corrected[0]!), corrected)
})

test('property: whatever parts are lost, no list mixes two lists, and a repetition without loss completes the newest', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 })
  const losses = fc.array(fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), { maxLength: 4 })
  const changes = fc.array(fc.record({ texts, losses, isWhole: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(changes, changes => {
      const lists = createIssueLists()
      const sent: Part[][] = []
      for (const { texts, losses, isWhole } of changes) {
        const parts = partsOf(texts, 20261120, 1, texts.join())
        sent.push(parts)
        for (const lost of [...losses, ...(isWhole ? [[]] : [])]) {
          for (const part of parts) {
            if (lost[part.part] === true) continue
            const list = lists.add(part)
            assert.ok(list === undefined || sent.some(parts => isDeepStrictEqual(parts, list)))
          }
        }
        if (isWhole) assert.deepEqual(lists.add(parts[0]!), parts)
      }
    }),
  )
})
