import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { CloudOptions } from '../../../local/cloud/cloud.ts'
import { att, fn, type Resources } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'

const below = (bucket: string, keys: string) => ({ 'Fn::Sub': `\${${bucket}.Arn}/${keys}` })
const RESOURCES: Resources = {
  archive: { Type: 'AWS::S3::Bucket' },
  other: { Type: 'AWS::S3::Bucket' },
  ...fn('writer', [
    { Effect: 'Allow', Action: 's3:PutObject', Resource: below('archive', 'ticks/*') },
    { Effect: 'Allow', Action: 's3:GetObject', Resource: below('archive', '*') },
  ]),
  ...fn('reader', [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: below('archive', '*') },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: att('archive', 'Arn') },
  ]),
}

async function start(t: TestContext, options: Partial<CloudOptions> = {}) {
  const lab = await boot(t, { resources: RESOURCES }, options)
  const s3 = new S3Client(client(lab.cloud))
  t.after(() => s3.destroy())
  return { lab, s3, Bucket: lab.cloud.ref('archive') }
}

/** A client with the key of a function's role. */
async function roleOf(t: TestContext, lab: Lab, name: string): Promise<S3Client> {
  await lab.cloud.invoke(name, {})
  const s3 = new S3Client(client(lab.cloud, lab.seen.findLast(seen => seen.fn === name)!.env))
  t.after(() => s3.destroy())
  return s3
}

const BODY = Buffer.from(Array.from({ length: 3_000 }, (_, index) => index % 256))
const Key = 'ticks/date=2026-11-20/part-00.parquet'

test('an object is read as it was put, and is a file by its key', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'itastream-data-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { lab, s3, Bucket } = await start(t, { dataFolder: folder })
  const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body: BODY }))
  const etag = `"${createHash('md5').update(BODY).digest('hex')}"`
  assert.equal(put.ETag, etag)
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }))
  assert.deepEqual(Buffer.from(await got.Body!.transformToByteArray()), BODY)
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }))
  assert.deepEqual([head.ContentLength, head.ETag], [BODY.length, etag])
  assert.deepEqual(readFileSync(join(lab.cloud.objectsFolder('archive'), Key)), BODY)
  assert.ok(lab.cloud.objectsFolder('archive').startsWith(join(folder, 'objects')))

  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'another' }))
  const again = await s3.send(new GetObjectCommand({ Bucket, Key }))
  assert.equal(await again.Body!.transformToString(), 'another')
  const data = join(folder, 'objects')
  await lab.cloud.close()
  assert.equal(existsSync(join(data, '.unfinished')), false)
})

test('a list has the keys of a prefix in order, a page at a time', async t => {
  const { s3, Bucket } = await start(t)
  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0)
  const keys = ['a/1 <&>.json', 'b/1', 'b/10', 'b/2', 'b/板', 'c']
  for (const Key of keys.toReversed()) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
  const all = await s3.send(new ListObjectsV2Command({ Bucket }))
  assert.deepEqual(
    all.Contents?.map(({ Key, Size }) => [Key, Size]),
    keys.map(key => [key, Buffer.byteLength(key)]),
  )
  const pages: string[][] = []
  let ContinuationToken: string | undefined
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'b/', MaxKeys: 3, ContinuationToken }),
    )
    pages.push((page.Contents ?? []).map(({ Key }) => Key ?? ''))
    ContinuationToken = page.NextContinuationToken
    assert.equal(page.IsTruncated, ContinuationToken !== undefined)
  } while (ContinuationToken !== undefined)
  assert.deepEqual(pages, [['b/1', 'b/10', 'b/2'], ['b/板']])
})

test('what is not there is named as S3 does', async t => {
  const { s3, Bucket } = await start(t)
  await refused(s3.send(new GetObjectCommand({ Bucket, Key })), 'NoSuchKey', 404)
  await refused(s3.send(new HeadObjectCommand({ Bucket, Key })), 'NotFound', 404)
  await refused(s3.send(new GetObjectCommand({ Bucket, Key: 'ticks' })), 'NoSuchKey', 404)
  await refused(s3.send(new ListObjectsV2Command({ Bucket: 'nobodys' })), 'NoSuchBucket', 404)
})

test('a role does what its policy allows; without the right to list it is not told that a key is missing', async t => {
  const { lab, s3, Bucket } = await start(t)
  const writer = await roleOf(t, lab, 'writer')
  const reader = await roleOf(t, lab, 'reader')
  await writer.send(new PutObjectCommand({ Bucket, Key, Body: BODY }))
  await writer.send(new HeadObjectCommand({ Bucket, Key }))
  const elsewhere = new PutObjectCommand({ Bucket, Key: 'manifests/1.json', Body: '' })
  await refused(writer.send(elsewhere), 'AccessDenied', 403)
  await refused(
    writer.send(new PutObjectCommand({ Bucket: lab.cloud.ref('other'), Key, Body: '' })),
    'AccessDenied',
    403,
  )
  await refused(writer.send(new ListObjectsV2Command({ Bucket })), 'AccessDenied', 403)
  await refused(writer.send(new GetObjectCommand({ Bucket, Key: 'ticks/none' })), 'AccessDenied', 403)
  assert.match(
    lab.logged.join(''),
    /Lab-writerRole is not authorized to perform: s3:ListBucket on resource: arn:aws:s3:::lab-archive /,
  )
  await reader.send(new GetObjectCommand({ Bucket, Key }))
  await refused(reader.send(new GetObjectCommand({ Bucket, Key: 'ticks/none' })), 'NoSuchKey', 404)
  await refused(reader.send(new PutObjectCommand({ Bucket, Key, Body: '' })), 'AccessDenied', 403)
  await refused(
    new S3Client(client(lab.cloud, { AWS_ACCESS_KEY_ID: 'AKIASTRANGER' })).send(
      new GetObjectCommand({ Bucket, Key }),
    ),
    'InvalidAccessKeyId',
    403,
  )
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }))
  assert.deepEqual(Buffer.from(await got.Body!.transformToByteArray()), BODY)
})

test('a checksum that is another body’s is refused, and the object stays as it was', async t => {
  const { s3, Bucket } = await start(t)
  const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('base64')
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: BODY, ChecksumSHA256: sha256(BODY) }))
  const wrong = new PutObjectCommand({ Bucket, Key, Body: 'another', ChecksumSHA256: sha256(BODY) })
  await refused(s3.send(wrong), 'BadDigest', 400)
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }))
  assert.deepEqual(Buffer.from(await got.Body!.transformToByteArray()), BODY)
})

test('what is not served here is refused, not done halfway', async t => {
  const { lab, s3, Bucket } = await start(t)
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: BODY }))
  await refused(s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=0-9' })), 'NotImplemented', 501)
  const chunks = new PutObjectCommand({
    Bucket,
    Key,
    Body: Readable.from([BODY]),
    ContentLength: BODY.length,
  })
  await refused(s3.send(chunks), 'NotImplemented', 501)
  const outside = await statusOf(lab, `/${Bucket}/..%2f..%2foutside`)
  assert.equal(outside, 501)
})

/** The status of a PUT that no SDK would send. */
function statusOf(lab: Lab, path: string): Promise<number> {
  const { endpointUrl, credentials } = lab.cloud
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20261120/ap-northeast-1/s3/aws4_request`
  return new Promise((resolve, reject) => {
    const sent = request(`${endpointUrl}${path}`, { method: 'PUT', headers: { authorization } }, answer => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end('x')
  })
}
