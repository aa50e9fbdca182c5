/** Resources of a stream that is read by a function. */
import { att, fn, type Resources, readStream, ref } from './cloud-fixture.ts'

/** Sends what a mapping gives up to the bucket. */
export const ON_FAILURE = { DestinationConfig: { OnFailure: { Destination: att('bucket', 'Arn') } } }

export const streamOf = (shards: number) => ({
  Type: 'AWS::Kinesis::Stream',
  Properties: { ShardCount: shards },
})

/** A stream whose records go to the function `reader`, which may write to a bucket. */
export function readerOf(mapping: object, shards = 1): Resources {
  return {
    stream: streamOf(shards),
    bucket: { Type: 'AWS::S3::Bucket' },
    ...fn('reader', [
      readStream('stream'),
      {
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: { 'Fn::Join': ['', [att('bucket', 'Arn'), '/*']] },
      },
    ]),
    mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: ref('reader'),
        EventSourceArn: att('stream', 'Arn'),
        StartingPosition: 'TRIM_HORIZON',
        ...mapping,
      },
    },
  }
}
