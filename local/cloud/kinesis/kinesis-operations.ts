/** The operations of the Kinesis API that are served: input and output as in its AWS JSON. */
import type * as v from 'valibot'
import { AwsError } from '../aws-error.ts'
import type { CloudClock } from '../cloud-clock.ts'
import type { Operation } from '../operation.ts'
import {
  createdSeconds,
  type DataStream,
  openShards,
  positionSince,
  putRecord,
  readShared,
} from './data-stream.ts'
import {
  createStreamInput,
  getRecordsInput,
  listShardsInput,
  putRecordInput,
  putRecordsInput,
  REQUEST_BYTES,
  readInput,
  shardIteratorInput,
  streamInput,
  updateShardCountInput,
} from './kinesis-inputs.ts'
import { nextPosition } from './record-log.ts'
import { admitReshard, reshard } from './reshard.ts'
import { parseSequenceNumber } from './sequence-number.ts'
import { formatIterator, parseIterator } from './shard-iterator.ts'
import { childrenOf, describeShard, summaryOf } from './stream-description.ts'
import { hashKeyOf, KEY_SPACE, type StreamShard, shardIdOf } from './stream-shard.ts'

export interface OperationsOptions {
  create(name: string, shardCount: number): DataStream
  /** @throws AwsError ResourceNotFoundException */
  find(name: string): DataStream
  readonly clock: CloudClock
  /** Ends resharding. */
  readonly signal: AbortSignal
  /** Receives resharding that goes on after its operation has answered. */
  track(resharding: Promise<void>): void
}

const THROTTLED = 'ProvisionedThroughputExceededException'

export function kinesisOperations(options: OperationsOptions): Readonly<Record<string, Operation>> {
  const { find } = options
  const named = ({ StreamName, StreamARN }: v.InferOutput<typeof streamInput>): DataStream =>
    find(StreamName ?? StreamARN?.slice(StreamARN.lastIndexOf('/') + 1) ?? '')
  return {
    async CreateStream(input) {
      const { StreamName, ShardCount } = readInput(createStreamInput, input)
      options.create(StreamName, ShardCount)
      return {}
    },
    DescribeStreamSummary: async input => ({
      StreamDescriptionSummary: summaryOf(named(readInput(streamInput, input))),
    }),
    async ListShards(input) {
      const request = readInput(listShardsInput, input)
      if (request.NextToken !== undefined) {
        // A list has one page, so no token was ever given out.
        throw new AwsError(400, 'InvalidArgumentException', 'NextToken is not valid')
      }
      const stream = named(request)
      return { Shards: stream.shards.map(shard => describeShard(stream, shard)) }
    },
    async PutRecord(input) {
      const request = readInput(putRecordInput, input)
      checkHashKeys([request])
      const { ErrorCode, ErrorMessage, ...place } = put(named(request), request)
      if (ErrorCode !== undefined) throw new AwsError(400, ErrorCode, ErrorMessage)
      return place
    },
    async PutRecords(input) {
      const request = readInput(putRecordsInput, input)
      checkRequestBytes(request.Records)
      checkHashKeys(request.Records)
      const stream = named(request)
      const Records = request.Records.map(record => put(stream, record))
      return { FailedRecordCount: Records.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Records }
    },
    async GetShardIterator(input) {
      const request = readInput(shardIteratorInput, input)
      const stream = named(request)
      const shard = stream.shards.find(({ id }) => id === request.ShardId)
      if (shard === undefined) throw noShard(stream, request.ShardId)
      const position = startPosition(stream, shard, request)
      return { ShardIterator: formatIterator({ stream: stream.name, shard: shard.number, position }) }
    },
    GetRecords: async input => getRecords(find, readInput(getRecordsInput, input)),
    async UpdateShardCount(input) {
      const request = readInput(updateShardCountInput, input)
      const stream = named(request)
      const CurrentShardCount = openShards(stream).length
      admitReshard(stream, request.TargetShardCount, options.clock.now())
      options.track(reshard(stream, request.TargetShardCount, options.signal))
      return { StreamName: stream.name, CurrentShardCount, TargetShardCount: request.TargetShardCount }
    },
  }
}

type PutRecordInput = Pick<v.InferOutput<typeof putRecordInput>, 'PartitionKey' | 'ExplicitHashKey' | 'Data'>

type PutOutcome =
  | {
      readonly ShardId: string
      readonly SequenceNumber: string
      readonly ErrorCode?: undefined
      ErrorMessage?: undefined
    }
  | { readonly ErrorCode: string; readonly ErrorMessage: string }

function put(stream: DataStream, { PartitionKey, ExplicitHashKey, Data }: PutRecordInput): PutOutcome {
  const { shard, place } = putRecord(stream, ExplicitHashKey ?? hashKeyOf(PartitionKey), PartitionKey, Data)
  if (place !== undefined) return { ShardId: shard.id, SequenceNumber: place.sequenceNumber }
  return {
    ErrorCode: THROTTLED,
    ErrorMessage: rateExceeded(shard, stream),
  }
}

function checkRequestBytes(records: readonly PutRecordInput[]): void {
  const bytes = records.reduce((sum, { Data, PartitionKey }) => sum + Data.length + PartitionKey.length, 0)
  if (bytes <= REQUEST_BYTES) return
  throw new AwsError(
    400,
    'InvalidArgumentException',
    `expected at most ${REQUEST_BYTES} bytes of records and partition keys, got ${bytes}`,
  )
}

/** The pattern of the API reference has 39 digits, which the greatest hash key does not reach. */
function checkHashKeys(records: readonly PutRecordInput[]): void {
  for (const { ExplicitHashKey = 0n } of records)
    if (ExplicitHashKey >= KEY_SPACE) {
      throw invalid(`expected an ExplicitHashKey below 2^128, got ${ExplicitHashKey}`)
    }
}

/** @throws AwsError InvalidArgumentException when type, sequence number and timestamp do not fit together. */
function startPosition(
  stream: DataStream,
  shard: StreamShard,
  { ShardIteratorType: type, StartingSequenceNumber, Timestamp }: v.InferOutput<typeof shardIteratorInput>,
): number {
  switch (type) {
    case 'TRIM_HORIZON':
      return shard.start
    case 'LATEST':
      return nextPosition(stream.log)
    case 'AT_TIMESTAMP': {
      if (Timestamp === undefined) throw invalid('expected a Timestamp for AT_TIMESTAMP, got none')
      // The JSON has seconds with three decimals.
      const time = Math.round(Timestamp * 1000)
      if (time > Date.now()) throw invalid('expected a Timestamp that has passed, got one in the future')
      return positionSince(stream, time)
    }
    default: {
      const parts = parseSequenceNumber(StartingSequenceNumber ?? '')
      if (parts?.created !== createdSeconds(stream) || parts.shard !== shard.number) {
        throw invalid(
          `expected a StartingSequenceNumber of ${shard.id} in ${stream.name}, got ${StartingSequenceNumber}`,
        )
      }
      return type === 'AT_SEQUENCE_NUMBER' ? parts.position : parts.position + 1
    }
  }
}

function getRecords(
  find: OperationsOptions['find'],
  { ShardIterator, Limit }: v.InferOutput<typeof getRecordsInput>,
): object {
  const place = parseIterator(ShardIterator)
  const stream = find(place.stream)
  const shard = stream.shards[place.shard]
  if (shard === undefined) throw noShard(stream, shardIdOf(place.shard))
  const result = readShared(stream, shard, place.position, Limit)
  if (result === undefined) throw new AwsError(400, THROTTLED, rateExceeded(shard, stream))
  const { records, next, millisecondsBehind } = result
  return {
    Records: records.map(({ sequenceNumber, partitionKey, data, arrivedAt }) => ({
      SequenceNumber: sequenceNumber,
      PartitionKey: partitionKey,
      Data: data.toString('base64'),
      ApproximateArrivalTimestamp: arrivedAt / 1000,
    })),
    MillisBehindLatest: millisecondsBehind,
    NextShardIterator: next === undefined ? undefined : formatIterator({ ...place, position: next }),
    ChildShards: next === undefined ? childrenOf(stream, shard) : undefined,
  }
}

function rateExceeded(shard: StreamShard, { name }: DataStream): string {
  return `Rate exceeded for shard ${shard.id} in stream ${name}`
}

function noShard({ name }: DataStream, shardId: string): AwsError {
  return new AwsError(400, 'ResourceNotFoundException', `Shard ${shardId} in stream ${name} does not exist`)
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'InvalidArgumentException', message)
}
