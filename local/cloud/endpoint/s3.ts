/** Amazon S3, path style: PutObject, GetObject, HeadObject and ListObjectsV2, of objects in one piece. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { crc32 } from 'node:zlib'
import { AwsError } from '../aws-error.ts'
import { isFileKey, type ObjectStore } from '../stores/object-store.ts'
import { isS3 } from './request.ts'
import { listingXml, sendXml } from './s3-xml.ts'
import type { Need, PathService } from './service.ts'

/** What one PutObject may bring here; S3 takes 5 GB. */
const OBJECT_BYTES = 512 * 1024 * 1024
/** Objects of a page (ListObjectsV2). */
const MAX_KEYS = 1_000
/** Members of a query that change nothing: the SDK names its operation in one. */
const QUERY_IGNORED = new Set(['x-id'])
/** What of ListObjectsV2 is served here. */
const LIST_QUERY = new Set([...QUERY_IGNORED, 'list-type', 'prefix', 'max-keys', 'continuation-token'])
/** Headers that ask for something else than the whole object as it is. */
const UNSERVED = ['range', 'if-match', 'if-none-match', 'x-amz-copy-source', 'x-amz-tagging']

interface Call {
  readonly bucket: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly demand: (need: Need) => void
  readonly response: ServerResponse
}

/** @param buckets by name. */
export function s3Service(buckets: ReadonlySet<string>, store: ObjectStore): PathService {
  const operations: Readonly<Record<string, (call: Call, body: () => Promise<Buffer>) => Promise<void>>> = {
    async PUT({ bucket, key, headers, demand, response }, readBody) {
      demand({ action: 's3:PutObject', resource: arnOf(bucket, key) })
      const body = await readBody()
      checkBody(headers, body)
      const { etag } = await store.put(bucket, key, body)
      response.writeHead(200, { etag, 'content-length': 0 }).end()
    },
    async GET(call) {
      const { body, ...head } = await found(call)
      call.response.writeHead(200, headersOf(body, head)).end(body)
    },
    async HEAD(call) {
      const { body, ...head } = await found(call)
      call.response.writeHead(200, headersOf(body, head)).end()
    },
  }

  /** The object asked for. Who may not list the bucket is not told that there is none. */
  const found = async ({ bucket, key, demand }: Call) => {
    demand({ action: 's3:GetObject', resource: arnOf(bucket, key) })
    const object = await store.get(bucket, key)
    if (object !== undefined) return object
    demand({ action: 's3:ListBucket', resource: arnOf(bucket) })
    throw new AwsError(404, 'NoSuchKey', `The specified key does not exist: ${key}`)
  }

  const list = async ({ bucket, query, demand, response }: Call): Promise<void> => {
    demand({ action: 's3:ListBucket', resource: arnOf(bucket) })
    refuseUnknown(query, LIST_QUERY)
    if (query.get('list-type') !== '2') throw notServed('a list of version 1')
    const prefix = query.get('prefix') ?? ''
    const maxKeys = Math.min(Number(query.get('max-keys') ?? MAX_KEYS), MAX_KEYS)
    const after = query.get('continuation-token') ?? ''
    const keys = (await store.keys(bucket, prefix)).filter(key => key > after)
    const page = keys.slice(0, maxKeys)
    const objects = await Promise.all(
      page.map(async key => {
        const { body, etag, modified } = (await store.get(bucket, key))!
        return { key, size: body.length, etag, modified }
      }),
    )
    const next = keys.length > page.length ? page.at(-1) : undefined
    sendXml(response, 200, listingXml({ bucket, prefix, maxKeys, objects, next }))
  }

  return async ({ method, path, query, headers }, readBody, demand, response) => {
    if (!isS3(headers)) return false
    const [bucket = '', ...parts] = path.slice(1).split('/').map(decodeURIComponent)
    if (!buckets.has(bucket)) {
      throw new AwsError(404, 'NoSuchBucket', `The specified bucket does not exist: ${bucket}`)
    }
    const key = parts.join('/')
    const call = { bucket, key, query, headers, demand, response }
    if (key === '' && method === 'GET') {
      await list(call)
      return true
    }
    const operation = operations[method]
    if (operation === undefined || !isFileKey(key)) throw notServed(`${method} of "${key}"`)
    refuseUnknown(query, QUERY_IGNORED)
    const unserved = UNSERVED.find(name => name in headers)
    if (unserved !== undefined) throw notServed(`the header ${unserved}`)
    await operation(call, () => readBody(OBJECT_BYTES))
    return true
  }
}

/**
 * A body sent in chunks, with its checksum behind it, is how the SDK sends a stream; what is served here comes whole.
 * @throws AwsError BadDigest when a checksum is another body's.
 */
function checkBody(headers: IncomingHttpHeaders, body: Buffer): void {
  if (headers['x-amz-decoded-content-length'] !== undefined) throw notServed('a body in chunks (aws-chunked)')
  const checks = {
    'x-amz-checksum-sha256': () => createHash('sha256').update(body).digest('base64'),
    'x-amz-checksum-crc32': () => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(crc32(body))
      return bytes.toString('base64')
    },
  }
  for (const [header, digest] of Object.entries(checks)) {
    const said = headers[header]
    if (said !== undefined && said !== digest()) {
      throw new AwsError(400, 'BadDigest', `${header}: expected ${digest()} by the body, got ${said}`)
    }
  }
}

function headersOf(body: Buffer, { etag, modified }: { etag: string; modified: Date }) {
  return {
    etag,
    'content-length': body.length,
    'content-type': 'application/octet-stream',
    'last-modified': modified.toUTCString(),
  }
}

function refuseUnknown(query: URLSearchParams, known: ReadonlySet<string>): void {
  const unknown = [...query.keys()].find(name => !known.has(name))
  if (unknown !== undefined) throw notServed(`the parameter ${unknown}`)
}

function notServed(what: string): AwsError {
  return new AwsError(501, 'NotImplemented', `the local cloud's S3 does not serve ${what}`)
}

function arnOf(bucket: string, key?: string): string {
  return `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`
}
