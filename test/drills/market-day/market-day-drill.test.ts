import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DECISIONS } from '../../../bench/year/decisions.ts'
import { playYear, type YearOptions } from '../../../bench/year/play-year.ts'
import { PLAN } from '../../../cdk/plan.ts'
import type { LevelName, MarketPlan } from '../../../contract/market-plan.ts'
import { asTradingDate } from '../../../market/units.ts'
import { randomOf } from '../seed.ts'

const SEED = 1

function play(options: Partial<YearOptions>) {
  return playYear({
    plan: PLAN,
    needed: PLAN,
    from: asTradingDate(20280221),
    days: 7,
    exceptions: DECISIONS,
    random: randomOf('market-day', SEED),
    hasFaults: true,
    ...options,
  })
}

/** Returns what the watch reports of an open market in two trading dates without faults, without times. */
async function lackedWith(options: Partial<YearOptions>): Promise<string[]> {
  const { watch } = await play({ days: 2, hasFaults: false, ...options })
  return [...new Set(watch.texts.map(text => text.replace(/^.*minutes it lacked /, '')))]
}

function withLevels(change: (name: LevelName) => Partial<MarketPlan['levels']['awake']>): MarketPlan {
  const { asleep, archiving, warm, awake, peak } = PLAN.levels
  return {
    ...PLAN,
    levels: {
      asleep: { ...asleep, ...change('asleep') },
      archiving: { ...archiving, ...change('archiving') },
      warm: { ...warm, ...change('warm') },
      awake: { ...awake, ...change('awake') },
      peak: { ...peak, ...change('peak') },
    },
  }
}

test('a week without faults: the open market lacks nothing when AWS is done, and nights are asleep', async () => {
  const { watch, tradingDates } = await play({ hasFaults: false })
  // Wednesday 2028-02-23 is a holiday (天皇誕生日).
  assert.equal(tradingDates, 4)
  assert.deepEqual(watch.texts, [])
  assert.deepEqual([watch.longestLack, watch.lackingMinutes], [0, 0])
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

test('a week with faults and a plan that changes its shards twice a day', async () => {
  const plan = withLevels(name => ({ shards: name === 'asleep' ? 1 : 2 }))
  const { watch } = await play({ plan, needed: plan })
  assert.deepEqual(watch.texts, [])
})

test('the watch notices a plan that starts too late', async () => {
  const phases = { ...PLAN.phases, 'warm-up': 'asleep', 'order-acceptance': 'asleep' } as const
  const { watch } = await play({ plan: { ...PLAN, phases, peaks: [] }, days: 1, hasFaults: false })
  // The market is open from 8:00. A task may be missing for five minutes, and for the minute in which it starts.
  const expected =
    '2028-02-21T08:07:00.000000+09:00: the market is open, and for 7 minutes it lacked a task of line-1'
  assert.ok(watch.texts.includes(expected), watch.texts.join('\n'))
})

const PEAK_ENVIRONMENTS = ['connect', 'message', 'push-room'].map(
  name => `provisioned concurrency of ${name}`,
)
const ENVIRONMENTS = ['connect', 'message', 'broadcast', 'push-room'].map(
  name => `provisioned concurrency of ${name}`,
)

test('the watch notices a plan without peaks, and one that provisions nothing', async () => {
  assert.deepEqual(await lackedWith({ plan: { ...PLAN, peaks: [] } }), PEAK_ENVIRONMENTS)
  const provisioned = { connect: 0, message: 0, broadcast: 0, 'push-room': 0 }
  assert.deepEqual(await lackedWith({ plan: withLevels(() => ({ provisioned })) }), ENVIRONMENTS)
})

test('the watch notices an AWS that answers calls of a kind and does nothing', async () => {
  const lacked = (command: string) => lackedWith({ dropped: [`${command}Command`] })
  assert.deepEqual(await lacked('PutProvisionedConcurrencyConfig'), ENVIRONMENTS)
  assert.deepEqual(await lacked('UpdateTable'), ['warm throughput of connections'])
  assert.deepEqual(await lacked('UpdateEventSourceMapping'), ['the window of store-ticks'])
  assert.deepEqual(await lacked('UpdateSchedule'), ['the canary'])
  assert.deepEqual(await lacked('EnableAlarmActions'), ['alarms'])
  assert.deepEqual(await lacked('SetAlarmState'), ['the notification of trading-early'])
})

test('the watch notices values that become less before the day is archived', async () => {
  const phases = { ...PLAN.phases, 'wind-down': 'archiving' } as const
  const { watch } = await play({ plan: { ...PLAN, phases }, days: 1, hasFaults: false })
  const fallen = watch.texts.map(text => text.replace(/^.*Z: |^.*\+09:00: /, ''))
  for (const value of ['tasks line-1', 'canary', 'provisioned broadcast', 'reserved store-ticks'])
    assert.ok(fallen.includes(`${value} became less before 2028-02-21 was archived`), fallen.join('\n'))
})

test('the watch notices what is moved in the maintenance window', async () => {
  const plan = { ...PLAN, maintenance: { weekday: 0, from: 0, until: 0 } }
  const { watch } = await play({ plan })
  assert.match(watch.texts[0] ?? '', /^2028-02-27T20.* was moved in the maintenance window$/)
})
