import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'
import { PLAN } from '../../cdk/plan.ts'
import { LEVELS, READY_FUNCTIONS, RESERVED_FUNCTIONS } from '../../contract/market-plan.ts'
import type { MetricName } from '../../contract/metric-names.ts'
import { leaseFiguresOf } from '../../ingest-task/lease/lease-metrics.ts'
import { REFUSED_FIGURES } from '../../ingest-task/login/login-metrics.ts'
import { figuresOf } from '../../ingest-task/metrics.ts'
import { parseExceptions } from '../../market/calendar/exceptions-text.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { momentOf } from '../../market/moment.ts'
import { asTradingDate } from '../../market/units.ts'
import { problemsOf } from '../../tables/control/calendar-item.ts'
import { synthesize } from '../cdk/synthesis.ts'
import { EMPTY_STATS } from '../ingest-task/empty-stats.ts'

const DOCUMENT = readFileSync(pathOf('docs/operations.md'), 'utf8')

/** Returns the text below a heading. */
function section(heading: string): string {
  const [, text] = DOCUMENT.split(`\n## ${heading}\n`)
  assert.ok(text !== undefined, `docs/operations.md has no section "${heading}"`)
  return text.split('\n## ')[0]!
}

/** Returns the unit of each metric in the table below a heading. */
function unitsOf(heading: string): Record<string, string> {
  const rows = section(heading).matchAll(/^\| (`.*?) *\| (\S.*?) +\| /gm)
  const documented = [...rows].flatMap(([, names = '', units = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name], index) => {
      const each = units.split(', ')
      return [name!, each[index] ?? each[0]!] as const
    }),
  )
  return Object.fromEntries(documented)
}

test('the table of metrics has the metrics that the task writes, with their units', () => {
  const lease = { isReady: true, ageMs: 0, takeOvers: 0 }
  const written = {
    ...figuresOf(undefined, EMPTY_STATS, 1, [0]),
    ...leaseFiguresOf(0, { ...lease, isHolder: true }),
    ...leaseFiguresOf(0, { ...lease, isHolder: false }),
    ...REFUSED_FIGURES,
  }
  const units = Object.entries(written).map(([name, { unit }]) => [name, unit])
  assert.deepEqual(unitsOf('Metrics'), Object.fromEntries(units))
})

test('the table of metrics of broadcast has all of them, with their units', () => {
  const units: Record<MetricName<'broadcast'>, string> = {
    TicksBroadcast: 'Count',
    WholeBoards: 'Count',
    Differences: 'Count',
    BadEnvelopes: 'Count',
    BoardsDue: 'Count',
    Posts: 'Count',
    PostsFailed: 'Count',
    PostsThrottled: 'Count',
    PaceStretch: 'Count',
    RecordsReadBack: 'Count',
    ConnectionsGone: 'Count',
    PostLatency: 'Milliseconds',
    SlowestPost: 'Milliseconds',
    Lag: 'Milliseconds',
  }
  assert.deepEqual(unitsOf('Metrics of broadcast'), units)
})

test('the table of alarms has every alarm and every rule of the template, with its severity', () => {
  const documented = [...section('Alarms').matchAll(/^\| (`\w+`(?:, `\w+`)*) +\| (page|notice) +\|/gm)]
    .flatMap(([, names, severity]) => [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => [name!, severity!]))
    .flatMap(([name = '', severity]) =>
      name.startsWith('LineN')
        ? LINE_NUMBERS.map(line => `${name.replace('N', String(line))}: ${severity}`)
        : `${name}: ${severity}`,
    )
  const { template } = synthesize()
  const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(
    ([id, { Properties }]) => {
      const [, severity = ''] = /^AlarmsTopics(Page|Notice)/.exec(Properties.AlarmActions[0].Ref) ?? []
      return `${id.replace(/^Alarms/, '').replace(/[0-9A-F]{8}$/, '')}: ${severity.toLowerCase()}`
    },
  )
  const rules = Object.entries(template.findResources('AWS::Events::Rule')).map(([id, { Properties }]) => {
    const [, severity = ''] = /^AlarmsTopics(Page|Notice)/.exec(Properties.Targets[0].Arn.Ref) ?? []
    return `${id.replace(/^AlarmsEvents/, '').replace(/[0-9A-F]{8}$/, '')}: ${severity.toLowerCase()}`
  })
  assert.deepEqual(documented.sort(), [...alarms, ...rules].sort())
})

test('the table of levels has the values of the plan', () => {
  const { levels } = PLAN
  const rows = [...section('Market hours').matchAll(/^\| (\S.*?) +\| +(.*?) \|$/gm)]
  const shown = new Map(rows.map(([, name = '', cells = '']) => [name, cells.split(/ *\| +/)]))
  const row = (valueIn: (level: (typeof levels)['peak']) => number | string): string[] =>
    LEVELS.map(level => String(valueIn(levels[level])))
  assert.deepEqual(
    shown.get('shards'),
    row(({ shards }) => shards),
  )
  for (const name of READY_FUNCTIONS)
    assert.deepEqual(
      shown.get(`provisioned concurrency of ${name}`),
      row(level => level.provisioned[name]),
      name,
    )
  for (const name of RESERVED_FUNCTIONS)
    assert.deepEqual(
      shown.get(`reserved concurrency of ${name}`),
      row(level => level.reserved[name]),
      name,
    )
  assert.deepEqual(
    shown.get('canary'),
    row(({ canary }) => (canary ? 'on' : 'off')),
  )
  assert.deepEqual(
    shown.get('actions of the alarms of trading'),
    row(({ alarms }) => (alarms ? 'on' : 'off')),
  )
  assert.deepEqual(
    shown.get('tasks of each line (`tasksALine`)'),
    row(({ tasks }) => (tasks > 0 ? 'all' : 0)),
  )
})

test('the example of exceptions can be written, and has every kind', () => {
  const [, example = ''] = /```json\n(.*?)```/s.exec(section('Calendar')) ?? []
  const now = momentOf(asTradingDate(20261120), 0)
  assert.deepEqual(problemsOf(example, JSON.stringify({ version: 3, exceptions: [] }), now), [])
  const kinds = parseExceptions(example).exceptions.map(({ kind }) => kind)
  assert.deepEqual(kinds.toSorted(), ['closed', 'hours', 'new-hours', 'open'])
  for (const kind of kinds) assert.ok(section('Calendar').includes(`\n| \`${kind}\``), kind)
})
