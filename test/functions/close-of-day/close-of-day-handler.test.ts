import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { PARTS, partOf } from '../../../archive/archive-keys.ts'
import { captureMetrics } from '../captured-metrics.ts'
import { lambdaContext } from '../invoke.ts'
import { stateStored } from '../stored-lanes.ts'
import { startTables, TABLES } from '../tables.ts'
import { at, DATE, DAY, openArchive, storeListed } from './test-archive.ts'

const NAME = 'close-of-day'

/** Starts the Invoke API of Lambda. Returns its address and the payloads of close-of-day's requests to itself. */
async function startLambda(t: TestContext): Promise<{ url: string; requests: { part: number }[] }> {
  const requests: { part: number }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    assert.equal(request.url, `/2015-03-31/functions/${NAME}/invocations?Qualifier=live`)
    assert.equal(request.headers['x-amz-invocation-type'], 'Event')
    requests.push(JSON.parse(body) as { part: number })
    response.writeHead(202).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

test('the schedule asks for all parts, a part is archived, a date starts again, and other events are refused', async t => {
  await using tables = await startTables()
  await storeListed(tables)
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  const lambda = await startLambda(t)
  const { client, bucket } = archive.context.bucket
  const endpoint = await client.config.endpoint?.()
  const { accessKeyId, secretAccessKey } = await client.config.credentials()
  using metrics = captureMetrics()
  Object.assign(process.env, {
    MARKET_CLOCK: `${Date.now()}:${at(15, 45) / 1000}:0.001`,
    AWS_LAMBDA_FUNCTION_NAME: NAME,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ARCHIVE_BUCKET: bucket,
    TICKS_TABLE: archive.context.ticks.table,
    BOARDS_TABLE: TABLES.BOARDS_TABLE,
    AWS_ENDPOINT_URL_S3: `${endpoint?.protocol}//${endpoint?.hostname}:${endpoint?.port}`,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    POWERTOOLS_LOG_LEVEL: 'INFO',
    // The logger writes to the console that the test replaces.
    POWERTOOLS_DEV: 'true',
  })
  const lines: string[] = []
  for (const level of ['info', 'warn', 'error'] as const)
    t.mock.method(console, level, (text: string) => lines.push(text))
  /** Returns what was logged of parts since the last call: messages and numbers of issues. */
  const loggedOfParts = (): unknown[] =>
    lines.splice(0).flatMap(text => {
      const { message, issues } = JSON.parse(text) as Record<string, unknown>
      return /^part of/.test(String(message)) ? [[message, issues]] : []
    })
  const { handler } = await import('../../../functions/close-of-day/close-of-day-handler.ts')
  const invoke = (event: unknown) => handler(event, lambdaContext)

  const result = await invoke({})
  assert.deepEqual(
    [result?.date, result?.stage, result?.state, result?.asked, result?.overdue],
    [DATE, 'close', 'working', PARTS, false],
  )
  assert.deepEqual(
    lambda.requests.map(({ part }) => part).toSorted((a, b) => a - b),
    Array.from({ length: PARTS }, (_, part) => part),
  )
  assert.deepEqual(metrics.take(), [{ ArchiveOverdue: 0, ArchiveIncomplete: 0 }])

  const part = partOf('7203')
  const request = lambda.requests.find(request => request.part === part)
  assert.equal(await invoke(request), undefined)
  assert.deepEqual(loggedOfParts(), [['part of the archive written', 1]])
  // The part is stored already.
  assert.equal(await invoke(request), undefined)
  assert.deepEqual(loggedOfParts(), [])

  lambda.requests.length = 0
  assert.equal((await invoke({ date: DATE }))?.asked, PARTS)
  assert.equal(lambda.requests.length, PARTS)

  // A part that has to wait is no failure. Any other error is.
  await stateStored(archive.context.ticks, DATE, at(14, 0), [2])
  const final = { stage: 'final', part, again: false }
  assert.equal(await invoke({ date: DATE, ...final }), undefined)
  assert.deepEqual(loggedOfParts(), [['part of the archive waits for ticks', undefined]])
  await assert.rejects(invoke({ date: 20261119, ...final, again: true }), {
    message: 'expected issues/2026-11-19.json in the archive, found none',
  })

  for (const event of [
    { day: DATE },
    { date: '20261120' },
    { date: 20261120.5 },
    { date: 19691231 },
    { date: 20510101 },
    { date: DATE, stage: 'close', part: PARTS, again: false },
    { date: DATE, stage: 'close', part: -1, again: false },
    { date: DATE, stage: 'open', part: 0, again: false },
    { date: DATE, stage: 'close', part: 0 },
  ]) {
    await assert.rejects(invoke(event), { name: 'ValiError' }, JSON.stringify(event))
  }
})
