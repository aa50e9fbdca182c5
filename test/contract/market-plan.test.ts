import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { PLAN } from '../../cdk/plan.ts'
import { isAtLeast, LEVELS, type MarketPlan, marketPlan, planText } from '../../contract/market-plan.ts'

const problems = (plan: unknown): string[] => {
  const text = typeof plan === 'string' ? plan : planText(plan as MarketPlan)
  return (v.safeParse(marketPlan, text).issues ?? []).map(issue => `${v.getDotPath(issue)}: ${issue.message}`)
}
const { levels } = PLAN

test('the plan of the stack is the same after it was text, which names of each level only what differs', () => {
  const text = planText(PLAN)
  assert.deepEqual(v.parse(marketPlan, text), PLAN)
  assert.deepEqual(JSON.parse(text).levels.awake, { alarms: true })
  assert.deepEqual(JSON.parse(text).levels.asleep, levels.asleep)
})

test('other texts are refused with a reason', () => {
  for (const [text, reason] of [
    ['', /^null: expected JSON with a plan, got other text: SyntaxError/],
    ['{', /^null: expected JSON with a plan, got other text: SyntaxError/],
    ['{}', /^levels: Invalid key: Expected "levels"/],
    [JSON.stringify({ ...JSON.parse(planText(PLAN)), more: 1 }), /^more: Invalid key: Expected never/],
  ] as const)
    assert.match(problems(text).join('\n'), reason, text)
})

test('a plan has a level for every phase, and every level', () => {
  const { lunch, ...phases } = PLAN.phases
  assert.match(problems({ ...PLAN, phases })[0] ?? '', /^phases\.lunch: /)
  const { peak, ...rest } = JSON.parse(planText(PLAN)).levels
  assert.match(problems(JSON.stringify({ ...PLAN, levels: rest }))[0] ?? '', /^levels\.peak: /)
})

test('values of a level have limits', () => {
  const withPeak = (peak: object): unknown => ({
    ...PLAN,
    levels: { ...levels, peak: { ...levels.peak, ...peak } },
  })
  assert.deepEqual(problems(withPeak({ tasks: 2, shards: 200 })), [])
  for (const peak of [
    { tasks: 3 },
    { shards: 201 },
    { shards: 1.5 },
    { alarms: 'on' },
    { canary: 1 },
    { canaries: true },
  ])
    assert.equal(problems(withPeak(peak)).length, 1, JSON.stringify(peak))
})

test('contradictions are refused', () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      { levels: { ...levels, peak: { ...levels.peak, tasks: 0 } } },
      /tasks and shards that grow from level to level/,
    ],
    [
      { levels: { ...levels, asleep: { ...levels.asleep, tasks: 1 } } },
      /no tasks at the levels asleep and archiving/,
    ],
    [
      { levels: { ...levels, awake: { ...levels.awake, canary: false } } },
      /the canary on while the alarms of trading notify/,
    ],
    [{ windDown: { close: 60, final: 59 } }, /windDown\.final at or after windDown\.close/],
    [{ maintenance: { weekday: 0, from: 61, until: 60 } }, /a maintenance window that ends after it starts/],
    [{ peaks: [{ at: 'orders', level: 'peak', before: 31, after: 0 }] }, /^peaks\.0\.before: /],
    [{ peaks: [{ at: 'orders', level: 'peak', before: 7, after: 0 }] }, /^peaks\.0\.before: .*five minutes/],
    [
      { levels: { ...levels, peak: { ...levels.peak, reserved: { ...levels.peak.reserved, connect: 4 } } } },
      /at least as much reserved as provisioned concurrency/,
    ],
  ]
  for (const [change, reason] of cases)
    assert.match(problems({ ...PLAN, ...change }).join('\n'), reason, JSON.stringify(change).slice(0, 80))
})

test('levels have an order', () => {
  for (const [index, level] of LEVELS.entries())
    for (const [other, lower] of LEVELS.entries()) assert.equal(isAtLeast(level, lower), index >= other)
})
