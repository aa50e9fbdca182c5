/** Event source mappings as the template declares them. */
import * as v from 'valibot'
import { flag, ignoredMembers, numeric, readProperties } from '../template/properties.ts'
import type { Resource, Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'

export interface MappingDefinition {
  readonly logicalId: string
  /** Id of the mapping. */
  readonly uuid: string
  /** Name or ARN, with or without an alias. */
  readonly functionName: string
  /** ARN of the stream or of its consumer: `eventSourceARN` of the event. */
  readonly sourceArn: string
  readonly streamName: string
  readonly streamArn: string
  /** A consumer with enhanced fan-out receives records as they come. Without a consumer the stream is polled. */
  readonly fanOut: boolean
  readonly start: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP'
  /** Epoch seconds, for AT_TIMESTAMP. */
  readonly startTimestamp: number | undefined
  readonly batchSize: number
  /** Market seconds that a batch may wait to fill. */
  readonly windowSeconds: number
  readonly parallelization: number
  readonly partialFailures: boolean
  readonly bisect: boolean
  /** −1: without a limit. */
  readonly retries: number
  /** −1: without a limit. */
  readonly maximumAgeSeconds: number
  /** Bucket that receives the batches that are given up. */
  readonly failureBucket: string | undefined
}

const schema = v.object({
  FunctionName: v.string(),
  EventSourceArn: v.string(),
  Enabled: v.optional(flag, true),
  StartingPosition: v.picklist(['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']),
  StartingPositionTimestamp: v.optional(numeric),
  // The defaults are those of Lambda for Kinesis.
  BatchSize: v.optional(numeric, 100),
  MaximumBatchingWindowInSeconds: v.optional(numeric, 0),
  ParallelizationFactor: v.optional(numeric, 1),
  FunctionResponseTypes: v.optional(v.array(v.string()), []),
  BisectBatchOnFunctionError: v.optional(flag, false),
  MaximumRetryAttempts: v.optional(numeric, -1),
  MaximumRecordAgeInSeconds: v.optional(numeric, -1),
  DestinationConfig: v.optional(
    v.object({ OnFailure: v.optional(v.object({ Destination: v.optional(v.string()) })) }),
  ),
})

/** Members of a mapping without effect here. */
const IGNORED = [
  'FilterCriteria',
  'TumblingWindowInSeconds',
  'MetricsConfig',
  'ScalingConfig',
  'ProvisionedPollerConfig',
]

/** @throws TemplateError when the source is not a stream of this stack. */
export function readMapping(
  resource: Resource,
  stack: Stack,
): { mapping: MappingDefinition; enabled: boolean; ignored: string[] } {
  const { logicalId } = resource
  const p = readProperties(resource, schema)
  const ignored = ignoredMembers(resource, IGNORED)
  const [streamArn, consumer] = p.EventSourceArn.split('/consumer/')
  const stream = stack
    .ofType('AWS::Kinesis::Stream')
    .find(({ logicalId: id }) => stack.attribute(id, 'Arn') === streamArn)
  if (stream === undefined) {
    throw new TemplateError(
      logicalId,
      `EventSourceArn: expected a Kinesis stream of this stack, got ${p.EventSourceArn}`,
    )
  }
  return {
    ignored,
    enabled: p.Enabled,
    mapping: {
      logicalId,
      uuid: stack.ref(logicalId),
      functionName: p.FunctionName,
      sourceArn: p.EventSourceArn,
      streamName: stack.ref(stream.logicalId),
      streamArn: streamArn!,
      fanOut: consumer !== undefined,
      start: p.StartingPosition,
      startTimestamp: p.StartingPositionTimestamp,
      batchSize: p.BatchSize,
      windowSeconds: p.MaximumBatchingWindowInSeconds,
      parallelization: p.ParallelizationFactor,
      partialFailures: p.FunctionResponseTypes.includes('ReportBatchItemFailures'),
      bisect: p.BisectBatchOnFunctionError,
      retries: p.MaximumRetryAttempts,
      maximumAgeSeconds: p.MaximumRecordAgeInSeconds,
      failureBucket: bucketOf(logicalId, p.DestinationConfig?.OnFailure?.Destination),
    },
  }
}

function bucketOf(logicalId: string, destination: string | undefined): string | undefined {
  if (destination === undefined) return undefined
  const prefix = 'arn:aws:s3:::'
  if (destination.startsWith(prefix)) return destination.slice(prefix.length)
  throw new TemplateError(logicalId, `OnFailure: expected the ARN of a bucket, got ${destination}`)
}
