/** Reads a batch that Lambda has given up: the invocation record that it writes to the bucket of failed batches. */
import type { KinesisStreamRecord } from 'aws-lambda'
import * as v from 'valibot'
import { decodeEnvelope, EnvelopeError } from '../../market/codec/envelope.ts'
import { UnknownVersionError } from '../../market/codec/sealed-bytes.ts'
import { laneName } from '../../market/lane.ts'
import type { TradingDate } from '../../market/units.ts'

/** Lambda developer guide, "Retain discarded batch records for a Kinesis Data Streams event source": only S3 gets `payload`. */
const schema = v.object({
  requestContext: v.object({ functionArn: v.string(), condition: v.string() }),
  timestamp: v.string(),
  payload: v.string(),
})
/** Other members of a record are sent as they came. */
const eventSchema = v.object({
  Records: v.array(
    v.looseObject({ kinesis: v.looseObject({ sequenceNumber: v.string(), data: v.string() }) }),
  ),
})
/** `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, with an alias or a version after it. */
const NAME_IN_ARN = 6

export interface FailedBatch {
  /** Name of the function that gave the batch up. */
  readonly functionName: string
  /** Why: `RetryAttemptsExhausted` or `RecordAgeExceeded`. */
  readonly condition: string
  /** When: ISO 8601. */
  readonly timestamp: string
  readonly records: readonly KinesisStreamRecord[]
}

/** What the envelopes of a batch have. */
export interface BatchContent {
  /** The records whose envelopes this release can decode, in order. */
  readonly readable: readonly KinesisStreamRecord[]
  /** Why the others cannot be decoded, one text each. */
  readonly problems: readonly string[]
  readonly dates: readonly TradingDate[]
  /** Names of the lanes, sorted. */
  readonly lanes: readonly string[]
  readonly ticks: number
}

/** Returns the name of the function in its ARN. */
export function functionNameOf(arn: string): string {
  return arn.split(':')[NAME_IN_ARN] ?? arn
}

/** @throws Error if the text is no invocation record with the whole batch. */
export function parseFailedBatch(text: string): FailedBatch {
  const { requestContext, timestamp, payload } = v.parse(schema, JSON.parse(text))
  const { Records } = v.parse(eventSchema, JSON.parse(payload))
  return {
    functionName: functionNameOf(requestContext.functionArn),
    condition: requestContext.condition,
    timestamp,
    records: Records as unknown as readonly KinesisStreamRecord[],
  }
}

/** Decodes the envelopes of records. */
export function contentOf(records: readonly KinesisStreamRecord[]): BatchContent {
  const readable: KinesisStreamRecord[] = []
  const problems: string[] = []
  const dates = new Set<TradingDate>()
  const lanes = new Set<string>()
  let ticks = 0
  for (const record of records) {
    const { sequenceNumber, data } = record.kinesis
    try {
      const envelope = decodeEnvelope(Buffer.from(data, 'base64'))
      readable.push(record)
      dates.add(envelope.tradingDate)
      lanes.add(laneName(envelope.line, envelope.lane))
      if (envelope.kind === 'ticks') ticks += envelope.ticks.length
    } catch (error) {
      if (!(error instanceof EnvelopeError || error instanceof UnknownVersionError)) throw error
      problems.push(`record ${sequenceNumber}: ${error.message}`)
    }
  }
  return { readable, problems, dates: [...dates].sort(), lanes: [...lanes].sort(), ticks }
}
