/** The event of a batch as Lambda sends it, and the invocation record of a batch that Lambda gives up. */
import { randomUUID } from 'node:crypto'
import { PAYLOAD_BYTES } from '../functions/lambda-limits.ts'
import type { StreamRecord } from '../kinesis/data-stream.ts'
import { REGION } from '../template/place.ts'
import type { MappingDefinition } from './mapping-definition.ts'

/** Bytes of the event of a batch at most. */
export const BATCH_BYTES = PAYLOAD_BYTES
/** Bytes of a record in the event in addition to its data and its key: member names, ARNs, sequence number. */
const RECORD_OVERHEAD_BYTES = 640

/** Returns the bytes that a record takes in the event, rather too many than too few. Data is base64 there. */
export function recordBytes({ data, partitionKey }: Pick<StreamRecord, 'data' | 'partitionKey'>): number {
  return 4 * Math.ceil(data.length / 3) + partitionKey.length + RECORD_OVERHEAD_BYTES
}

/** Returns the event as JSON. */
export function batchEvent(
  { sourceArn }: Pick<MappingDefinition, 'sourceArn'>,
  roleArn: string,
  shardId: string,
  records: readonly StreamRecord[],
): string {
  return JSON.stringify({
    Records: records.map(record => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: record.partitionKey,
        sequenceNumber: record.sequenceNumber,
        data: record.data.toString('base64'),
        approximateArrivalTimestamp: record.arrivedAt / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${record.sequenceNumber}`,
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
  readonly records: readonly StreamRecord[]
  readonly condition: FailureCondition
  readonly attempts: number
  readonly requestId: string | undefined
  /** The event as JSON. A bucket gets it whole. */
  readonly payload: string
}

/** Returns object key and content of an invocation record as Lambda writes it to a bucket. */
export function failureObject(failure: Failure): { key: string; body: string } {
  const { mapping, functionArn, shardId, records, condition, attempts, requestId, payload } = failure
  const now = new Date().toISOString()
  const arrival = (record: StreamRecord | undefined): string => new Date(record?.arrivedAt ?? 0).toISOString()
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
      // Absent when the batch was too old to be tried.
      ...(requestId === undefined
        ? {}
        : {
            responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
          }),
      version: '1.0',
      timestamp: now,
      KinesisBatchInfo: {
        shardId,
        startSequenceNumber: records[0]?.sequenceNumber,
        endSequenceNumber: records.at(-1)?.sequenceNumber,
        approximateArrivalOfFirstRecord: arrival(records[0]),
        approximateArrivalOfLastRecord: arrival(records.at(-1)),
        batchSize: records.length,
        streamArn: mapping.streamArn,
      },
      payload,
    }),
  }
}
