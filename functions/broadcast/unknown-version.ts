/** Envelopes that a newer release wrote: a round ends before the first of them, and the stream delivers them again. */
import { Buffer } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda'
import { unknownVersionOf } from '../../market/codec/envelope.ts'
import type { UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import type { Millis } from '../../market/units.ts'

/**
 * Wait (ms) in front of an envelope of an unknown version. A deployment is about to replace this function. With this wait
 * the ten retries of the event source mapping last nearly as long as a record's age allows, a minute.
 */
const WAIT_MS = 5_000
/** Time kept free (ms) to end the invocation before Lambda stops the function. */
const RESERVE_MS = 1_000

/** The first record of an unknown version in a batch. */
export interface UnknownRecord {
  readonly index: number
  readonly sequenceNumber: string
  readonly error: UnknownVersionError
}

/** Returns the first record that a newer release wrote. */
export function findUnknown(records: readonly KinesisStreamRecord[]): UnknownRecord | undefined {
  for (const [index, { kinesis }] of records.entries()) {
    const error = unknownVersionOf(Buffer.from(kinesis.data, 'base64'))
    if (error !== undefined) return { index, sequenceNumber: kinesis.sequenceNumber, error }
  }
  return undefined
}

/** Returns the data before the first envelope of a newer release, in base64. */
export function readableOf(data: readonly Uint8Array[]): string[] {
  const texts: string[] = []
  for (const bytes of data.map(each => Buffer.from(each))) {
    if (unknownVersionOf(bytes) !== undefined) break
    texts.push(bytes.toString('base64'))
  }
  return texts
}

/**
 * @param remainingMs time that the invocation has left.
 * @returns the response after which the stream delivers an unknown record and the records after it again.
 * @throws UnknownVersionError after a wait, if no record before it was processed: the function fails, and an alarm starts.
 */
export async function deliverAgain(
  unknown: UnknownRecord,
  remainingMs: Millis,
): Promise<KinesisStreamBatchResponse> {
  if (unknown.index > 0) return { batchItemFailures: [{ itemIdentifier: unknown.sequenceNumber }] }
  await sleep(waitWithin(remainingMs))
  throw unknown.error
}

/** Returns the wait (ms) in front of an unknown record in an invocation that has `remainingMs` left. */
export function waitWithin(remainingMs: Millis): Millis {
  return Math.min(WAIT_MS, Math.max(0, remainingMs - RESERVE_MS))
}
