/** Amazon S3, path style: PutObject, GetObject, HeadObject and ListObjectsV2, of objects in one piece. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { crc32 } from 'node:zlib'
import { AwsError } from '../aws-error.ts'
import { isFileKey, type ObjectStore } from '../stores/object-store.ts'
import { isS3 } from './request.ts'
import { listingXml, sendXml } from './s3-xml.ts'
import type { Need, PathService } from './service.ts'

/** Greatest body of PutObject here. S3 accepts 5 GB. */
const OBJECT_BYTES = 512 * 1024 * 1024
/** Greatest number of objects of a page (ListObjectsV2). */
const MAX_KEYS = 1_000
/** Query parameters without effect. The SDK names its operation in `x-id`. */
const QUERY_IGNORED = new Set(['x-id'])
/** Supported query parameters of ListObjectsV2. */
const LIST_QUERY = new Set([...QUERY_IGNORED, 'list-type', 'prefix', 'max-keys', 'continuation-token'])
/** Headers of operations that are not supported: ranges, conditions, copies and tags. */
const UNSERVED = ['range', 'if-match', 'if-none-match', 'x-amz-copy-source', 'x-amz-tagging']

interface Call {
  readonly bucket: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly demand: (need: Need) => void
  readonly response: ServerResponse
}

/** Makes the service of S3. @param buckets names of the buckets. */
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

  /** Returns the object. For a missing object, a caller without ListBucket gets AccessDenied, as on S3. */
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
    if (query.get('list-type') !== '2') throw notServed('ListObjects (version 1)')
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
 * Checks the body against the checksums in the headers. The SDK sends a stream in chunks with a trailing checksum; that
 * is not supported.
 * @throws AwsError BadDigest if a checksum does not match.
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
    const declared = headers[header]
    if (declared !== undefined && declared !== digest()) {
      throw new AwsError(400, 'BadDigest', `${header}: expected ${digest()} for this body, got ${declared}`)
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
  return new AwsError(501, 'NotImplemented', `the local S3 does not support ${what}`)
}

function arnOf(bucket: string, key?: string): string {
  return `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`
}
