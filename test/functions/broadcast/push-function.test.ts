import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createPushFunction } from '../../../functions/broadcast/push-function.ts'
import type { Push, PushResult } from '../../../posts/push.ts'
import { AWS_ENVIRONMENT } from '../tables.ts'

/** The Invoke API of Lambda. */
const answer = { body: '', error: undefined as string | undefined }
const requests: { readonly request: IncomingMessage; readonly body: string }[] = []
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  requests.push({ request, body })
  if (answer.error !== undefined) response.setHeader('x-amz-function-error', answer.error)
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer.body)
})

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  Object.assign(process.env, AWS_ENVIRONMENT, {
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  })
})
after(() => {
  server.closeAllConnections()
  server.close()
})

const PUSH: Push = {
  updates: ['{"n":"株"}'],
  events: ['{"type":"issues"}'],
  stretch: 1.4,
  deliveries: [['app=', [0], [0]]],
}

test('a result of the release before lacks two lists, which are empty', async () => {
  answer.body =
    '{"posts":1,"gone":[],"failed":["a"],"throttled":[],"errors":[],"postMilliseconds":1,"slowestPost":1}'
  const { failed, silent, limited } = await createPushFunction('push-room')(PUSH)
  assert.deepEqual([failed, silent, limited], [['a'], [], []])
})

test('a function gets the push, and its result is returned', async () => {
  const result: PushResult = {
    posts: 1,
    gone: ['a'],
    failed: [],
    silent: [],
    throttled: [],
    limited: [],
    errors: [],
    postMilliseconds: 1.5,
    slowestPost: 1.5,
  }
  answer.body = JSON.stringify(result)
  assert.deepEqual(await createPushFunction('push-room')(PUSH), result)
  const [{ request, body }] = requests as [(typeof requests)[number]]
  assert.equal(request.url, '/2015-03-31/functions/push-room/invocations')
  assert.deepEqual(JSON.parse(body), PUSH)
})

test('an error of the function is an error with the number of connections and the text of the function', async () => {
  Object.assign(answer, { body: '{"errorMessage":"no posts"}', error: 'Unhandled' })
  await assert.rejects(createPushFunction('push-room')(PUSH), {
    message: 'expected push-room to serve 1 connections, got an error: {"errorMessage":"no posts"}',
  })
})
