import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'
import {
  type Bucket,
  getJson,
  listKeys,
  putJson,
  putObject,
  requireJson,
} from '../../../functions/close-of-day/archive-objects.ts'
import { boot, client as sdk } from '../../local/cloud/cloud-fixture.ts'

/** SHA-256 of "abc" (FIPS 180-2). */
const ABC_SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

/** Opens an empty bucket whose requests are recorded. */
async function openBucket(t: TestContext): Promise<{ bucket: Bucket; inputs: Record<string, unknown>[] }> {
  const { cloud } = await boot(t, { resources: { archive: { Type: 'AWS::S3::Bucket' } } })
  const client = new S3Client(sdk(cloud))
  t.after(() => client.destroy())
  const inputs: Record<string, unknown>[] = []
  client.middlewareStack.add(
    next => args => {
      inputs.push(args.input as unknown as Record<string, unknown>)
      return next(args)
    },
    { step: 'initialize' },
  )
  return { bucket: { client, bucket: cloud.ref('archive') }, inputs }
}

test('an object is put with its SHA-256, and described with key, size and SHA-256', async t => {
  const { bucket, inputs } = await openBucket(t)
  const file = await putObject(bucket, 'ticks/a', Buffer.from('abc'))
  assert.deepEqual(file, { key: 'ticks/a', bytes: 3, sha256: ABC_SHA256 })
  assert.equal(inputs[0]?.ChecksumSHA256, Buffer.from(ABC_SHA256, 'hex').toString('base64'))
  assert.deepEqual([...(await listKeys(bucket, ''))], ['ticks/a'])
})

test('a JSON object is read as it was put; an object that does not exist is undefined, or an error', async t => {
  const { bucket } = await openBucket(t)
  await putJson(bucket, 'a.json', { name: '髙島', count: 1 })
  assert.deepEqual(await getJson(bucket, 'a.json'), { name: '髙島', count: 1 })
  assert.deepEqual(await requireJson(bucket, 'a.json'), { name: '髙島', count: 1 })
  assert.equal(await getJson(bucket, 'b.json'), undefined)
  await assert.rejects(requireJson(bucket, 'b.json'), {
    message: 'expected b.json in the archive, found none',
  })
  await assert.rejects(getJson({ ...bucket, bucket: 'other' }, 'a.json'), { name: 'NoSuchBucket' })
})

test('keys are listed by prefix, over all pages', async t => {
  const { bucket } = await openBucket(t)
  for (const key of ['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'b/1']) await putJson(bucket, key, {})
  bucket.client.middlewareStack.add(next => args => next({ ...args, input: { ...args.input, MaxKeys: 2 } }), {
    step: 'initialize',
  })
  assert.deepEqual([...(await listKeys(bucket, 'a/'))], ['a/1', 'a/2', 'a/3', 'a/4', 'a/5'])
  assert.deepEqual(await listKeys(bucket, 'c/'), new Set())
})
