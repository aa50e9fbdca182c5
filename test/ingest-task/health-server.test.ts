import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { createStandstill, healthOf, openHealth } from '../../ingest-task/health-server.ts'
import { Ingest } from '../../ingest-task/ingest.ts'
import { lineOpener } from '../../ingest-task/line/line-opener.ts'
import { freePorts } from '../../local/ports.ts'
import { openStream } from './ingest-stream.ts'
import { configOf, marketClock, openLines, QUICK } from './line-and-stream.ts'

const CHECK = join(import.meta.dirname, '../../ingest-task/health-check.ts')

/** Runs the container's health check, and returns its exit code and output. */
async function check(port: number): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [CHECK], { env: { HEALTH_PORT: String(port) } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const [code] = await once(child, 'close')
  return { code, output }
}

test('a publisher stands still while bytes wait and nothing is published', () => {
  const standingFor = createStandstill()
  const looks = [
    { at: 0, envelopes: 0, waitingBytes: 0, standing: 0 },
    { at: 10, envelopes: 0, waitingBytes: 50, standing: 10 },
    { at: 30, envelopes: 0, waitingBytes: 90, standing: 30 },
    { at: 40, envelopes: 1, waitingBytes: 90, standing: 0 },
    { at: 70, envelopes: 1, waitingBytes: 90, standing: 30 },
    // A publisher without waiting bytes does not stand still.
    { at: 80, envelopes: 1, waitingBytes: 0, standing: 0 },
    { at: 500, envelopes: 1, waitingBytes: 0, standing: 0 },
    { at: 510, envelopes: 1, waitingBytes: 20, standing: 10 },
  ]
  for (const { at, standing, ...publisher } of looks)
    assert.equal(standingFor(publisher, at), standing, `at ${at}`)
})

test('the health check passes whether the line is live or down, and fails after a minute of standing still', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const clock = marketClock()
  const lines = await openLines(clock)
  t.after(() => lines.close())
  const [dead = 0] = await freePorts(1)
  for (const { port, state } of [
    { port: dead, state: 'stale' },
    { port: lines.ports[0]!, state: 'live' },
  ]) {
    const config = configOf(clock, 1, port)
    const { promise: settled, resolve } = Promise.withResolvers<void>()
    const ingest = new Ingest({
      config,
      client: stream.client,
      openLine: lineOpener(config, QUICK),
      log: { info: message => message === `line is ${state}` && resolve(), warn() {} },
      published: undefined,
      delivered() {},
    })
    await settled
    const health = await openHealth(0, () => ingest.stats)
    const { code, output } = await check(health.port)
    assert.equal(code, 0, output)
    const { status, line, since, waitingEnvelopes } = JSON.parse(output) as Record<string, unknown>
    assert.deepEqual([status, line, typeof waitingEnvelopes], ['ok', state, 'number'])
    assert.match(String(since), /^2026-11-20T.*\+09:00$/)
    const { well, status: verdict } = healthOf(ingest.stats, 60_001)
    assert.deepEqual([well, verdict, healthOf(ingest.stats, 60_000).well], [false, 'stuck', true])
    health.close()
    await ingest.close()
  }
})

test('the health check fails when the task is stuck or does not answer', async t => {
  const server = createServer((_, response) => response.writeHead(503).end('{"status":"stuck"}'))
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  assert.deepEqual(await check((server.address() as AddressInfo).port), {
    code: 1,
    output: '{"status":"stuck"}',
  })
  const [unused = 0] = await freePorts(1)
  const { code, output } = await check(unused)
  assert.equal(code, 1)
  assert.match(output, /ECONNREFUSED/)
})
