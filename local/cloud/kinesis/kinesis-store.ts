/** Kinesis Data Streams in memory: streams by name, and the operations of the AWS API on them. */
import { AwsError } from '../aws-error.ts'
import type { CloudClock } from '../cloud-clock.ts'
import type { Operation } from '../operation.ts'
import { createDataStream, type DataStream } from './data-stream.ts'
import { kinesisOperations } from './kinesis-operations.ts'
import { createReadBudget } from './read-budget.ts'
import { createWriteBudget } from './write-budget.ts'

export interface KinesisStore {
  /** Creates a stream. @throws AwsError ResourceInUseException when the name is taken. */
  create(name: string, shardCount: number): DataStream
  /** @throws AwsError ResourceNotFoundException */
  stream(name: string): DataStream
  /** Returns an operation of the AWS API, `undefined` when it is not served. */
  operation(name: string): Operation | undefined
  /** Ends resharding that is under way. */
  close(): Promise<void>
}

export interface KinesisOptions {
  /** The limits of shards and of resharding count by this clock. */
  readonly clock: CloudClock
  /** Whether a shard refuses records above its write limit, and reads above its read limit, as on AWS. */
  readonly shardLimits: boolean
}

export function openKinesisStore({ clock, shardLimits }: KinesisOptions): KinesisStore {
  const streams = new Map<string, DataStream>()
  const closing = new AbortController()
  const reshardings = new Set<Promise<void>>()

  const create = (name: string, shardCount: number): DataStream => {
    if (streams.has(name)) throw new AwsError(400, 'ResourceInUseException', `Stream ${name} exists already`)
    const stream = createDataStream(
      name,
      shardCount,
      shardLimits ? () => ({ write: createWriteBudget(clock), read: createReadBudget(clock) }) : undefined,
    )
    streams.set(name, stream)
    return stream
  }
  const find = (name: string): DataStream => {
    const stream = streams.get(name)
    if (stream === undefined) throw new AwsError(400, 'ResourceNotFoundException', `Stream ${name} not found`)
    return stream
  }
  const operations = kinesisOperations({
    create,
    find,
    clock,
    signal: closing.signal,
    track(resharding) {
      reshardings.add(resharding)
      void resharding.finally(() => reshardings.delete(resharding))
    },
  })
  return {
    create,
    stream: find,
    operation: name => operations[name],
    async close() {
      closing.abort()
      await Promise.all(reshardings)
    },
  }
}
