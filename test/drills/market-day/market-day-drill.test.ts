import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DECISIONS } from '../../../bench/year/decisions.ts'
import { playYear, type YearOptions } from '../../../bench/year/play-year.ts'
import { PLAN } from '../../../cdk/plan.ts'
import { asTradingDate } from '../../../market/units.ts'
import { randomOf } from '../seed.ts'

const SEED = 1

function play(options: Partial<YearOptions>) {
  return playYear({
    plan: PLAN,
    from: asTradingDate(20280221),
    days: 7,
    exceptions: DECISIONS,
    random: randomOf('market-day', SEED),
    hasFaults: true,
    ...options,
  })
}

test('a week without faults: the open market lacks nothing for a minute, and nights are asleep', async () => {
  const { watch, tradingDates } = await play({ hasFaults: false })
  // Wednesday 2028-02-23 is a holiday (天皇誕生日).
  assert.equal(tradingDates, 4)
  assert.deepEqual(watch.texts, [])
  assert.equal(watch.longestLack, 0)
  // 7:30 to 16:35 at least, and 17:10 after a late close at most.
  const hours = watch.awakeMinutes / 60 / tradingDates
  assert.ok(hours > 8 && hours < 10, `${hours} hours a trading date`)
})

test('weeks with faults: a leap day, the year end, new hours, a session on a Saturday', async () => {
  for (const from of [20280228, 20281228, 20280929, 20280309]) {
    const { watch, faults } = await play({ from: asTradingDate(from), random: randomOf('market-day', from) })
    assert.ok(faults > 0)
    assert.deepEqual(watch.texts, [], String(from))
  }
})

test('the watch notices a plan that starts too late, and one that stops too early', async () => {
  const late = {
    ...PLAN,
    phases: { ...PLAN.phases, 'warm-up': 'asleep', 'order-acceptance': 'asleep' },
  } as const
  const withoutPeaks = { ...late, peaks: [] }
  const { watch } = await play({ plan: withoutPeaks, hasFaults: false })
  assert.match(
    watch.texts[0] ?? '',
    /T08:0\d.*the market is open, and for \d+ minutes it lacked a task of line-1/,
  )
})
