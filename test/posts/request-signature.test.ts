import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sdkHeaders } from '../../bench/sdk-signature.ts'
import { createSigner, encodeSegment } from '../../posts/request-signature.ts'

const REGION = 'ap-northeast-1'
const SERVICE = 'execute-api'

const request = fc.record({
  // API Gateway's ids are base64; any text must be signed right, except for the path segments . and .., which the SDK removes.
  connection: fc
    .oneof(fc.base64String({ minLength: 4 }), fc.string({ minLength: 1, unit: 'grapheme' }))
    .filter(connection => !/^\.{1,2}$/.test(connection)),
  body: fc.uint8Array({ maxLength: 200 }),
  secret: fc.string({ minLength: 16, maxLength: 40 }),
  token: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
  time: fc.date({
    min: new Date('2026-01-01T00:00:00Z'),
    max: new Date('2035-12-31T23:59:59Z'),
    noInvalidDate: true,
  }),
})

test('a signature equals that of the SDK for any connection, body, credentials and time', async () => {
  const sign = createSigner(REGION, SERVICE)
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 4 }), async requests => {
      for (const { connection, body, secret, token, time } of requests) {
        const host = 'abc123.execute-api.ap-northeast-1.amazonaws.com'
        const path = `/live/@connections/${encodeSegment(connection)}`
        const contentType = 'application/octet-stream'
        const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret, sessionToken: token }
        const own = sign({ method: 'POST', host, path, contentType, body }, credentials, time)

        const post = { host, path, headers: { host, 'content-type': contentType }, body }
        const expected = await sdkHeaders(post, { region: REGION, credentials, time })
        assert.deepEqual(own, expected)
      }
    }),
  )
})
