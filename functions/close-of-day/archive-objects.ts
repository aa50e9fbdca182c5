/** The archive's bucket: what lies where, and putting, getting and listing it. */
import { createHash } from 'node:crypto'
import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { isoDate } from '../../market/moment.ts'
import type { TradingDate } from '../../market/units.ts'
import type { Due } from './due-stage.ts'

/** A part of the busiest day is some 70 MB; S3 takes tens of them a second (ms). */
const REQUEST_TIMEOUT_MS = 60_000

const partName = (part: number): string => `part-${String(part).padStart(2, '0')}`

/** Keys, below which a date is written as a date. Ticks and daily bars lie as tables do that are partitioned by it. */
export const keys = {
  ticks: (date: TradingDate, part: number): string => `ticks/date=${isoDate(date)}/${partName(part)}.parquet`,
  dailyBars: (date: TradingDate): string => `daily-bars/date=${isoDate(date)}/${partName(0)}.parquet`,
  issues: (date: TradingDate): string => `issues/${isoDate(date)}.json`,
  manifest: (date: TradingDate): string => `manifests/${isoDate(date)}.json`,
  /** What is known of the parts that are done. */
  parts: ({ date, stage }: Due): string => `parts/${isoDate(date)}/${stage}/`,
  part: (due: Due, part: number): string => `${keys.parts(due)}${partName(part)}.json`,
}

export interface Bucket {
  readonly client: S3Client
  readonly bucket: string
}

/** An object of the archive, as its manifest names it. */
export interface ArchivedFile {
  readonly key: string
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** Region, credentials and endpoint come from AWS_* variables. */
export function openBucket(bucket: string): Bucket {
  return { client: new S3Client({ requestHandler: keepAliveHandler(REQUEST_TIMEOUT_MS) }), bucket }
}

/** What the manifest says of an object with this content. */
export function describe(key: string, body: Uint8Array): ArchivedFile {
  return { key, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') }
}

/** Puts an object; S3 refuses it where what arrives is not what the checksum was made of. */
export async function putObject(
  { client, bucket }: Bucket,
  key: string,
  body: Uint8Array,
): Promise<ArchivedFile> {
  const file = describe(key, body)
  const ChecksumSHA256 = Buffer.from(file.sha256, 'hex').toString('base64')
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ChecksumSHA256 }))
  return file
}

/** A value as JSON, a line for each of its members. */
export function jsonBytes(value: object): Uint8Array {
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`,
  )
  return Buffer.from(`{${members.join(',\n')}}\n`)
}

/** @returns undefined where there is no such object. */
export async function getJson<T>({ client, bucket }: Bucket, key: string): Promise<T | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return JSON.parse((await Body?.transformToString()) ?? '') as T
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined
    throw error
  }
}

/** The keys below a prefix. */
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
