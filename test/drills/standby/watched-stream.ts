/** The stream of a schedule, with the write and read limits of its shard, and a consumer that reads it as it grows. */
import { setTimeout as wait } from 'node:timers/promises'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import { startKinesisEndpoint } from '@itastream/local-cloud/kinesis-endpoint'
import { decodeEnvelope, type Envelope } from '../../../market/codec/envelope.ts'
import { asEpochMillis, type EpochMillis } from '../../../market/units.ts'
import { kinesisClient } from '../../ingest-task/ingest-stream.ts'

export const STREAM = 'ticks'
/** Time between two reads, ms. A shard allows five reads a second, which the tasks share. */
const READ_INTERVAL_MS = 400

/** A record of the stream. */
export interface StreamEntry {
  readonly sequenceNumber: string
  /** When the stream took it. */
  readonly arrivedAt: EpochMillis
  readonly bytes: Uint8Array
  readonly envelope: Envelope
}

export interface WatchedStream extends AsyncDisposable {
  readonly port: number
  /** What was read so far, in the order of the shard. */
  readonly entries: readonly StreamEntry[]
  /** The highest counter of the ticks read so far. */
  readonly highest: number
  /** Reads the rest. */
  stop(): Promise<void>
}

/** Opens a stream of one shard, as the stack has it. */
export async function openWatchedStream(): Promise<WatchedStream> {
  const endpoint = await startKinesisEndpoint({ shardLimits: true })
  const client = kinesisClient(endpoint.url)
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }))
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: STREAM }))
  const start = new GetShardIteratorCommand({
    StreamName: STREAM,
    ShardId: Shards[0]!.ShardId,
    ShardIteratorType: 'TRIM_HORIZON',
  })
  let { ShardIterator: iterator } = await client.send(start)
  const entries: StreamEntry[] = []
  let highest = 0
  let isOpen = true

  const read = async (): Promise<void> => {
    const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
    for (const { SequenceNumber, ApproximateArrivalTimestamp, Data } of answer.Records ?? []) {
      const arrivedAt = asEpochMillis(ApproximateArrivalTimestamp!.getTime())
      const envelope = decodeEnvelope(Data!)
      entries.push({ sequenceNumber: SequenceNumber!, arrivedAt, bytes: Data!, envelope })
      if (envelope.kind === 'ticks')
        highest = envelope.ticks.reduce((most, { sequence }) => Math.max(most, sequence), highest)
    }
    iterator = answer.NextShardIterator
  }
  const readOn = async (): Promise<void> => {
    while (isOpen) {
      await wait(READ_INTERVAL_MS)
      await read().catch(error => {
        // The tasks share the limit of five reads a second.
        if (error.name !== 'ProvisionedThroughputExceededException') throw error
      })
    }
    await read()
  }
  const reading = readOn()
  const stop = (): Promise<void> => {
    isOpen = false
    return reading
  }
  return {
    port: Number(new URL(endpoint.url).port),
    entries,
    get highest() {
      return highest
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      client.destroy()
      await endpoint.close()
    },
  }
}
