import type { KinesisStore } from '../kinesis/kinesis-store.ts'
import { streamOfIterator } from '../kinesis/shard-iterator.ts'
import { arn } from '../template/place.ts'
import type { JsonService } from './service.ts'

interface Input {
  readonly StreamName?: string
  readonly StreamARN?: string
  readonly ShardIterator?: string
}

/** Makes the service of Kinesis Data Streams. */
export function kinesisService(store: KinesisStore): JsonService {
  return {
    target: 'Kinesis_20131202',
    operation: name => store.operation(name),
    needs(operation, input) {
      const { StreamName, StreamARN, ShardIterator } = input as Input
      // GetRecords names its stream only inside the iterator.
      const name = StreamName ?? (ShardIterator === undefined ? undefined : streamOfIterator(ShardIterator))
      const resource = StreamARN ?? (name === undefined ? '*' : arn('kinesis', `stream/${name}`))
      return [{ action: `kinesis:${operation}`, resource }]
    },
  }
}
