import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { createSigner, encodeSegment } from '../../posts/request-signature.ts'

const REGION = 'ap-northeast-1'
const SERVICE = 'execute-api'

type Source = string | ArrayBuffer | ArrayBufferView

function bytesOf(source: Source): string | Uint8Array {
  if (typeof source === 'string') return source
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
}

/** The SHA-256 that the SDK's signer needs: a hash, or with a secret an HMAC. */
class Sha256 {
  readonly #hash

  constructor(secret?: Source) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: Source): void {
    this.#hash.update(bytesOf(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {}
}

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

        const signer = new SignatureV4({
          region: REGION,
          service: SERVICE,
          sha256: Sha256,
          credentials: {
            accessKeyId: 'AKIDEXAMPLE',
            secretAccessKey: secret,
            ...(token === undefined ? {} : { sessionToken: token }),
          },
        })
        const signed = await signer.sign(
          {
            method: 'POST',
            protocol: 'https:',
            hostname: host,
            path,
            query: {},
            headers: { host, 'content-type': contentType },
            body,
          },
          { signingDate: time },
        )
        assert.deepEqual(own, signed.headers)
      }
    }),
  )
})
