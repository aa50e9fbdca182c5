import type { KinesisStore } from '../stores/kinesis.ts'
import { arn } from '../template/place.ts'
import type { JsonService } from './service.ts'

interface Input {
  readonly StreamName?: string
  readonly StreamARN?: string
}

/** Kinesis Data Streams. */
export function kinesisService(store: KinesisStore): JsonService {
  return {
    target: 'Kinesis_20131202',
    operation: name => store.operation(name),
    needs(operation, input) {
      const { StreamName, StreamARN } = input as Input
      // GetRecords names its stream inside the iterator only.
      const resource = StreamARN ?? (StreamName === undefined ? '*' : arn('kinesis', `stream/${StreamName}`))
      return [{ action: `kinesis:${operation}`, resource }]
    },
  }
}
