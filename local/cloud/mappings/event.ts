/** The event of a batch, as Lambda sends it, and what goes to the destination of a batch that stays bad. */
import { randomUUID } from 'node:crypto'
import type { KinesisRecord } from '../stores/kinesis.ts'
import { REGION } from '../template/place.ts'
import type { MappingDefinition } from './definition.ts'

/** Payload of a synchronous invocation (Lambda quotas). */
export const PAYLOAD_BYTES = 6 * 1024 * 1024
/** What a record takes in the event beside its data and its key: names, ARNs, sequence number. */
const RECORD_OVERHEAD_BYTES = 640

/** Bytes that a record takes in the event, a little more rather than less. */
export function recordBytes(record: KinesisRecord): number {
  return record.Data.length + record.PartitionKey.length + RECORD_OVERHEAD_BYTES
}

/** The event, JSON. */
export function batchEvent(
  { sourceArn }: Pick<MappingDefinition, 'sourceArn'>,
  roleArn: string,
  shardId: string,
  records: readonly KinesisRecord[],
): string {
  return JSON.stringify({
    Records: records.map(record => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: record.PartitionKey,
        sequenceNumber: record.SequenceNumber,
        data: record.Data,
        approximateArrivalTimestamp: record.ApproximateArrivalTimestamp,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${record.SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: roleArn,
      awsRegion: REGION,
      eventSourceARN: sourceArn,
    })),
  })
}

export type FailureCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded'

interface Failure {
  readonly mapping: MappingDefinition
  readonly functionArn: string
  readonly shardId: string
  readonly records: readonly KinesisRecord[]
  readonly condition: FailureCondition
  readonly attempts: number
  readonly requestId: string | undefined
  /** The event, JSON: a bucket gets it whole. */
  readonly payload: string
}

/** Object key and content of an invocation record, as Lambda writes it to a bucket. */
export function failureObject(failure: Failure): { key: string; body: string } {
  const { mapping, functionArn, shardId, records, condition, attempts, requestId, payload } = failure
  const now = new Date().toISOString()
  const arrival = (record: KinesisRecord | undefined): string =>
    new Date((record?.ApproximateArrivalTimestamp ?? 0) * 1000).toISOString()
  const day = now.slice(0, 10)
  const moment = now.slice(0, 19).replaceAll(':', '.')
  return {
    key: `aws/lambda/${mapping.uuid}/${shardId}/${day.replaceAll('-', '/')}/${moment}-${randomUUID()}`,
    body: JSON.stringify({
      requestContext: {
        requestId: requestId ?? randomUUID(),
        functionArn,
        condition,
        approximateInvokeCount: attempts,
      },
      // Absent where the batch was too old to be tried at all.
      ...(requestId === undefined
        ? {}
        : {
            responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
          }),
      version: '1.0',
      timestamp: now,
      KinesisBatchInfo: {
        shardId,
        startSequenceNumber: records[0]?.SequenceNumber,
        endSequenceNumber: records.at(-1)?.SequenceNumber,
        approximateArrivalOfFirstRecord: arrival(records[0]),
        approximateArrivalOfLastRecord: arrival(records.at(-1)),
        batchSize: records.length,
        streamArn: mapping.streamArn,
      },
      payload,
    }),
  }
}
