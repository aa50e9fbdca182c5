import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import test from 'node:test'
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { WebSocket } from 'ws'
import { until } from '../../until.ts'
import { ON_FAILURE, type Resources, readerOf, ref } from './assembly-fixture.ts'
import { boot, client } from './cloud-fixture.ts'

const RESOURCES: Resources = {
  sockets: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
  stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: ref('sockets'), StageName: 'live' } },
  ...readerOf({ MaximumRetryAttempts: 0, ...ON_FAILURE }),
}

// A test file that ends by itself also shows that nothing is left running.

test('close ends connections, ports and busy functions, and gives up no batch', async t => {
  const lab = await boot(t, { resources: RESOURCES })
  const { cloud } = lab
  lab.answer = () => ({ hang: true })
  const socket = new WebSocket(cloud.websocketUrl)
  await once(socket, 'open')
  const ended = once(socket, 'close')
  const kinesis = new KinesisClient({ ...client(cloud), requestHandler: new NodeHttpHandler() })
  const record = { StreamName: cloud.ref('stream'), PartitionKey: 'lane', Data: Buffer.from('x') }
  await kinesis.send(new PutRecordCommand(record))
  kinesis.destroy()
  await until(() => lab.seen.length === 1, 'the first event of the function')

  await cloud.close()
  await ended
  assert.equal(cloud.stats().functions.reader?.errors, 1)
  assert.deepEqual(lab.logged, [])
  for (const url of [cloud.endpointUrl, cloud.websocketUrl.replace('ws:', 'http:')]) {
    await assert.rejects(fetch(url), { message: 'fetch failed' })
  }
})

test('a failed boot reports the reason and leaves nothing running', async t => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const ports = { http: 0, websocket: port }
  await assert.rejects(boot(t, { resources: RESOURCES }, { ports }), { code: 'EADDRINUSE', port })
})
