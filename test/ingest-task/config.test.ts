import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../../ingest-task/config.ts'

const GOOD = {
  LINE_NUMBER: '2',
  LINE_HOST: 'localhost',
  LINE_PORT: '7002',
  LINE_USER: 'reader',
  LINE_PASSWORD: 'open sesame',
  STREAM_NAME: 'ticks',
  LANES: '4',
  MARKET_CLOCK: 'system',
}

test('an environment that is right becomes a configuration', () => {
  const { clock, ...config } = readConfig(GOOD)
  assert.equal(clock.speed(), 1)
  assert.deepEqual(config, {
    line: 2,
    host: 'localhost',
    port: 7002,
    user: 'reader',
    password: 'open sesame',
    streamName: 'ticks',
    lanes: 4,
  })
})

test('all problems are told at once, and the password is not', () => {
  const { STREAM_NAME: _, ...rest } = GOOD
  const bad = { ...rest, LINE_NUMBER: '4', LINE_PASSWORD: '', LINE_PORT: '70000', MARKET_CLOCK: 'noon' }
  assert.throws(() => readConfig(bad), {
    name: 'ConfigError',
    message: [
      'the environment cannot be used:',
      '  LINE_NUMBER: expected a whole number from 1 to 3, got "4"',
      '  LINE_PORT: expected a whole number from 1 to 65535, got "70000"',
      '  LINE_PASSWORD: expected some text',
      '  STREAM_NAME is missing',
      '  MARKET_CLOCK: market clock: expected "system" or real:market:speed with speed > 0, got "noon", got "noon"',
    ].join('\n'),
  })
})
