/**
 * Signs requests with AWS Signature Version 4.
 * Source: "Create a signed AWS API request" (AWS IAM user guide).
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

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

export type SignedHeaders = Record<string, string>

/** What the signatures of one second have in common. */
interface Second {
  readonly second: number
  /** 20261120T000005Z */
  readonly time: string
  /** 20261120/ap-northeast-1/execute-api/aws4_request */
  readonly scope: string
}

/** The signing key of a day and a secret. */
interface SigningKey {
  readonly day: string
  readonly secret: string
  /** A key object, because a key of bytes costs ten times as much in each signature. */
  readonly key: KeyObject
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Returns a function that signs requests for a service. It formats the time once a second and derives a key once a day. */
export function createSigner(region: string, service: string) {
  let latestSecond: Second | undefined
  let latestKey: SigningKey | undefined

  const secondOf = (now: Date): Second => {
    const second = Math.floor(now.getTime() / 1_000)
    if (latestSecond?.second !== second) {
      const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
      latestSecond = { second, time, scope: `${time.slice(0, 8)}/${region}/${service}/aws4_request` }
    }
    return latestSecond
  }

  const keyOf = (secret: string, day: string): KeyObject => {
    if (latestKey?.day !== day || latestKey.secret !== secret) {
      const parts = [day, region, service, 'aws4_request']
      const key = parts.reduce<Buffer>(
        (key, part) => createHmac('sha256', key).update(part).digest(),
        Buffer.from(`AWS4${secret}`),
      )
      latestKey = { day, secret, key: createSecretKey(key) }
    }
    return latestKey.key
  }

  /** Returns the headers of the request, `authorization` included. */
  return (request: Signable, credentials: Credentials, now: Date): SignedHeaders => {
    const { method, host, path, contentType, body } = request
    const { accessKeyId, secretAccessKey, sessionToken } = credentials
    const { time, scope } = secondOf(now)
    const bodyHash = hash('sha256', body)
    // The signature requires the headers in alphabetical order.
    let lines = `content-type:${contentType}\nhost:${host}\nx-amz-content-sha256:${bodyHash}\nx-amz-date:${time}\n`
    let names = 'content-type;host;x-amz-content-sha256;x-amz-date'
    if (sessionToken !== undefined) {
      lines += `x-amz-security-token:${sessionToken}\n`
      names += ';x-amz-security-token'
    }
    const canonical = `${method}\n${encodeAgain(path)}\n\n${lines}\n${names}\n${bodyHash}`
    const signature = createHmac('sha256', keyOf(secretAccessKey, scope.slice(0, 8)))
      .update(`${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonical)}`)
      .digest('hex')
    const headers: SignedHeaders = {
      'content-type': contentType,
      host,
      'x-amz-content-sha256': bodyHash,
      'x-amz-date': time,
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    }
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken
    return headers
  }
}

/** Encodes each segment of an encoded path once more, as the signature requires for every service except S3. */
function encodeAgain(path: string): string {
  return path.replace(/[^\w.~/-]/g, encodeAscii)
}

/** Percent-encodes every character except letters, digits, `-`, `_`, `.` and `~`. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, encodeAscii)
}

function encodeAscii(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
