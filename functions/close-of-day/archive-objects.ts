/** Puts, gets and lists the objects of the archive's bucket. */
import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type ArchivedFile, describeFile, jsonBytes } from '../../archive/manifest.ts'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'

/** A part of the busiest day has some 70 MB, and S3 takes tens of MB a second (ms). */
const REQUEST_TIMEOUT_MS = 60_000

export interface Bucket {
  readonly client: S3Client
  /** The bucket's name. */
  readonly bucket: string
}

/** Opens a bucket. Region, credentials and endpoint come from AWS_* variables. */
export function openBucket(bucket: string): Bucket {
  return { client: new S3Client({ requestHandler: keepAliveHandler(REQUEST_TIMEOUT_MS) }), bucket }
}

/** Puts an object. S3 refuses it if the checksum does not match what arrived. */
export async function putObject(
  { client, bucket }: Bucket,
  key: string,
  body: Uint8Array,
): Promise<ArchivedFile> {
  const file = describeFile(key, body)
  const ChecksumSHA256 = Buffer.from(file.sha256, 'hex').toString('base64')
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ChecksumSHA256 }))
  return file
}

/** Puts a value as a JSON object. */
export async function putJson(bucket: Bucket, key: string, value: object): Promise<void> {
  await putObject(bucket, key, jsonBytes(value))
}

/** Returns the value of a JSON object; undefined if there is no such object. */
export async function getJson<T>({ client, bucket }: Bucket, key: string): Promise<T | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return JSON.parse((await Body?.transformToString()) ?? '') as T
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined
    throw error
  }
}

/** Returns the value of a JSON object. @throws Error if there is no such object. */
export async function requireJson<T>(bucket: Bucket, key: string): Promise<T> {
  const value = await getJson<T>(bucket, key)
  if (value === undefined) throw new Error(`expected ${key} in the archive, found none`)
  return value
}

/** Returns the keys with a prefix. */
export async function listKeys({ client, bucket }: Bucket, prefix: string): Promise<Set<string>> {
  const found = new Set<string>()
  let ContinuationToken: string | undefined
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }),
    )
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) found.add(Key)
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  return found
}
