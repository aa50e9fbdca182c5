import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { createTokenSource } from '../../../functions/canary/token-source.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const BODY = 'grant_type=client_credentials&client_id=canary&client_secret=s3cret'

let server: Server
let url: string
let answer: { readonly status: number; readonly body: unknown }
let asked: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
before(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    asked.push({ headers: request.headers, body })
    response.writeHead(answer.status).end(JSON.stringify(answer.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
})
after(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
  answer = { status: 200, body: { access_token: 'one', expires_in: 3_600 } }
})

const secretOf = (parts: object): string => JSON.stringify({ url, headers: FORM, body: BODY, ...parts })
const sourceOf = (secret: string) => createTokenSource(() => Promise.resolve(secret))

test('the request of the secret goes to the issuer as it is', async () => {
  assert.equal(await sourceOf(secretOf({}))(), 'one')
  assert.deepEqual(
    asked.map(({ headers, body }) => [headers['content-type'], body]),
    [[FORM['content-type'], BODY]],
  )
})

test('the answer of Cognito to InitiateAuth has the token elsewhere', async () => {
  answer = { status: 200, body: { AuthenticationResult: { AccessToken: 'two', ExpiresIn: 3_600 } } }
  assert.equal(await sourceOf(secretOf({}))(), 'two')
})

test('a token is kept until a minute before its end', async () => {
  let now = asEpochMillis(1_000_000)
  let reads = 0
  const token = createTokenSource(
    async () => {
      reads++
      return secretOf({})
    },
    () => now,
  )
  await token()
  now = addMillis(now, 3_539_000)
  assert.equal(await token(), 'one')
  assert.deepEqual([asked.length, reads], [1, 1])
  now = addMillis(now, 1_000)
  answer = { status: 200, body: { access_token: 'next', expires_in: 3_600 } }
  assert.equal(await token(), 'next')
  assert.deepEqual([asked.length, reads], [2, 2])
})

test('no error has a part of the secret or of an answer', async () => {
  const host = new URL(url).host
  const failing = async (secret: string): Promise<string> => {
    const error: unknown = await sourceOf(secret)().then(
      () => undefined,
      reason => reason,
    )
    assert.ok(error instanceof Error)
    assert.doesNotMatch(error.message, /s3cret|t0ken/)
    return error.message
  }
  const wrong = 'expected {"url", "headers", "body"} in the secret'
  assert.equal(await failing('s3cret'), wrong)
  assert.equal(await failing(JSON.stringify({ url: 's3cret', body: BODY })), wrong)
  assert.equal(await failing(secretOf({ clientSecret: 's3cret' })), wrong)
  answer = { status: 401, body: { error: 't0ken' } }
  assert.equal(await failing(secretOf({})), `expected 200 of ${host}, got 401`)
  answer = { status: 200, body: { id_token: 't0ken' } }
  assert.equal(await failing(secretOf({})), `expected an access token of ${host}, got another answer`)
})
