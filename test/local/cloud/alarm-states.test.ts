/** Alarms that get their states from the metrics of functions. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { readArithmetic } from '../../../local/cloud/alarms/arithmetic.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { asEpochMillis, nowMillis } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { fn, type Resources } from './assembly-fixture.ts'
import { boot, type Lab } from './cloud-fixture.ts'

/** Market seconds in a real second: a minute takes half a second. */
const SPEED = 120
const MARKET = asEpochMillis(Date.parse('2026-11-20T09:30:00+09:00'))

/** A function that writes the values of its event as metrics. */
const CODE = `
export async function handler({ service, ...values }) {
  const Metrics = Object.keys(values).map(Name => ({ Name, Unit: 'Count' }))
  const CloudWatchMetrics = [{ Namespace: 'lab', Dimensions: [['service']], Metrics }]
  console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics }, service, ...values }))
}
`

const Dimensions = [{ Name: 'service', Value: 'reader' }]
const alarm = (Properties: object): Resources[string] => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold', ...Properties },
})
const metric = (MetricName: string, Statistic: string, more: object) =>
  alarm({ Namespace: 'lab', MetricName, Dimensions, Statistic, Period: 60, Threshold: 0, ...more })
const math = (Expression: string, more: object) =>
  alarm({
    Metrics: [
      { Id: 'it', Expression },
      {
        Id: 'ok',
        MetricStat: {
          Metric: { Namespace: 'lab', MetricName: 'Ok', Dimensions },
          Stat: 'Minimum',
          Period: 60,
        },
      },
    ],
    Threshold: 0,
    ...more,
  })

async function start(t: TestContext, resources: Resources): Promise<Lab> {
  const clock = shiftedClock([{ real: nowMillis(), market: MARKET, speed: SPEED }])
  return boot(
    t,
    { resources: { ...fn('writer'), ...resources }, code: CODE },
    { clock, evaluatesAlarms: true },
  )
}

/** Waits until alarms have had these states one after the other, by the log. */
async function changes(lab: Lab, name: string, ...states: string[]): Promise<void> {
  const expected = states.slice(1).map((state, index) => `alarm Lab-${name}: ${states[index]} → ${state}`)
  const seen = (): string[] => lab.logged.filter(text => text.startsWith(`alarm Lab-${name}:`))
  await until(() => seen().length >= expected.length, `${expected} after ${seen()}`)
  assert.deepEqual(seen().slice(0, expected.length), expected)
}

test('missing values count as the template says', async t => {
  const lab = await start(t, {
    breaching: metric('Lost', 'Sum', { TreatMissingData: 'breaching' }),
    notBreaching: metric('Lost', 'Sum', { TreatMissingData: 'notBreaching' }),
    missing: metric('Lost', 'Sum', { TreatMissingData: 'missing' }),
    ofAws: metric('Lost', 'Sum', { TreatMissingData: 'breaching', Namespace: 'AWS/Lambda' }),
    withFunction: math('IF(ok > 0, 0, 1)', { TreatMissingData: 'breaching' }),
  })
  await changes(lab, 'breaching', 'INSUFFICIENT_DATA', 'ALARM')
  await changes(lab, 'notBreaching', 'INSUFFICIENT_DATA', 'OK')
  const others = /Lab-(missing|ofAws|withFunction)/
  assert.deepEqual(
    lab.logged.filter(text => others.test(text)),
    [],
  )
})

test('an alarm starts after as many minutes beyond its threshold as it needs, and ends with the first good one', async t => {
  const lab = await start(t, {
    fails: math('1 - ok', { EvaluationPeriods: 3, TreatMissingData: 'breaching' }),
    loses: metric('Lost', 'Maximum', { TreatMissingData: 'notBreaching', Threshold: 4 }),
  })
  await changes(lab, 'fails', 'INSUFFICIENT_DATA', 'ALARM')
  await changes(lab, 'loses', 'INSUFFICIENT_DATA', 'OK')
  // Another service has a metric of the same name.
  await lab.cloud.invoke('writer', { service: 'other', Ok: 1, Lost: 9 })
  await lab.cloud.invoke('writer', { service: 'reader', Ok: 1, Lost: [1, 4] })
  await changes(lab, 'fails', 'INSUFFICIENT_DATA', 'ALARM', 'OK')
  await lab.cloud.invoke('writer', { service: 'reader', Lost: [1, 5] })
  await changes(lab, 'loses', 'INSUFFICIENT_DATA', 'OK', 'ALARM', 'OK')
  // The good minute has passed.
  await changes(lab, 'fails', 'INSUFFICIENT_DATA', 'ALARM', 'OK', 'ALARM')
})

test('arithmetic has ranks, brackets and an order, and nothing else', () => {
  const value = (text: string): number | undefined => readArithmetic(text)?.(id => ({ a: 8, b: 2 })[id])
  assert.equal(value('2 - a / 4'), 0)
  assert.equal(value('a - b - 1'), 5)
  assert.equal(value('(a - b) * 3'), 18)
  assert.equal(value('a / b / b + 0.5'), 2.5)
  assert.equal(value('a + none'), undefined)
  for (const text of ['', 'a +', '(a', 'a b', 'a > b', 'SUM([a, b])', 'a)'])
    assert.equal(readArithmetic(text), undefined, text)
})
