import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compileErrors } from '../compile.ts'

/** A construct of disconnect with an environment. The function reads CONNECTIONS_TABLE and ROOM_COUNT. */
const construct = (environment: string): string => `
import { Duration, type Stack } from 'aws-cdk-lib'
import { type FunctionSetting, ItaFunction } from '#/cdk/ita-function.ts'
declare const scope: Stack
declare const setting: FunctionSetting
const tables = { CONNECTIONS_TABLE: 'connections' }
const more = { ...tables, BOARDS_TABLE: 'boards' }
new ItaFunction(scope, 'Disconnect', {
  ...setting,
  name: 'disconnect',
  memory: 512,
  timeout: Duration.seconds(1),
  environment: ${environment},
})
`

/** The environment of an ingest task. */
const taskEnvironment = (last: string): string => `
import type { IngestEnvironment } from '#/cdk/ingest-service.ts'
const text = ''
export const environment: IngestEnvironment = {
  LINE_NUMBER: text,
  LINE_HOST: text,
  LINE_PORT: text,
  LINE_HOST_B: text,
  LINE_PORT_B: text,
  LINE_TLS: text,
  LINE_CA: text,
  STREAM_NAME: text,
  LANES: text,
  CONTROL_TABLE: text,
  MARKET_CLOCK: text,
  ${last}
}
`

const alarm = (metric: string): string => `
import type { MetricName } from '#/contract/metric-names.ts'
export const metric: MetricName<'ingest'> = '${metric}'
`

describe('the contract between cdk/ and the code', () => {
  const errors = compileErrors('tsconfig.json', {
    exact: construct("{ CONNECTIONS_TABLE: 'connections', ROOM_COUNT: '1' }"),
    spread: construct("{ ...tables, ROOM_COUNT: '1' }"),
    missing: construct('tables'),
    extra: construct("{ ...tables, ROOM_COUNT: '1', WEBSOCKET_ENDPOINT: 'wss://a' }"),
    extraBySpread: construct("{ ...more, ROOM_COUNT: '1' }"),
    misspelt: construct("{ ...tables, ROOM_CUONT: '1' }"),
    wrongType: construct('{ ...tables, ROOM_COUNT: 1 }'),
    task: taskEnvironment('HEALTH_FILE: text,'),
    taskMissing: taskEnvironment(''),
    taskExtra: taskEnvironment('HEALTH_FILE: text, ROOM_COUNT: text,'),
    taskPassword: taskEnvironment('HEALTH_FILE: text, LINE_PASSWORD: text,'),
    metric: alarm('Lost'),
    metricMisspelt: alarm('Losst'),
    phaseMissing: `
      import type { MarketPlan } from '#/contract/market-plan.ts'
      import { PLAN } from '#/cdk/plan.ts'
      const { lunch, ...rest } = PLAN.phases
      export const phases: MarketPlan['phases'] = rest
    `,
  })

  const compiles = (name: keyof typeof errors) => assert.deepEqual(errors[name], [])
  const fails = (name: keyof typeof errors, message: RegExp) => {
    assert.equal(errors[name].length, 1, `${name}: ${errors[name].join('\n')}`)
    assert.match(errors[name][0]!, message)
  }

  test('a construct compiles with exactly the environment of its function', () => {
    compiles('exact')
    compiles('spread')
  })

  test('a construct does not compile without a variable, with another one, or with one that is misspelt', () => {
    fails('missing', /ROOM_COUNT/)
    fails('extra', /WEBSOCKET_ENDPOINT|never/)
    fails('extraBySpread', /BOARDS_TABLE|never/)
    fails('misspelt', /ROOM_COUNT/)
    fails('wrongType', /number/)
  })

  test('an ingest task does not compile without a variable, with another one, or with the password', () => {
    compiles('task')
    fails('taskMissing', /HEALTH_FILE/)
    fails('taskExtra', /ROOM_COUNT/)
    fails('taskPassword', /LINE_PASSWORD/)
  })

  test('an alarm does not compile with a metric that nothing writes', () => {
    compiles('metric')
    fails('metricMisspelt', /Losst/)
  })

  test('a plan does not compile without a phase', () => {
    fails('phaseMissing', /lunch/)
  })
})
