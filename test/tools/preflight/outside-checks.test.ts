import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { DEV } from '../../../cdk/stages/dev.ts'
import { PROD } from '../../../cdk/stages/prod.ts'
import { checkBackups } from '../../../tools/preflight/backup-check.ts'
import { checkBaseImage, readBaseImage } from '../../../tools/preflight/base-image-check.ts'
import { checkIssuer, checkScopes, checkSignInOrigins } from '../../../tools/preflight/issuer-check.ts'
import { checkLineHosts, checkLineTls } from '../../../tools/preflight/line-checks.ts'
import { createAuthority } from '../../ingest-task/line/test-certificates.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const OTHER = `sha256:${'b'.repeat(64)}`

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

suite('preflight asks the issuer of tokens', () => {
  /** Serves an issuer. @param change what differs from a good issuer. */
  async function check(t: TestContext, change: { issuer?: string; kty?: string; status?: number } = {}) {
    let url = ''
    url = await serve(t, (request, response) => {
      const documents: Record<string, object> = {
        '/.well-known/openid-configuration': { issuer: change.issuer ?? url, jwks_uri: `${url}/keys` },
        '/keys': { keys: [{ kty: change.kty ?? 'RSA', kid: '1' }] },
      }
      response.statusCode = change.status ?? 200
      response.end(JSON.stringify(documents[request.url ?? '']))
    })
    return { url, ...(await checkIssuer(url)) }
  }

  test('whose document names it and whose keys are RSA', async t => {
    const { url, status, found } = await check(t)
    assert.deepEqual([status, found], ['ok', `${url} has 1 RSA keys`])
  })

  test('whose document names another issuer, or whose keys API Gateway refuses', async t => {
    const other = await check(t, { issuer: 'https://login.example' })
    assert.deepEqual(
      [other.status, other.found],
      ['missing', 'the discovery document is of https://login.example'],
    )
    assert.equal((await check(t, { kty: 'EC' })).status, 'missing')
  })

  test('whose endpoints the hosted page may not reach', async t => {
    const elsewhere = 'https://oauth2.example.co.jp'
    let issuer = ''
    issuer = await serve(t, (_request, response) => {
      const revocation = { revocation_endpoint: `${elsewhere}/revoke` }
      const own = { issuer, jwks_uri: `${issuer}/keys`, token_endpoint: `${elsewhere}/token` }
      response.end(JSON.stringify({ ...own, ...revocation }))
    })
    const [result, ...more] = await checkSignInOrigins(issuer, [])
    assert.deepEqual(
      [result?.status, result?.found, more],
      ['unknown', `the page may not connect to ${elsewhere}, where ${issuer} has an endpoint`, []],
    )
    assert.deepEqual(await checkSignInOrigins(issuer, [elsewhere]), [
      { area: 'page', status: 'ok', found: `the page reaches the endpoints of ${issuer}` },
    ])
    assert.deepEqual(await checkSignInOrigins('http://127.0.0.1:1', []), [])
  })

  test('that does not answer', async t => {
    const failing = await check(t, { status: 503 })
    assert.equal(failing.status, 'unknown')
    assert.match(failing.found, /status 503/)
    assert.equal((await checkIssuer('http://127.0.0.1:1')).status, 'unknown')
  })
})

test('preflight warns of an own issuer whose tokens need no scope', () => {
  const issuer = { TokenIssuer: 'https://login.example', TokenAudience: 'prices' }
  const found = (values: Record<string, string>) =>
    checkScopes(values).map(({ status, found }) => `${status}: ${found}`)
  // The user pool of the stack.
  assert.deepEqual(found({ TokenIssuer: '', TokenScopes: '' }), [])
  assert.deepEqual(found({ ...issuer, TokenScopes: 'realtime' }), ['ok: a token needs one of: realtime'])
  assert.deepEqual(found({ ...issuer, TokenScopes: '' }), [
    'unknown: TokenScopes is empty: every token of https://login.example for prices gives real-time prices',
  ])
})

test('preflight warns of backups that one account alone has', () => {
  const found = (lock: 'governance' | 'compliance', copyTo?: string) => {
    const { status, found, todo = '' } = checkBackups({ days: 35, lock, copyTo })
    return `${status}: ${found}${todo === '' ? '' : '. '}${todo}`
  }
  const todo =
    'Set backup.copyTo of the stage to a vault in another account: docs/deploy.md#keys-backups-and-logs.'
  assert.equal(
    found('governance'),
    `unknown: backup.copyTo is not set, and an administrator of the account can remove the lock of the vault. ${todo}`,
  )
  assert.equal(
    found('compliance'),
    `unknown: backup.copyTo is not set, and the key of the backups is in the same account. ${todo}`,
  )
  const vault = 'arn:aws:backup:ap-northeast-1:444455556666:backup-vault:itastream'
  assert.equal(found('governance', vault), `ok: each backup is copied to ${vault}`)
})

suite('preflight asks the registry for the base image', () => {
  /** Serves a registry that wants a token, as ECR Public does. @param digests by tag or digest. */
  async function check(t: TestContext, digests: Readonly<Record<string, string>>) {
    let url = ''
    url = await serve(t, (request, response) => {
      if (request.url === '/token?service=registry&scope=pull')
        return void response.end(JSON.stringify({ token: 'open' }))
      if (request.headers.authorization !== 'Bearer open') {
        response.setHeader('www-authenticate', `Bearer realm="${url}/token",service="registry",scope="pull"`)
        return void response.writeHead(401).end()
      }
      const digest = digests[request.url?.replace('/v2/library/node/manifests/', '') ?? '']
      if (digest === undefined) return void response.writeHead(404).end()
      response.setHeader('docker-content-digest', digest)
      response.end()
    })
    return checkBaseImage({ name: 'node:24', tag: '24', digest: DIGEST }, `${url}/v2/library/node`)
  }

  test('and finds it under its tag', async t => {
    assert.deepEqual(await check(t, { [DIGEST]: DIGEST, '24': DIGEST }), [
      { area: 'image', status: 'ok', found: `24 is ${DIGEST}` },
    ])
  })

  test('and finds a newer image under the tag, or none at all', async t => {
    const newer = await check(t, { [DIGEST]: DIGEST, '24': OTHER })
    assert.deepEqual(
      newer.map(({ status, found }) => [status, found]),
      [
        ['ok', `${DIGEST} exists`],
        ['missing', `24 is now ${OTHER}`],
      ],
    )
    const [none, ...others] = await check(t, { '24': OTHER })
    assert.deepEqual([none?.status, others], ['missing', []])
    assert.ok(none?.found.endsWith(`/v2/library/node has no ${DIGEST}`), none?.found)
  })

  test('and says that it was not reached, or that none was named', async () => {
    const image = { name: 'node:24', tag: '24', digest: DIGEST }
    const [unreached] = await checkBaseImage(image, 'http://127.0.0.1:1/v2/library/node')
    assert.equal(unreached?.status, 'unknown')
    const [none] = await checkBaseImage(image, undefined)
    assert.deepEqual([none?.status, none?.todo], ['unknown', 'Add --repository URL.'])
  })

  test('and reads it from the Dockerfile', () => {
    assert.deepEqual(readBaseImage(`# base\nFROM node:24-slim@${DIGEST}\n`), {
      name: 'node:24-slim',
      tag: '24-slim',
      digest: DIGEST,
    })
    assert.throws(() => readBaseImage('FROM node:24\n'), /^RangeError: FROM: expected NAME:TAG@sha256:DIGEST/)
  })
})

test('preflight compares the address and the port of each line with the networks that tasks may reach', async () => {
  const network = {
    ...PROD.network,
    line: { cidrs: ['127.0.0.0/30', '198.18.0.0/16'], ports: { from: 9101, to: 9103 } },
  }
  const results = await checkLineHosts(
    {
      LineHost1: '127.0.0.1',
      LinePort1: '9101',
      LineHost1B: '',
      LinePort1B: '',
      LineHost2: 'line2.invalid',
      LinePort2: '9104',
      LineHost3: '127.0.0.5',
      LinePort3: '9103',
    },
    network,
  )
  assert.deepEqual(
    results.map(({ status, found }) => (status === 'unknown' ? status : `${status} ${found}`)),
    [
      'ok LineHost1 127.0.0.1 is 127.0.0.1',
      'unknown',
      'missing LineHost3 127.0.0.5 is 127.0.0.5, outside the networks of the lines',
      'missing LinePort2 9104 is not in 9101 to 9103',
    ],
  )
  assert.deepEqual(await checkLineHosts({ LineHost1: '127.0.0.1' }, DEV.network), [])
})

test('preflight reads the certificates of the CA of the lines', () => {
  const { cert } = createAuthority('Line CA')
  const old = createAuthority('Old CA', Date.UTC(2026, 0, 31, 15)).cert
  const found = (values: Record<string, string>) =>
    checkLineTls(values).map(({ status, found }) => `${status}: ${found}`)
  assert.deepEqual(found({ LineTls: 'off', LineCa: '' }), [])
  assert.deepEqual(found({ LineTls: 'off', LineCa: cert }), ['missing: LineCa without LineTls=on'])
  assert.deepEqual(found({ LineTls: 'on', LineCa: '' }), ['ok: TLS with certificates of public CAs'])
  const [first, second] = found({ LineTls: 'on', LineCa: `${cert}${old}` })
  assert.match(first!, /^ok: TLS with certificates of CN=Line CA, valid until /)
  assert.equal(second, 'missing: LineCa: CN=Old CA was valid until Jan 31 15:00:00 2026 GMT')
  const [broken] = found({ LineTls: 'on', LineCa: cert.replace(/^MII/m, 'AAA') })
  assert.match(broken!, /^missing: LineCa: expected nothing or certificates in PEM, got an error: /)
})
