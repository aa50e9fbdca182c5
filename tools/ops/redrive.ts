/**
 * `ops redrive`: gives the failed batches of store-ticks to the function again. Storing a batch twice changes nothing, so the
 * command may be repeated, interrupted, and run by two people.
 */
import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda'
import { type Bucket, listKeys, putJson } from '../../functions/close-of-day/archive-objects.ts'
import { isoDate, momentToIso } from '../../market/moment.ts'
import { nowMillis, type TradingDate, toEpochMicros } from '../../market/units.ts'
import {
  type BatchContent,
  contentOf,
  type FailedBatch,
  functionNameOf,
  parseFailedBatch,
} from './failed-batch.ts'

/** Lambda writes its objects here. */
const FAILED = 'aws/lambda/'
/** An object below this prefix says that the batch of the rest of its key is stored. The bucket deletes both after 30 days. */
const STORED = 'redriven/'
/** After so many batches in a row that store-ticks did not store, the cause is not mended: each attempt takes two minutes. */
const MOST_FAILURES = 3

export interface RedriveParts {
  /** The bucket of failed batches. */
  readonly bucket: Bucket
  /** ARN of store-ticks, with its alias. */
  readonly storeTicks: string
  /** Invokes store-ticks with records of the stream. @throws Error if the function fails. */
  store(records: readonly KinesisStreamRecord[]): Promise<KinesisStreamBatchResponse>
  print(line: string): void
}

export interface RedriveOptions {
  /** Only batches with envelopes of this trading date. */
  readonly date: TradingDate | undefined
  /** Whether to list the batches only. */
  readonly isDryRun: boolean
}

export interface RedriveResult {
  /** Batches that were stored, or with a dry run those that would be. */
  readonly batches: number
  /** Their ticks. */
  readonly ticks: number
  /** Batches that are not stored, wholly or in part. */
  readonly failed: number
}

/** What was seen of the objects. */
interface Counts {
  batches: number
  ticks: number
  failed: number
  /** Stored by an earlier redrive. */
  before: number
  ofOthers: number
  ofOtherDates: number
}

/** Gives the failed batches to store-ticks again, oldest first, and prints a line a batch. */
export async function redrive(parts: RedriveParts, options: RedriveOptions): Promise<RedriveResult> {
  const { bucket, print } = parts
  const [keys, stored] = await Promise.all([listKeys(bucket, FAILED), listKeys(bucket, STORED)])
  const counts: Counts = { batches: 0, ticks: 0, failed: 0, before: 0, ofOthers: 0, ofOtherDates: 0 }
  const dates = new Set<TradingDate>()
  let failuresInARow = 0
  for (const key of oldestFirst(keys)) {
    if (stored.has(`${STORED}${key}`)) {
      counts.before++
      continue
    }
    if (failuresInARow === MOST_FAILURES) {
      print(
        `${MOST_FAILURES} batches in a row failed: the rest is not tried. Correct the cause, then repeat the command.`,
      )
      break
    }
    const outcome = await redriveObject(parts, options, key, counts)
    if (outcome === undefined) continue
    for (const date of outcome.dates) dates.add(date)
    failuresInARow = outcome.isStored ? 0 : failuresInARow + 1
  }
  printSums(parts, options, counts, [...dates])
  return { batches: counts.batches, ticks: counts.ticks, failed: counts.failed }
}

/** @returns undefined if the object needs nothing. */
async function redriveObject(
  parts: RedriveParts,
  { date, isDryRun }: RedriveOptions,
  key: string,
  counts: Counts,
): Promise<{ isStored: boolean; dates: readonly TradingDate[] } | undefined> {
  const { bucket, storeTicks, print } = parts
  let batch: FailedBatch
  try {
    batch = parseFailedBatch(await readText(bucket, key))
  } catch (error) {
    counts.failed++
    print(`${key}: is no batch: ${messageOf(error)}`)
    return { isStored: false, dates: [] }
  }
  if (batch.functionName !== functionNameOf(storeTicks)) {
    counts.ofOthers++
    return undefined
  }
  const content = contentOf(batch.records)
  if (date !== undefined && !content.dates.includes(date)) {
    counts.ofOtherDates++
    return undefined
  }
  const name = nameOf(batch, content)
  const problems = isDryRun ? [] : await storeRecords(parts, content.readable)
  const all = [...content.problems, ...problems]
  if (all.length > 0) {
    counts.failed++
    print(
      `${name}: ${isDryRun ? 'could be stored in part' : 'not stored'}: ${all.slice(0, 3).join('; ')} (${key})`,
    )
    return { isStored: problems.length === 0, dates: content.dates }
  }
  counts.batches++
  counts.ticks += content.ticks
  print(`${name}: ${isDryRun ? 'would be stored' : 'stored'}`)
  if (!isDryRun) {
    const storedAt = momentToIso(toEpochMicros(nowMillis()))
    await putJson(bucket, `${STORED}${key}`, {
      storedAt,
      records: batch.records.length,
      ticks: content.ticks,
    })
  }
  return { isStored: true, dates: content.dates }
}

/**
 * Gives records to store-ticks until all are stored. The function reports from which record on they must come again.
 * @returns why some are not stored; nothing if all are.
 */
async function storeRecords(
  { store }: RedriveParts,
  records: readonly KinesisStreamRecord[],
): Promise<string[]> {
  let rest = records
  while (rest.length > 0) {
    let from: number
    try {
      const { batchItemFailures } = await store(rest)
      const first = batchItemFailures[0]?.itemIdentifier
      if (first === undefined) return []
      from = rest.findIndex(({ kinesis }) => kinesis.sequenceNumber === first)
    } catch (error) {
      return [messageOf(error)]
    }
    if (from <= 0) return [`store-ticks stored none of ${rest.length} records`]
    rest = rest.slice(from)
  }
  return []
}

function printSums(
  { print }: RedriveParts,
  { date, isDryRun }: RedriveOptions,
  { batches, ticks, failed, before, ofOthers, ofOtherDates }: Counts,
  dates: readonly TradingDate[],
): void {
  const what = isDryRun ? 'could be stored' : 'stored'
  print(`${count(batches, 'batch')} with ${ticks.toLocaleString('en-US')} ticks ${what}, ${failed} failed.`)
  if (before > 0) print(`${count(before, 'batch')} stored by an earlier redrive.`)
  if (ofOthers > 0)
    print(`${count(ofOthers, 'batch')} of broadcast skipped: the prices are past, and newer ones were sent.`)
  if (ofOtherDates > 0 && date !== undefined)
    print(`${count(ofOtherDates, 'batch')} without ticks of ${isoDate(date)} skipped.`)
  if (batches > 0 && !isDryRun)
    print(
      `If nothing else is missing of ${dates.map(isoDate).join(', ')}, close-of-day archives it again within five minutes.`,
    )
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 'es'}`
}

/** `2026-11-20T10:31:05.000Z RecordAgeExceeded, 2026-11-20, lanes 1-0 1-1, 312 records, 4,210 ticks`. */
function nameOf(
  { timestamp, condition, records }: FailedBatch,
  { dates, lanes, ticks }: BatchContent,
): string {
  return `${timestamp} ${condition}, ${dates.map(isoDate).join(' ')}, lanes ${lanes.join(' ')}, ${records.length} records, ${ticks.toLocaleString('en-US')} ticks`
}

/** Sorts keys by their last parts: `YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-ID`. */
function oldestFirst(keys: Iterable<string>): string[] {
  const timeOf = (key: string): string => key.split('/').at(-1) ?? ''
  return [...keys].sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1))
}

async function readText({ client, bucket }: Bucket, key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  return (await Body?.transformToString()) ?? ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
