/** The XML responses of S3. */
import type { ServerResponse } from 'node:http'
import { AwsError } from '../aws-error.ts'

export interface Listing {
  readonly bucket: string
  readonly prefix: string
  readonly maxKeys: number
  readonly objects: readonly { key: string; size: number; etag: string; modified: Date }[]
  /** Continuation token of the next page. Absent on the last page. */
  readonly next: string | undefined
}

export function sendXml(response: ServerResponse, status: number, body: string): void {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${body}`
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** Error codes that have another name in S3. */
const CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  UnrecognizedClientException: 'InvalidAccessKeyId',
  PayloadTooLargeException: 'EntityTooLarge',
  InternalFailure: 'InternalError',
}

/** Sends an error in XML. Node.js sends no body in a response to HEAD. */
export function sendS3Error(response: ServerResponse, error: unknown): void {
  const { status, type, message } =
    error instanceof AwsError ? error : new AwsError(500, 'InternalFailure', String(error))
  sendXml(
    response,
    status,
    `<Error>${element('Code', CODES[type] ?? type)}${element('Message', message)}</Error>`,
  )
}

/** Returns the response to ListObjectsV2. */
export function listingXml({ bucket, prefix, maxKeys, objects, next }: Listing): string {
  const contents = objects.map(
    ({ key, size, etag, modified }) =>
      `<Contents>${element('Key', key)}${element('LastModified', modified.toISOString())}${element('ETag', etag)}` +
      `${element('Size', String(size))}${element('StorageClass', 'STANDARD')}</Contents>`,
  )
  return (
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${element('Name', bucket)}${element('Prefix', prefix)}` +
    `${element('KeyCount', String(objects.length))}${element('MaxKeys', String(maxKeys))}` +
    `${element('IsTruncated', String(next !== undefined))}` +
    `${next === undefined ? '' : element('NextContinuationToken', next)}${contents.join('')}</ListBucketResult>`
  )
}

function element(name: string, text: string): string {
  const escaped = text.replaceAll(/[&<>]/g, character => ESCAPED[character]!)
  return `<${name}>${escaped}</${name}>`
}

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
