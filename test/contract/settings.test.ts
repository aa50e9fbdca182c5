import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  COMMON_SETTINGS,
  keepDays,
  laneCount,
  readSettings,
  requiredText,
  roomCount,
  SettingsError,
  storeSeconds,
  wholeNumber,
} from '../../contract/settings.ts'
import { momentOf } from '../../market/moment.ts'
import { asTradingDate } from '../../market/units.ts'

const entries = { TICKS_TABLE: requiredText, KEEP_DAYS: wholeNumber(1, 100), ROOM_COUNT: roomCount }

test('settings are read as what they are', () => {
  const environment = { TICKS_TABLE: 'ticks', KEEP_DAYS: '31', ROOM_COUNT: '10', OTHER: 'x' }
  assert.deepEqual(readSettings(entries, environment), {
    TICKS_TABLE: 'ticks',
    KEEP_DAYS: 31,
    ROOM_COUNT: 10,
  })
})

test('a text of one character is a value', () => {
  assert.deepEqual(readSettings({ TICKS_TABLE: requiredText }, { TICKS_TABLE: 't' }), { TICKS_TABLE: 't' })
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

test('a number is taken from its lowest to its highest value, in digits alone', () => {
  const bounds = {
    keepDays: [1, 3_653],
    storeSeconds: [0, 3_600],
    laneCount: [1, 64],
    roomCount: [1, 1_000],
  } as const
  const settings = { keepDays, storeSeconds, laneCount, roomCount }
  for (const name of ['keepDays', 'storeSeconds', 'laneCount', 'roomCount'] as const) {
    const [low, high] = bounds[name]
    const one = { [name]: settings[name] }
    for (const value of [low, high]) {
      assert.deepEqual(readSettings(one, { [name]: String(value) }), { [name]: value })
    }
    for (const wrong of [String(low - 1), String(high + 1), '', '1.5', ' 1', '1e1']) {
      assert.throws(() => readSettings(one, { [name]: wrong }), {
        message: `${name}: expected a whole number from ${low} to ${high}, got "${wrong}"`,
      })
    }
  }
})

test('the clock of the market is that of the system, unless the setting has another', () => {
  const system = readSettings(COMMON_SETTINGS, {}).MARKET_CLOCK
  assert.ok(Math.abs(system.now() / 1000 - Date.now()) < 1_000)
  assert.equal(system.speed(), 1)
  const start = momentOf(asTradingDate(20261120), 9 * 3_600_000_000)
  const shifted = readSettings(COMMON_SETTINGS, {
    MARKET_CLOCK: `${Date.now()}:${start / 1000}:10`,
  }).MARKET_CLOCK
  assert.equal(shifted.speed(), 10)
  assert.ok(shifted.now() >= start && shifted.now() < start + 60_000_000)
  assert.throws(() => readSettings(COMMON_SETTINGS, { MARKET_CLOCK: 'tomorrow' }), SettingsError)
})
