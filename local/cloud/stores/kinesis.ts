/**
 * Kinesis on kinesalite, in memory. What passes through is kept for a few minutes only: a run of the whole system
 * lasts hours, and nobody here reads a stream again from its start.
 */
import { create, type KinesisShard, shardIxToHex } from 'kinesalite/db/index.js'
import type { Clock } from '../../../market/clock.ts'
import { ACCOUNT, REGION } from '../template/place.ts'
import { levelActions, type Operation } from './level-actions.ts'
import { createReshard } from './reshard.ts'

export type { KinesisShard }

/** A record as GetRecords answers it. */
export interface KinesisRecord {
  readonly SequenceNumber: string
  readonly PartitionKey: string
  /** Base64. */
  readonly Data: string
  /** Epoch seconds. */
  readonly ApproximateArrivalTimestamp: number
}

export interface KinesisStore {
  operation(name: string): Operation | undefined
  shards(stream: string): Promise<readonly KinesisShard[]>
  iterator(
    stream: string,
    shardId: string,
    type: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP',
    timestamp?: number,
  ): Promise<string>
  /** An iterator that goes on behind a record. */
  iteratorAfter(stream: string, shardId: string, sequenceNumber: string): Promise<string>
  read(iterator: string): Promise<{ records: readonly KinesisRecord[]; next: string | undefined }>
  /** Calls back after every put to a shard, and after a change of shards. Returns how to stop that. */
  watch(stream: string, onPut: (shardId: string) => void, onShards: () => void): () => void
  close(): Promise<void>
}

/** How long a record is kept. A consumer that is further behind has lost it, as after a day in Kinesis. */
const RETENTION_MS = 10 * 60 * 1000
/** Bytes kept at most, whatever their age: the oldest go first. */
const RETENTION_BYTES = 256 * 1024 * 1024
/** What a record takes in the store beside its data, about: keys, a node of the tree. */
const RECORD_OVERHEAD_BYTES = 1024
/** How often what is too old is removed. */
const TRIM_EVERY_MS = 5000
/** Shards an account may have: far above what a plan asks for. */
const SHARD_LIMIT = 200

interface PutRecordsInput {
  readonly StreamName: string
  readonly Records: readonly { readonly Data: string }[]
}
interface PutRecordInput {
  readonly StreamName: string
  readonly Data: string
}
interface PutResult {
  readonly ShardId: string
  readonly SequenceNumber: string
}

interface IteratorInput {
  readonly StreamName: string
  readonly ShardId: string
  readonly ShardIteratorType: string
  /** Epoch seconds. */
  readonly Timestamp?: number
}

/** A record that is kept, in order of arrival. */
interface Kept {
  readonly stream: string
  readonly key: string
  readonly bytes: number
  readonly at: number
}

export function openKinesisStore(clock: Clock): KinesisStore {
  // Streams and shards change at once; the reshard below says UPDATING for as long as AWS would.
  const store = create({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: SHARD_LIMIT })
  store.metaDb.awsAccountId = ACCOUNT
  store.metaDb.awsRegion = REGION
  const actions = levelActions('kinesalite', store, operation => operation)
  const puts = new Map<string, Set<(shardId: string) => void>>()
  const reshardings = new Map<string, Set<() => void>>()

  const call = async <T>(name: string, input: object): Promise<T> => {
    const operation = actions(name)
    if (operation === undefined) throw new Error(`kinesalite has no operation ${name}`)
    return (await operation(input)) as T
  }

  let kept: Kept[] = []
  let keptBytes = 0
  const shardKey = (shardId: string): string => shardIxToHex(Number(shardId.slice(shardId.indexOf('-') + 1)))
  const keep = (stream: string, { ShardId, SequenceNumber }: PutResult, data: string): void => {
    // Base64 as stored, not decoded: that is what takes the memory.
    const bytes = data.length + RECORD_OVERHEAD_BYTES
    kept.push({
      stream,
      key: `${shardKey(ShardId)}/${SequenceNumber}`,
      bytes,
      at: Date.now(),
    })
    keptBytes += bytes
    for (const onPut of puts.get(stream) ?? []) onPut(ShardId)
  }
  const trim = (): void => {
    const horizon = Date.now() - RETENTION_MS
    const gone = new Map<string, { type: 'del'; key: string }[]>()
    let count = 0
    for (const { stream, key, bytes, at } of kept) {
      if (at > horizon && keptBytes <= RETENTION_BYTES) break
      const operations = gone.get(stream) ?? []
      operations.push({ type: 'del', key })
      gone.set(stream, operations)
      keptBytes -= bytes
      count++
    }
    kept = kept.slice(count)
    for (const [stream, operations] of gone) {
      // The memory store cannot fail on a removal; only a close in between can stop it, and then all is gone anyway.
      store.getStreamDb(stream).batch(operations, () => {})
    }
  }
  const trimming = setInterval(trim, TRIM_EVERY_MS)

  const reshard = createReshard({
    call,
    now: () => clock.now(),
    onChange(stream) {
      for (const onShards of reshardings.get(stream) ?? []) onShards()
    },
  })

  /** Requests may name a stream by its ARN; kinesalite knows names only. */
  const byName = (input: object): object => {
    const { StreamARN, ...rest } = input as { readonly StreamARN?: string }
    return StreamARN === undefined
      ? input
      : { StreamName: StreamARN.slice(StreamARN.lastIndexOf('/') + 1), ...rest }
  }

  /** kinesalite does not answer at all where a shard has no record since the time that is asked for. */
  const iteratorSince = ({ Timestamp = 0, ...input }: IteratorInput): Promise<object> => {
    const prefix = `${shardKey(input.ShardId)}/`
    const first = kept.find(
      ({ stream, key, at }) =>
        stream === input.StreamName && key.startsWith(prefix) && at >= Timestamp * 1000,
    )
    return call(
      'GetShardIterator',
      first === undefined
        ? { ...input, ShardIteratorType: 'LATEST' }
        : {
            ...input,
            ShardIteratorType: 'AT_SEQUENCE_NUMBER',
            StartingSequenceNumber: first.key.slice(prefix.length),
          },
    )
  }

  const own: Readonly<Record<string, Operation>> = {
    async PutRecords(input) {
      const { StreamName, Records } = input as PutRecordsInput
      const output = await call<{ Records: readonly PutResult[] }>('PutRecords', input)
      for (const [i, result] of output.Records.entries()) keep(StreamName, result, Records[i]!.Data)
      return output
    },
    async PutRecord(input) {
      const { StreamName, Data } = input as PutRecordInput
      const output = await call<PutResult>('PutRecord', input)
      keep(StreamName, output, Data)
      return output
    },
    GetShardIterator(input) {
      const wanted = input as IteratorInput
      return wanted.ShardIteratorType === 'AT_TIMESTAMP'
        ? iteratorSince(wanted)
        : call('GetShardIterator', input)
    },
    UpdateShardCount: input => reshard.update(input),
    async DescribeStreamSummary(input) {
      const { StreamName } = input as { StreamName: string }
      const output = await call<{ StreamDescriptionSummary: object }>('DescribeStreamSummary', input)
      if (!reshard.underWay(StreamName)) return output
      return { StreamDescriptionSummary: { ...output.StreamDescriptionSummary, StreamStatus: 'UPDATING' } }
    },
  }

  return {
    operation(name) {
      const operation = own[name] ?? actions(name)
      return operation === undefined ? undefined : input => operation(byName(input))
    },
    async shards(StreamName) {
      return (await call<{ Shards: readonly KinesisShard[] }>('ListShards', { StreamName })).Shards
    },
    async iterator(StreamName, ShardId, ShardIteratorType, Timestamp) {
      const input = {
        StreamName,
        ShardId,
        ShardIteratorType,
        ...(Timestamp === undefined ? {} : { Timestamp }),
      }
      const iterator = (await own.GetShardIterator!(input)) as { ShardIterator: string }
      return iterator.ShardIterator
    },
    async iteratorAfter(StreamName, ShardId, StartingSequenceNumber) {
      const ShardIteratorType = 'AFTER_SEQUENCE_NUMBER'
      const input = { StreamName, ShardId, ShardIteratorType, StartingSequenceNumber }
      return (await call<{ ShardIterator: string }>('GetShardIterator', input)).ShardIterator
    },
    async read(ShardIterator) {
      const output = await call<{ Records: readonly KinesisRecord[]; NextShardIterator?: string }>(
        'GetRecords',
        {
          ShardIterator,
        },
      )
      return { records: output.Records, next: output.NextShardIterator }
    },
    watch(stream, onPut, onShards) {
      const onPuts = puts.get(stream) ?? new Set()
      const onChanges = reshardings.get(stream) ?? new Set()
      puts.set(stream, onPuts.add(onPut))
      reshardings.set(stream, onChanges.add(onShards))
      return () => {
        onPuts.delete(onPut)
        onChanges.delete(onShards)
      }
    },
    close: async () => {
      clearInterval(trimming)
      await reshard.close()
      await new Promise<void>((resolve, reject) =>
        store.db.close(error => (error ? reject(error) : resolve())),
      )
    },
  }
}
