import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withParameters } from '../../client/address.ts'

test('an address gets parameters next to those that it has', () => {
  const cases: readonly (readonly [address: string, parameters: Record<string, string>, expected: string])[] =
    [
      ['wss://example.com/live', { pace: '1000' }, 'wss://example.com/live?pace=1000'],
      ['wss://example.com/live?', { pace: '1000' }, 'wss://example.com/live?pace=1000'],
      ['wss://example.com/live?stage=1', { pace: '1000' }, 'wss://example.com/live?stage=1&pace=1000'],
      [
        'wss://example.com/live?pace=5&stage=1&pace=6',
        { pace: '7' },
        'wss://example.com/live?stage=1&pace=7',
      ],
      [
        'https://example.com/v1?a=b=c#part',
        { from: '09:00+09:00' },
        'https://example.com/v1?a=b=c&from=09%3A00%2B09%3A00',
      ],
    ]
  for (const [address, parameters, expected] of cases) {
    assert.equal(withParameters(address, parameters), expected)
    assert.equal(new URL(expected).href, expected)
  }
})
