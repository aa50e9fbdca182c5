import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  forgottenBatches,
  impatientMappings,
  outlivedRecords,
} from '../../tools/check-cloud/properties/recovery.ts'
import type { Resource } from './synthesis.ts'

/** Returns a stack with one mapping that stores the stream. */
function stack(mapping: Record<string, unknown>, days = 30, hours = 24): Record<string, Resource> {
  return {
    Stream: { Type: 'AWS::Kinesis::Stream', Properties: { RetentionPeriodHours: hours } },
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: { LifecycleConfiguration: { Rules: [{ ExpirationInDays: days }] } },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: { Description: 'itastream store-ticks', Timeout: 120 },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { StartingPosition: 'TRIM_HORIZON', ...mapping },
    },
  }
}

const to = (id: string): object => ({ OnFailure: { Destination: { 'Fn::GetAtt': [id, 'Arn'] } } })

suite('a property of recovery notices', () => {
  test('retries or an age that are over before the table is back', () => {
    const found = (MaximumRetryAttempts: number, MaximumRecordAgeInSeconds: number): string[] =>
      impatientMappings(stack({ MaximumRetryAttempts, MaximumRecordAgeInSeconds }))
    assert.deepEqual(found(60, 7_200), [])
    assert.deepEqual(found(59, 7_200), ['Mapping: expected attempts for 7200 s, got 7080 s'])
    assert.deepEqual(found(60, 7_199), ['Mapping: expected attempts for 7200 s, got 7199 s'])
    assert.deepEqual(impatientMappings(stack({})), ['Mapping: expected attempts for 7200 s, got 0 s'])
  })

  test('an age that the stream does not keep twice', () => {
    assert.deepEqual(outlivedRecords(stack({ MaximumRecordAgeInSeconds: 43_200 })), [])
    assert.equal(outlivedRecords(stack({ MaximumRecordAgeInSeconds: 43_201 })).length, 1)
    assert.equal(outlivedRecords(stack({ MaximumRecordAgeInSeconds: 43_200 }, 30, 23)).length, 1)
    assert.equal(outlivedRecords(stack({})).length, 1)
  })

  test('failed batches without a bucket, or in one that deletes them soon', () => {
    const found = (DestinationConfig: object | undefined, days: number): string[] =>
      forgottenBatches(stack(DestinationConfig === undefined ? {} : { DestinationConfig }, days))
    assert.deepEqual(found(to('Bucket'), 14), [])
    assert.deepEqual(found(to('Bucket'), 13), [
      'Mapping: expected failed batches for 14 days, got 13 in Bucket',
    ])
    assert.deepEqual(found(to('Queue'), 14), ['Mapping: expected a bucket for failed batches, got Queue'])
    assert.deepEqual(found(undefined, 14), ['Mapping: expected a bucket for failed batches, got none'])
  })
})
