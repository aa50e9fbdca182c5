/**
 * Looks for newer epochs of a line in the stream, for a holder that cannot reach the table. It reads what follows its own latest
 * envelope, so no clocks are compared.
 */
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis'
import { decodeHeader } from '../../market/codec/envelope.ts'
import { asEpochMillis, type EpochMillis } from '../../market/units.ts'
import type { StreamPlace } from '../publish/put-health.ts'

/**
 * Most records of a look. At the opening the lanes of all lines put some 300 a second, and a new holder puts at least ten of them.
 * A shard returns 2 MB a second to all its readers (Kinesis quotas), and three holders may look at once.
 */
const MOST_RECORDS = 100

export interface StreamEpochsOptions {
  readonly client: KinesisClient
  readonly streamName: string
  readonly line: number
  /** Returns the place of the latest envelope that this task has put. */
  latestPut(): StreamPlace | undefined
}

export class StreamEpochs {
  readonly #options: StreamEpochsOptions
  /** Where the next look starts. */
  #from: StreamPlace | undefined

  constructor(options: StreamEpochsOptions) {
    this.#options = options
  }

  /** Returns the newest epoch among the envelopes of the line since the previous call; undefined after the first call. */
  async newest(abortSignal: AbortSignal): Promise<EpochMillis | undefined> {
    const { client, streamName, line, latestPut } = this.#options
    const from = this.#from
    this.#from = latestPut()
    if (from === undefined) return undefined
    const place = new GetShardIteratorCommand({
      StreamName: streamName,
      ShardId: from.shard,
      ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
      StartingSequenceNumber: from.sequenceNumber,
    })
    const { ShardIterator } = await client.send(place, { abortSignal })
    const get = new GetRecordsCommand({ ShardIterator, Limit: MOST_RECORDS })
    const { Records = [] } = await client.send(get, { abortSignal })
    const epochs = Records.flatMap(({ Data }) => epochOf(Data!, line) ?? [])
    return epochs.length === 0 ? undefined : asEpochMillis(Math.max(...epochs))
  }
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
