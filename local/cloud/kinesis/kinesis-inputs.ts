/** Inputs of the Kinesis operations, with the limits of the API reference. */
import * as v from 'valibot'
import { AwsError } from '../aws-error.ts'
import { READ_RECORDS } from './data-stream.ts'

/** Data of a record (Kinesis Data Streams quotas, default). */
const RECORD_BYTES = 1024 * 1024
/** Records of a PutRecords request, and their bytes together, partition keys included (API reference). */
const REQUEST_RECORDS = 500
export const REQUEST_BYTES = 10 * 1024 * 1024

const stream = { StreamName: v.optional(v.string()), StreamARN: v.optional(v.string()) }

const hashKey = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9]\d{0,38})$/),
  v.transform(text => BigInt(text)),
)
/** Decodes base64 into memory of its own. `Buffer.from` takes a part of a shared block, and a record would keep it whole. */
function bytesOfBase64(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text, 'base64'))
  return bytes.subarray(0, bytes.write(text, 'base64'))
}

const record = {
  PartitionKey: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  ExplicitHashKey: v.optional(hashKey),
  /** Base64 in the request. */
  Data: v.pipe(
    v.string(),
    v.transform(bytesOfBase64),
    v.check(({ length }) => length <= RECORD_BYTES, `expected at most ${RECORD_BYTES} bytes of data`),
  ),
}
const shardCount = v.pipe(v.number(), v.integer(), v.minValue(1))

export const createStreamInput = v.object({
  StreamName: v.pipe(v.string(), v.regex(/^[a-zA-Z0-9_.-]{1,128}$/)),
  ShardCount: shardCount,
})
export const streamInput = v.object(stream)
export const listShardsInput = v.object({ ...stream, NextToken: v.optional(v.string()) })
export const putRecordInput = v.object({ ...stream, ...record })
export const putRecordsInput = v.object({
  ...stream,
  Records: v.pipe(v.array(v.object(record)), v.minLength(1), v.maxLength(REQUEST_RECORDS)),
})
export const shardIteratorInput = v.object({
  ...stream,
  ShardId: v.string(),
  ShardIteratorType: v.picklist([
    'TRIM_HORIZON',
    'LATEST',
    'AT_TIMESTAMP',
    'AT_SEQUENCE_NUMBER',
    'AFTER_SEQUENCE_NUMBER',
  ]),
  StartingSequenceNumber: v.optional(v.string()),
  /** Epoch seconds. */
  Timestamp: v.optional(v.number()),
})
export const getRecordsInput = v.object({
  ShardIterator: v.string(),
  Limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(READ_RECORDS)), READ_RECORDS),
})
export const updateShardCountInput = v.object({
  ...stream,
  TargetShardCount: v.pipe(v.number(), v.integer()),
})

/** @throws AwsError ValidationException naming every member that is not as expected. */
export function readInput<const T extends v.GenericSchema>(schema: T, input: object): v.InferOutput<T> {
  const result = v.safeParse(schema, input)
  if (result.success) return result.output
  const problems = result.issues.map(issue => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`)
  throw new AwsError(400, 'ValidationException', problems.join('; '))
}
