import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { planFill } from '../../../local/replay/replay-market.ts'
import { parseOptions } from '../../../local/replay/replay-options.ts'

const MINUTE = 60_000_000
const NINE = 540 * MINUTE

suite('the options of a replay', () => {
  test('need a date and an archive, and have defaults for the rest', () => {
    assert.deepEqual(parseOptions(['--date', '2026-11-20', '--archive', 'a']), {
      date: 20261120,
      archive: 'a',
      live: NINE,
      speed: 1,
      port: 8080,
    })
    assert.deepEqual(
      parseOptions('--date 2026-11-20 --archive a --time 08:59:30 --speed 5 --port 9000 --data d'.split(' ')),
      { date: 20261120, archive: 'a', live: NINE - MINUTE / 2, speed: 5, port: 9000, data: 'd' },
    )
    assert.equal(parseOptions(['-h']), 'help')
  })

  test('are refused with all mistakes in one error', () => {
    assert.throws(() => parseOptions('--date 2026-11-22 --time 7:00 --speed 0 --port no'.split(' ')), {
      name: 'OptionsError',
      message: [
        '--date: expected YYYY-MM-DD on which the Tokyo exchange trades, got "2026-11-22"',
        '--archive is missing',
        '--time: expected HH:MM or HH:MM:SS from 08:00 to 16:00 Tokyo time, got "7:00"',
        '--speed: expected a number from 0.1 to 60, got "0"',
        '--port: expected a whole number from 1 to 65532, got "no"',
      ].join('\n'),
    })
    assert.throws(() => parseOptions([]), { message: '--date is missing\n--archive is missing' })
  })
})

suite('the fast part before live', () => {
  const minutes = (each: number) => new Array<number>(1440).fill(each)

  test('is half an hour, and takes the usual time if it has few ticks', () => {
    assert.deepEqual(planFill(minutes(100), NINE), { from: NINE - 30 * MINUTE, fillMilliseconds: 24_000 })
  })

  test('takes longer if it has more ticks', () => {
    assert.deepEqual(planFill(minutes(10_000), NINE), { from: NINE - 30 * MINUTE, fillMilliseconds: 60_000 })
  })

  test('is shorter than half an hour if all of it would take too long', () => {
    assert.deepEqual(planFill(minutes(200_000), NINE), { from: NINE - 3 * MINUTE, fillMilliseconds: 120_000 })
  })

  test('does not start before orders are accepted', () => {
    assert.equal(planFill(minutes(1), 482 * MINUTE).from, 480 * MINUTE)
    assert.deepEqual(planFill(minutes(1), 480 * MINUTE), { from: 480 * MINUTE, fillMilliseconds: 0 })
  })
})
