import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { WebSocket } from 'ws'
import { DISCONNECTS_AT_ONCE } from '../../../local/cloud/gateway/websocket.ts'
import { until } from '../../until.ts'
import { boot, refused } from './cloud-fixture.ts'
import {
  API,
  accept,
  connectionOf,
  lab,
  management,
  open,
  refusal,
  type SocketEvent,
} from './websocket-fixture.ts'

test('$connect sees headers, query and context, and chooses the sub-protocol', async t => {
  const made = await lab(t)
  const socket = new WebSocket(`${made.cloud.websocketUrl}?a=1&a=2`, ['itastream.v1', 'bearer.token'])
  t.after(() => socket.terminate())
  await once(socket, 'open')
  assert.equal(socket.protocol, 'itastream.v1')
  const [event] = made.of<SocketEvent>('connect')
  assert.ok(event)
  assert.equal(event.headers['Sec-WebSocket-Protocol'], 'itastream.v1,bearer.token')
  assert.deepEqual(event.multiValueHeaders['Sec-WebSocket-Version'], ['13'])
  assert.deepEqual(event.queryStringParameters, { a: '2' })
  assert.equal(event.requestContext.routeKey, '$connect')
  assert.equal(event.requestContext.eventType, 'CONNECT')
  assert.equal(event.requestContext.stage, 'live')
  assert.equal(made.cloud.stats().connections, 1)
})

test('a handshake is refused with the status of the function, 500 for a failure, 403 for another path', async t => {
  const made = await lab(t)
  for (const statusCode of [401, 403]) {
    made.answer = () => ({ result: { statusCode } })
    assert.equal(await refusal(made.cloud.websocketUrl), statusCode)
  }
  made.answer = () => ({ throws: 'broken' })
  assert.equal(await refusal(made.cloud.websocketUrl), 500)
  made.answer = () => ({ result: 'no answer' })
  assert.equal(await refusal(made.cloud.websocketUrl), 500)
  assert.equal(await refusal(made.cloud.websocketUrl.replace('/live', '/other')), 403)
  assert.equal(made.cloud.stats().connections, 0)
})

test('messages go to $default, posts come to the client, and $disconnect follows the end', async t => {
  const made = await lab(t)
  const socket = await open(t, made)
  socket.send('{"action":"subscribe"}')
  await until(() => made.of('message').length === 1, 'the message in the function')
  const [message] = made.of<SocketEvent>('message')
  assert.equal(message!.body, '{"action":"subscribe"}')
  const ConnectionId = connectionOf(made)
  assert.equal(message!.requestContext.connectionId, ConnectionId)

  const api = management(made)
  const received = once(socket, 'message')
  await api.send(new PostToConnectionCommand({ ConnectionId, Data: '板' }))
  const [data, isBinary] = await received
  assert.equal(String(data), '板')
  assert.equal(isBinary, false)
  const { Identity } = await api.send(new GetConnectionCommand({ ConnectionId }))
  assert.match(Identity?.SourceIp ?? '', /127\.0\.0\.1/)
  assert.equal(made.cloud.stats().posts, 1)

  const closed = once(socket, 'close')
  await api.send(new DeleteConnectionCommand({ ConnectionId }))
  await closed
  await until(() => made.of('disconnect').length === 1, 'the $disconnect event')
  assert.equal(made.of<SocketEvent>('disconnect')[0]!.requestContext.connectionId, ConnectionId)
  await refused(api.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' })), 'GoneException', 410)
  api.destroy()
})

test('few calls of $disconnect run at once, and every connection gets its call', async t => {
  const made = await lab(t)
  made.answer = seen => (seen.fn === 'disconnect' ? { hang: true } : accept(seen))
  const count = DISCONNECTS_AT_ONCE + 3
  const sockets = await Promise.all(Array.from({ length: count }, () => open(t, made)))
  for (const socket of sockets) socket.terminate()
  await until(() => made.of('disconnect').length >= DISCONNECTS_AT_ONCE, 'the first calls')
  // A message passes the calls that wait. When it has arrived, more calls would have arrived too.
  const other = await open(t, made)
  other.send('{}')
  await until(() => made.of('message').length === 1, 'the message in the function')
  assert.equal(made.of('disconnect').length, DISCONNECTS_AT_ONCE)
  await until(() => made.of('disconnect').length === count, 'the other calls, after the first ones timed out')
})

test('a message cannot select $connect or $disconnect', async t => {
  const made = await lab(t)
  const socket = await open(t, made)
  for (const action of ['$connect', '$disconnect', '$default', '__proto__', 7])
    socket.send(JSON.stringify({ action }))
  await until(() => made.of('message').length === 5, 'all messages in the function of $default')
  assert.deepEqual([made.of('connect').length, made.of('disconnect').length], [1, 0])
})

test('a role may post if its policy says so, and nothing else', async t => {
  const made = await lab(t)
  const socket = await open(t, made)
  await made.cloud.invoke('poster', {})
  const { env } = made.seen.find(seen => seen.fn === 'poster')!
  const ConnectionId = connectionOf(made)
  const api = management(made, env)
  const received = once(socket, 'message')
  await api.send(new PostToConnectionCommand({ ConnectionId, Data: 'allowed' }))
  await received
  await refused(api.send(new GetConnectionCommand({ ConnectionId })), 'AccessDeniedException', 403)
  api.destroy()
})

test('messages that are too long are refused on both sides', async t => {
  const made = await lab(t)
  const socket = await open(t, made)
  const api = management(made)
  const ConnectionId = connectionOf(made)
  const tooLong = new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024 + 1) })
  await refused(api.send(tooLong), 'PayloadTooLargeException', 413)
  const received = once(socket, 'message')
  await api.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024) }))
  assert.equal(String((await received)[0]).length, 128 * 1024)

  socket.send('y'.repeat(32 * 1024))
  await until(() => made.of('message').length === 1, 'the longest message in the function')
  const closed = once(socket, 'close')
  socket.send('y'.repeat(32 * 1024 + 1))
  assert.equal((await closed)[0], 1009)
  api.destroy()
})

test('a client that does not read is not posted to without end', async t => {
  const made = await lab(t)
  const socket = await open(t, made)
  socket.pause()
  const api = management(made)
  const command = new PostToConnectionCommand({
    ConnectionId: connectionOf(made),
    Data: 'x'.repeat(128 * 1024),
  })
  const flood = async (): Promise<never> => {
    for (;;) await api.send(command)
  }
  await refused(flood(), 'LimitExceededException', 429)
  assert.equal(made.cloud.stats().throttled, 1)
  api.destroy()
})

test('binary frames end the connection, and a message that no function takes is answered', async t => {
  const made = await lab(t)
  const socket = await open(t, made)
  made.answer = () => ({ throws: 'broken' })
  const answered = once(socket, 'message')
  socket.send('hello')
  assert.equal(JSON.parse(String((await answered)[0])).message, 'Internal server error')
  const closed = once(socket, 'close')
  socket.send(Buffer.from([1, 2, 3]))
  assert.equal((await closed)[0], 1003)
})

test('a route without a permission for API Gateway does not reach its function', async t => {
  const { connectPermission: _, ...rest } = API
  const made = await boot(t, { resources: rest })
  made.answer = accept
  assert.equal(await refusal(made.cloud.websocketUrl), 500)
  assert.equal(made.of('connect').length, 0)
  assert.match(made.logged.join(''), /no AWS::Lambda::Permission lets route \$connect call Lab-connect/)
})
