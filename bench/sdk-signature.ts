/** Signs requests with the SDK's own signer, to check signatures. */
import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from '../posts/request-signature.ts'

export interface SignedPost {
  /** `host:port` */
  readonly host: string
  /** Path as in the request line, percent-encoded. */
  readonly path: string
  /** The headers that are signed, without those that the signer adds. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Returns the headers of a post as the SDK signs it, `authorization` included. */
export async function sdkHeaders(
  { host, path, headers, body }: SignedPost,
  { region, credentials, time }: { region: string; credentials: Credentials; time: Date },
): Promise<Readonly<Record<string, string>>> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const signer = new SignatureV4({
    region,
    service: 'execute-api',
    sha256: Sha256,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  })
  const request = { method: 'POST', protocol: 'https:', hostname: host, path, query: {}, headers, body }
  const signed = await signer.sign(request, { signingDate: time })
  return signed.headers
}

type Source = string | ArrayBuffer | ArrayBufferView

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

function bytesOf(source: Source): string | Uint8Array {
  if (typeof source === 'string') return source
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
}
