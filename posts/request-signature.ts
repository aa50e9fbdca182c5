/**
 * Signs requests with AWS Signature Version 4.
 * Source: "Create a signed AWS API request" (AWS IAM user guide).
 */
import { createHmac, hash } from 'node:crypto'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Temporary credentials, as a Lambda function has them, include a token. */
  readonly sessionToken?: string | undefined
}

export interface Signable {
  readonly method: string
  readonly host: string
  /** Path as in the request line, percent-encoded. */
  readonly path: string
  readonly contentType: string
  readonly body: Uint8Array
}

export type SignedHeaders = Readonly<Record<string, string>>

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Returns a function that signs requests for a service. It derives the signing key once a day and secret. */
export function createSigner(region: string, service: string) {
  let cached: { readonly day: string; readonly secret: string; readonly key: Buffer } | undefined

  const keyOf = (secret: string, day: string): Buffer => {
    if (cached?.day !== day || cached.secret !== secret) {
      const parts = [day, region, service, 'aws4_request']
      const key = parts.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`))
      cached = { day, secret, key }
    }
    return cached.key
  }

  /** Returns the headers of the request, `authorization` included. */
  return (request: Signable, credentials: Credentials, now: Date): SignedHeaders => {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials
    // 20261120T000005Z
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
    const day = time.slice(0, 8)
    const headers: Record<string, string> = {
      'content-type': request.contentType,
      host: request.host,
      'x-amz-content-sha256': hash('sha256', request.body),
      'x-amz-date': time,
    }
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken
    // The names above are in alphabetical order, as the signature requires.
    const names = Object.keys(headers).join(';')
    const canonical = [
      request.method,
      encodeAgain(request.path),
      '',
      ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
      '',
      names,
      headers['x-amz-content-sha256'],
    ].join('\n')
    const scope = `${day}/${region}/${service}/aws4_request`
    const text = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonical)}`
    const signature = hmac(keyOf(secretAccessKey, day), text).toString('hex')
    headers.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
    return headers
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Encodes each segment of an encoded path once more, as the signature requires for every service except S3. */
function encodeAgain(path: string): string {
  return path.split('/').map(encodeSegment).join('/')
}

/** Percent-encodes every character except letters, digits, `-`, `_`, `.` and `~`. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
