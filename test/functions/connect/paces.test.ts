import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pacesOfConnect } from '../../../functions/connect/paces.ts'

test('a pace is at least what the user may have, and at most five seconds', () => {
  const milliseconds = fc.oneof(fc.integer(), fc.integer({ min: 90, max: 5_010 }))
  const setting = fc.integer({ min: 100, max: 5_000 })
  fc.assert(
    fc.property(fc.option(milliseconds), fc.option(milliseconds), setting, (claim, requested, fastest) => {
      const paces = pacesOfConnect({
        claims: claim === null ? {} : { itastream_fastest_pace_ms: claim },
        parameter: requested === null ? undefined : String(requested),
        fastest,
      })
      const mayHave = claim === null ? fastest : claim < 100 ? 100 : claim > 5_000 ? 5_000 : claim
      const wanted = requested ?? 500
      const granted = wanted < mayHave ? mayHave : wanted > 5_000 ? 5_000 : wanted
      assert.deepEqual(paces, { pace: granted, fastestPace: mayHave })
    }),
  )
})

test('a number with any number of digits is in the range or clamped to it', () => {
  const paceOf = (parameter: string) => pacesOfConnect({ claims: {}, parameter, fastest: 100 }).pace
  assert.deepEqual(['0', '-7', '0100', '100', '9'.repeat(400)].map(paceOf), [100, 100, 100, 100, 5_000])
})
