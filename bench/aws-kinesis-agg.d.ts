/** What bench/aggregate.ts needs of aws-kinesis-agg, whose own description leaves out RecordAggregator. */

declare module 'aws-kinesis-agg' {
  interface RecordToAggregate {
    readonly partitionKey: string
    readonly data: Buffer
  }
  export class RecordAggregator {
    /** Calls `ready` for every aggregated record that is full, and at the end for the rest. */
    aggregateRecords(
      records: readonly RecordToAggregate[],
      forceFlush: true,
      ready: (error: Error | null, record: { readonly data: Buffer }) => void,
    ): void
  }
  /** Data is base64, as in a Lambda event: that of the aggregated record, and that of each in it. */
  export function deaggregateSync(
    record: { readonly data: string },
    computeChecksums: boolean,
    done: (error: Error | undefined, records: readonly { readonly data: string }[]) => void,
  ): void
}
