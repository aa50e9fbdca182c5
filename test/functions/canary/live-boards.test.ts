import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type LiveRequest, liveProblems } from '../../../functions/canary/live-boards.ts'
import { until } from '../../until.ts'
import { type LiveServer, startLiveServer } from './live-server.ts'

const SUBSCRIBED = JSON.stringify({ type: 'subscribed', issues: ['1301'] })
const HEARTBEAT = JSON.stringify({ type: 'updates', updates: [], events: [{ type: 'time' }] })
const UPDATE = JSON.stringify({ type: 'updates', updates: [{ issue: '1301' }] })

/** The limit of a request that waits in vain. The answer before needs less, on a busy machine too. */
const SHORT_MS = 3_000

let server: LiveServer
before(async () => {
  server = await startLiveServer()
})
after(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  server.answers = [SUBSCRIBED, HEARTBEAT, UPDATE]
  server.closes = false
  server.received.length = 0
})

async function found(changes: Partial<LiveRequest> = {}): Promise<string[]> {
  const request = { url: server.url, token: 'good', issues: ['1301', '1305'], mustMove: true, limit: 20_000 }
  const problems = await liveProblems({ ...request, ...changes })
  return problems.map(({ where, expected, got }) => {
    assert.equal(where, changes.url ?? server.url)
    return `expected ${expected}, got ${got}`
  })
}

test('an app that gets an answer and an update has no problem, and its connection ends', async () => {
  assert.deepEqual(await found(), [])
  assert.deepEqual(server.received, ['{"action":"subscribe","issues":["1301","1305"],"view":"quote","id":1}'])
  assert.equal(server.paths.at(-1), '/live?client=itastream-canary')
  await until(() => server.open === 0, 'no open connection')
})

test('a board must change in a session alone', async () => {
  server.answers = [SUBSCRIBED, HEARTBEAT]
  assert.deepEqual(await found({ limit: SHORT_MS }), [
    `expected an update of a board, got nothing within ${SHORT_MS} ms`,
  ])
  assert.deepEqual(await found({ mustMove: false }), [])
})

test('an update before the answer does not count', async () => {
  server.answers = [UPDATE, SUBSCRIBED]
  assert.deepEqual(await found({ limit: SHORT_MS }), [
    `expected an update of a board, got nothing within ${SHORT_MS} ms`,
  ])
})

test('a refused token and a server that is away are no connection', async () => {
  assert.deepEqual(await found({ token: 'bad' }), [
    'expected an open connection, got a failed or refused connection',
  ])
  assert.deepEqual(await found({ url: 'ws://127.0.0.1:9/live' }), [
    'expected an open connection, got a failed or refused connection',
  ])
})

test('an error, a message that is no JSON, and an end are no answer', async () => {
  const error = '{"type":"error","code":"unknown-issue","number":2001,"message":"not listed: 1301"}'
  server.answers = [error]
  assert.deepEqual(await found(), [`expected the answer subscribed, got ${error}`])
  server.answers = ['<html>']
  assert.deepEqual(await found(), [
    'expected the answer subscribed, got a message that is no JSON object with a type',
  ])
  server.answers = []
  server.closes = true
  assert.deepEqual(await found(), ['expected the answer subscribed, got the end of the connection, 1001'])
})
