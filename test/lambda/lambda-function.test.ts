import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')

interface Line {
  readonly [name: string]: unknown
}

/** Runs code next to lambda/lambda-function.ts in a process of its own, and returns the lines it has printed. */
function linesOf(code: string, environment: Readonly<Record<string, string>> = {}): Line[] {
  const context = {
    awsRequestId: 'request-1',
    functionName: 'f',
    functionVersion: '1',
    invokedFunctionArn: 'arn',
    memoryLimitInMB: '512',
  }
  const head = `
    import { clock, countAll, lambda, logger, measure } from './lambda/lambda-function.ts'
    const context = ${JSON.stringify(context)}
  `
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '-e', head + code],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { POWERTOOLS_SERVICE_NAME: 'connect', POWERTOOLS_METRICS_NAMESPACE: 'itastream', ...environment },
    },
  )
  assert.equal(status, 0, stderr)
  return stdout
    .split('\n')
    .filter(text => text.startsWith('{'))
    .map(text => JSON.parse(text) as Line)
}

interface Directive {
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string
    readonly Dimensions: readonly string[][]
    readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[]
  }[]
}

const metricsIn = (lines: readonly Line[]): Line[] => lines.filter(line => '_aws' in line)
const directiveOf = (line: Line): Directive => line._aws as Directive

test('an invocation publishes its counts and durations once, zeros too', () => {
  const lines = metricsIn(
    linesOf(`
      const handler = lambda(async event => {
        countAll({ ConnectionsMade: event.made, ConnectionsRefused: 0 })
        measure('Lag', 12.5)
        return 'result'
      })
      if ((await handler({ made: 3 }, context)) !== 'result') throw new Error('expected the result of the work')
    `),
  )
  assert.equal(lines.length, 1)
  const [line] = lines as [Line]
  assert.equal(line.ConnectionsMade, 3)
  assert.equal(line.ConnectionsRefused, 0)
  assert.equal(line.Lag, 12.5)
  assert.equal(line.service, 'connect')
  const [metrics] = directiveOf(line).CloudWatchMetrics
  assert.equal(metrics?.Namespace, 'itastream')
  assert.deepEqual(metrics?.Dimensions, [['service']])
  assert.deepEqual(metrics?.Metrics, [
    { Name: 'ConnectionsMade', Unit: 'Count' },
    { Name: 'ConnectionsRefused', Unit: 'Count' },
    { Name: 'Lag', Unit: 'Milliseconds' },
  ])
})

test('an invocation that fails publishes its metrics, and its error is the result', () => {
  const lines = metricsIn(
    linesOf(`
      const handler = lambda(async () => {
        countAll({ ConnectionsMade: 1 })
        throw new Error('no table')
      })
      const error = await handler({}, context).then(() => undefined, error => error)
      if (error?.message !== 'no table') throw new Error('expected the error of the work')
    `),
  )
  assert.deepEqual(
    lines.map(line => line.ConnectionsMade),
    [1],
  )
})

test('an invocation without metrics prints none and no warning; its logs name the invocation', () => {
  const lines = linesOf(`
    const handler = lambda(async () => logger.info('done'))
    await handler({}, context)
  `)
  assert.equal(lines.length, 1)
  assert.equal(lines[0]?.message, 'done')
  assert.equal(lines[0]?.function_request_id, 'request-1')
})

test('the clock of the functions is the setting MARKET_CLOCK, by default the time of the system', () => {
  const code = 'console.log(JSON.stringify({ now: clock.now(), system: Date.now() * 1000 }))'
  const [system] = linesOf(code) as [{ now: number; system: number }]
  assert.ok(Math.abs(system.now - system.system) < 1e6)
  const [shifted] = linesOf(code, { MARKET_CLOCK: `${Date.now()}:1000000000000:1` }) as [{ now: number }]
  assert.ok(shifted.now >= 1e15 && shifted.now < 1e15 + 60e6, `${shifted.now}`)
})
