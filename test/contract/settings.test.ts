import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings, requiredText, roomCount, wholeNumber } from '../../contract/settings.ts'

const entries = { TICKS_TABLE: requiredText, KEEP_DAYS: wholeNumber(1, 100), ROOM_COUNT: roomCount }

test('settings are read as what they are', () => {
  const environment = { TICKS_TABLE: 'ticks', KEEP_DAYS: '31', ROOM_COUNT: '10', OTHER: 'x' }
  assert.deepEqual(readSettings(entries, environment), {
    TICKS_TABLE: 'ticks',
    KEEP_DAYS: 31,
    ROOM_COUNT: 10,
  })
})

test('everything that is wrong with settings is said at once', () => {
  assert.throws(() => readSettings(entries, { TICKS_TABLE: '', KEEP_DAYS: '101' }), {
    name: 'SettingsError',
    message: [
      'TICKS_TABLE: expected a value, got ""',
      'KEEP_DAYS: expected a whole number from 1 to 100, got "101"',
      'ROOM_COUNT: expected a whole number, got none',
    ].join('\n'),
  })
})
