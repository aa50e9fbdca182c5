/** Objects of failed batches, as the event source mapping of the local cloud writes them. */
import { batchEvent, failureObject } from '@itastream/local-cloud/batch-event'
import type { StreamRecord } from '../../../functions/store-ticks/read-batch.ts'
import { mappingOf } from '../store/drill-stream.ts'

const MAPPING = mappingOf({ batchSize: 10_000, parallelization: 1 })
const SHARD = 'shardId-000000000000'

/** @param number makes the time of the object different from the times of others. */
export function failedBatchObject(
  functionArn: string,
  records: readonly StreamRecord[],
  number: number,
): { key: string; body: string } {
  const streamRecords = records.map(({ sequenceNumber, bytes }, index) => ({
    sequenceNumber,
    partitionKey: '1-0',
    data: Buffer.from(bytes),
    arrivedAt: 0,
    position: index,
  }))
  return failureObject({
    mapping: MAPPING,
    functionArn,
    shardId: SHARD,
    records: streamRecords,
    condition: number % 2 === 0 ? 'RetryAttemptsExhausted' : 'RecordAgeExceeded',
    attempts: 66,
    requestId: undefined,
    payload: batchEvent(MAPPING, 'role', SHARD, streamRecords),
  })
}
