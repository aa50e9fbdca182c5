import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Cloud } from '@itastream/local-cloud'
import { standingClock, startCloudWithoutLines } from '../cloud-without-lines.ts'
import { getRequest, socketEvent } from '../functions/invoke.ts'

const parts = new AsyncDisposableStack()
let cloud: Cloud
before(async () => {
  ;({ cloud } = await startCloudWithoutLines(parts, standingClock('2026-11-20T03:00:00+09:00')))
})
after(() => parts.disposeAsync())

interface Answer {
  readonly statusCode: number
  readonly body: string
}

/** Invokes a function as its API does for a request that did not come through CloudFront. */
async function direct(fn: string, event: unknown): Promise<[status: number, body: unknown]> {
  const { statusCode, body } = (await cloud.invoke(fn, event)) as Answer
  return [statusCode, JSON.parse(body)]
}

suite('requests to the system', () => {
  test('get their answers at the public addresses', async () => {
    assert.equal(cloud.outputs.RestUrl, cloud.httpUrl)
    assert.equal(cloud.outputs.WebSocketUrl, cloud.websocketUrl)
    assert.equal((await fetch(`${cloud.outputs.RestUrl}/v1/calendar`)).status, 200)
  })

  for (const [fn, path] of [
    ['RestMarketInfo', '/v1/calendar'],
    ['RestDelayedPrices', '/v1/boards/7203'],
    ['RestRealtimePrices', '/v1/realtime/status'],
  ] as const)
    test(`are refused by ${fn} without the secret of CloudFront, and with another text`, async () => {
      const request = getRequest(path)
      for (const headers of [{}, { 'x-itastream-edge': 'another text' }]) {
        assert.deepEqual(await direct(`${fn}Function`, { ...request, headers }), [
          403,
          {
            type: 'urn:itastream:problem:direct-request',
            title: 'Not through the public address',
            status: 403,
            detail: 'expected a request to the public address of the service',
          },
        ])
      }
      const secret = cloud.secretValue('EdgeHeaderSecret')
      const [status] = await direct(`${fn}Function`, { ...request, headers: { 'x-itastream-edge': secret } })
      assert.notEqual(status, 403)
    })

  test('are refused by connect without the secret of CloudFront, before it looks at the token', async () => {
    const event = (headers: Readonly<Record<string, string>>) =>
      socketEvent('CONNECT', 'direct=', { headers })
    assert.deepEqual(await direct('RealtimeConnectFunction', event({})), [
      403,
      {
        code: 'direct-request',
        number: 3004,
        message: 'expected a connection to the public address of the service',
      },
    ])
    const secret = cloud.secretValue('EdgeHeaderSecret')
    const [status, body] = await direct('RealtimeConnectFunction', event({ 'X-Itastream-Edge': secret }))
    assert.equal(status, 401)
    assert.equal((body as { code: string }).code, 'bad-token')
  })
})
