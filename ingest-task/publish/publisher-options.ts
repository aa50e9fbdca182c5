/** What a publisher needs, and what it counts. */
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import type { Tick } from '../../market/tick.ts'
import type { EpochMicros, EpochMillis } from '../../market/units.ts'
import type { PublishedPlace } from '../../tables/control/lease-item.ts'

export interface PublisherOptions {
  readonly client: KinesisClient
  readonly streamName: string
  readonly line: number
  /** Number of lanes of the line. */
  readonly lanes: number
  /** What the previous process has published, if this process resumes after it. */
  readonly published: PublishedPlace | undefined
  /** The epoch of the lease. Default: the start of this process. It is raised above the epochs of `published`. */
  readonly epoch?: EpochMillis
  /** Returns whether envelopes may be put now. While they may not, they wait. Default: always. */
  mayPut?(): boolean
  /** Returns the latest tick of every issue, without trades, for key frames. */
  boards(): Iterable<Tick>
  /** Reports that too much is waiting (true), or no longer (false). */
  pressure(high: boolean): void
  /**
   * Reports that envelopes of these lanes failed and will be sent again. Envelopes that a full shard refused are not
   * reported: they are usual at the opening, and {@link PublisherStats.throttled} counts them.
   */
  failed(lanes: readonly string[], reason: string): void
  /**
   * Reports that an envelope with live ticks is in the stream.
   * @param newest market time of its newest live tick, epoch µs.
   */
  delivered(newest: EpochMicros): void
}

export interface PublisherStats {
  readonly envelopes: number
  readonly bytes: number
  readonly ticks: number
  /** Envelopes that failed and were sent again. */
  readonly retries: number
  /** Retried envelopes that were beyond the rate of a shard. */
  readonly throttled: number
  readonly waitingBytes: number
  readonly waitingEnvelopes: number
}
