import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, suite, test } from 'node:test'
import { createEdgeCheck, KEEP_MS } from '../../lambda/edge-check.ts'
import { AWS_ENVIRONMENT } from '../functions/tables.ts'

const SECRET = 'arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:edge-AbCdEf'
const START = Date.now()

/** Values by stage. A stage without a value is unknown to the service. */
const stages = new Map<string, string>()
/** Whether the service answers with an error. */
let isDown = false
let reads = 0

const service = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    const { SecretId, VersionStage } = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>
    assert.equal(SecretId, SECRET)
    reads++
    const value = stages.get(VersionStage ?? '')
    const [status, body] = isDown
      ? [400, { __type: 'AccessDeniedException' }]
      : value === undefined
        ? [400, { __type: 'ResourceNotFoundException' }]
        : [200, { ARN: SecretId, SecretString: value }]
    response.writeHead(status as number, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(body))
  })
})

before(async () => {
  await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  Object.assign(process.env, AWS_ENVIRONMENT, { AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint })
})
after(() => {
  service.close()
  service.closeAllConnections()
})
beforeEach(() => {
  stages.clear()
  stages.set('AWSCURRENT', 'new')
  isDown = false
  reads = 0
})

function checkOf(): { check: ReturnType<typeof createEdgeCheck>; warnings: string[] } {
  const warnings: string[] = []
  return { check: createEdgeCheck({ secret: SECRET, warn: text => warnings.push(text) }), warnings }
}

suite('a request came through CloudFront', () => {
  test('if its header has the value of the secret, whatever the case of its name', async () => {
    const { check } = checkOf()
    assert.equal(await check({ 'x-itastream-edge': 'new' }), true)
    assert.equal(await check({ 'X-Itastream-Edge': 'new' }), true)
    for (const value of ['', 'ne', 'new ', 'old'])
      assert.equal(await check({ 'x-itastream-edge': value }), false)
    assert.equal(await check({ 'x-itastream-other': 'new' }), false)
    assert.equal(await check({}), false)
  })

  test('also with the value before the last rotation', async () => {
    stages.set('AWSPREVIOUS', 'old')
    const { check } = checkOf()
    assert.equal(await check({ 'x-itastream-edge': 'old' }), true)
    assert.equal(await check({ 'x-itastream-edge': 'new' }), true)
  })

  test('always, where there is no CloudFront', async () => {
    const check = createEdgeCheck({ secret: '', warn: assert.fail })
    assert.equal(await check({}), true)
    assert.equal(reads, 0)
  })
})

suite('the secret', () => {
  test('is read once in five minutes, both stages at once', async t => {
    t.mock.timers.enable({ apis: ['Date'], now: START })
    // An error of the service would make the SDK look at its clock, and repeat the request.
    stages.set('AWSPREVIOUS', 'old')
    const { check } = checkOf()
    await Promise.all([check({ 'x-itastream-edge': 'new' }), check({ 'x-itastream-edge': 'new' })])
    assert.equal(reads, 2)
    stages.set('AWSCURRENT', 'newest')
    t.mock.timers.setTime(START + KEEP_MS - 1)
    assert.equal(await check({ 'x-itastream-edge': 'newest' }), false)
    t.mock.timers.setTime(START + KEEP_MS)
    assert.equal(await check({ 'x-itastream-edge': 'newest' }), true)
    assert.equal(await check({ 'x-itastream-edge': 'new' }), false)
    assert.equal(reads, 4)
  })

  test('stays as it was while it cannot be read, and is read again after ten seconds', async t => {
    t.mock.timers.enable({ apis: ['Date'], now: START })
    const { check, warnings } = checkOf()
    assert.equal(await check({ 'x-itastream-edge': 'new' }), true)
    isDown = true
    t.mock.timers.setTime(START + KEEP_MS)
    assert.equal(await check({ 'x-itastream-edge': 'new' }), true)
    assert.deepEqual(warnings, ['the secret of the edge was not read'])
    isDown = false
    stages.set('AWSCURRENT', 'newest')
    assert.equal(await check({ 'x-itastream-edge': 'newest' }), false)
    t.mock.timers.setTime(START + KEEP_MS + 10_000)
    assert.equal(await check({ 'x-itastream-edge': 'newest' }), true)
  })

  test('that was never read lets no request through, and the next request reads it', async () => {
    isDown = true
    const { check } = checkOf()
    await assert.rejects(check({ 'x-itastream-edge': 'new' }), { name: 'AccessDeniedException' })
    assert.equal(await check({}), false)
    isDown = false
    assert.equal(await check({ 'x-itastream-edge': 'new' }), true)
  })
})
