/**
 * Looks for epochs of a line in the stream, for a task that cannot reach the table. Each look reads what came after the look
 * before, so no clocks are compared.
 */
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis'
import { decodeHeader } from '../../market/codec/envelope.ts'
import { laneHashKey } from '../../market/lane.ts'
import { asEpochMillis, type EpochMillis } from '../../market/units.ts'

/**
 * Most records of a look. At the opening the lanes of all lines put some 300 a second, and a holder puts at least a third of
 * them. A shard returns 2 MB a second to all its readers (Kinesis quotas), and a task of each line may look at once.
 */
const MOST_RECORDS = 100

export interface StreamEpochsOptions {
  readonly client: KinesisClient
  readonly streamName: string
  readonly line: number
  readonly lanes: number
}

export interface Look {
  /** Whether the stream was read since the look before. The first look only notes where the stream ends. */
  readonly isRead: boolean
  /** The newest epoch of the line in this part of the stream; undefined without any. */
  readonly newest: EpochMillis | undefined
}

export class StreamEpochs {
  readonly #options: StreamEpochsOptions
  /** The end of the shard at the look before. */
  #end: { readonly shard: string; readonly iterator: string | undefined } | undefined

  constructor(options: StreamEpochsOptions) {
    this.#options = options
  }

  /** Reads the records of the line's first lane, and of the lanes in its shard, since the look before. */
  async look(abortSignal: AbortSignal): Promise<Look> {
    const { client, line } = this.#options
    const before = this.#end
    this.#end = undefined
    const shard = await this.#findShard(abortSignal)
    // A shard that was split or merged takes no records any more.
    const isSame = before?.iterator !== undefined && before.shard === shard
    let newest: EpochMillis | undefined
    if (isSame) {
      const get = new GetRecordsCommand({ ShardIterator: before.iterator, Limit: MOST_RECORDS })
      const { Records = [] } = await client.send(get, { abortSignal })
      const epochs = Records.flatMap(({ Data }) => epochOf(Data!, line) ?? [])
      newest = epochs.length === 0 ? undefined : asEpochMillis(Math.max(...epochs))
    }
    const end = new GetShardIteratorCommand({
      StreamName: this.#options.streamName,
      ShardId: shard,
      ShardIteratorType: 'LATEST',
    })
    this.#end = { shard, iterator: (await client.send(end, { abortSignal })).ShardIterator }
    return { isRead: isSame, newest }
  }

  /** Returns the open shard of the line's first lane. */
  async #findShard(abortSignal: AbortSignal): Promise<string> {
    const { client, streamName, line, lanes } = this.#options
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: streamName }), {
      abortSignal,
    })
    const key = BigInt(laneHashKey(line, 0, lanes))
    const open = Shards.find(shard => isOpen(shard) && holds(shard, key))
    if (open?.ShardId === undefined) throw new Error(`expected an open shard of line ${line}, found none`)
    return open.ShardId
  }
}

function isOpen({ SequenceNumberRange }: Shard): boolean {
  return SequenceNumberRange?.EndingSequenceNumber === undefined
}

function holds({ HashKeyRange }: Shard, key: bigint): boolean {
  const { StartingHashKey = '0', EndingHashKey = '0' } = HashKeyRange ?? {}
  return key >= BigInt(StartingHashKey) && key <= BigInt(EndingHashKey)
}

/** Returns the epoch of an envelope of a line; undefined for other records. */
function epochOf(bytes: Uint8Array, line: number): EpochMillis | undefined {
  try {
    const { header } = decodeHeader(bytes)
    return header.line === line ? header.epoch : undefined
  } catch {
    return undefined
  }
}
