/** The other baseline of envelopes: JSON records put together by aws-kinesis-agg, the way of the Kinesis Producer Library. */
import aggregation from 'aws-kinesis-agg'
import { decodeRecord, encodeRecord, type JsonRecord } from './json-record.ts'

/** The records of one lane, in as many Kinesis records as it takes: one, but for a limit of 1 MB. */
export function aggregate(lane: string, records: readonly JsonRecord[]): Buffer[] {
  const aggregated: Buffer[] = []
  new aggregation.RecordAggregator().aggregateRecords(
    records.map(record => ({ partitionKey: lane, data: encodeRecord(record) })),
    true,
    (error, record) => {
      if (error !== null) throw error
      aggregated.push(record.data)
    },
  )
  return aggregated
}

/** @param base64 a Kinesis record as it stands in a Lambda event. */
export function deaggregate(base64: string): JsonRecord[] {
  let records: JsonRecord[] = []
  aggregation.deaggregateSync({ data: base64 }, true, (error, parts) => {
    if (error !== undefined) throw error
    records = parts.map(({ data }) => decodeRecord(Buffer.from(data, 'base64')))
  })
  return records
}
