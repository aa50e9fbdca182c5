/** From one line to the stream: content of the line becomes ticks and events, which are published as envelopes. */
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { dateOf, momentOf } from '../market/moment.ts'
import type { EpochMicros } from '../market/units.ts'
import { type ContentCounts, ContentHandler } from './content-handler.ts'
import type { Config } from './ingest-config.ts'
import type { Log } from './ingest-log.ts'
import type { Line, LineStats, OpenLine, ResumePoint } from './line-seam.ts'
import { Publisher } from './publish/publisher.ts'
import type { PublisherStats } from './publish/publisher-options.ts'
import type { Published } from './publish/recover.ts'
import { createReadProgress, type ReadProgress } from './read-progress.ts'

/** The state of the line is published again this often, milliseconds, so that readers notice a dead task. */
const STATE_INTERVAL = 3000
/**
 * The issue master is published again this often, milliseconds. The tail of the stream from which a new process goes on
 * is longer than that (publish/recover.ts).
 */
const MASTER_INTERVAL = 10_000

export interface IngestOptions {
  readonly config: Config
  readonly client: KinesisClient
  /** Opens the line, whatever its protocol. */
  readonly openLine: OpenLine
  readonly log: Log
  /** What the previous process has published, to go on from there. */
  readonly published: Published | undefined
  /** Reports that ticks up to this market time are in the stream, epoch µs. */
  delivered(newest: EpochMicros): void
}

export interface IngestStats extends Readonly<ContentCounts> {
  readonly line: LineStats
  readonly publisher: PublisherStats
}

export class Ingest {
  readonly #publisher: Publisher
  readonly #content: ContentHandler
  readonly #line: Line
  readonly #progress: ReadProgress
  readonly #stateTimer: NodeJS.Timeout
  readonly #masterTimer: NodeJS.Timeout
  #isClosing = false

  /** Opens the line at once. */
  constructor({ config, client, openLine, log, published, delivered }: IngestOptions) {
    const { line, lanes, streamName, clock } = config
    this.#progress = createReadProgress(clock, STATE_INTERVAL)
    this.#publisher = new Publisher({
      client,
      streamName,
      line,
      lanes,
      published,
      boards: () => this.#content.boards?.boards() ?? [],
      delivered,
      pressure: high => this.#takePressure(high, log),
      failed: (names, reason) => {
        log.warn('envelopes not published, sending them again', { lanes: names, reason })
      },
    })
    const tradingDate = published?.tradingDate ?? dateOf(clock.now())
    this.#content = new ContentHandler(line, tradingDate, this.#publisher, log, published, clock)
    this.#line = openLine(
      {
        deliver: content => this.#content.deliver(content),
        connected: connection => log.info('connected to the line', { connection }),
        failed: ({ connection, kind, message: reason }, retryMilliseconds) => {
          log.warn('connection to the line ended', { connection, kind, reason, retryMilliseconds })
        },
      },
      published && resumePoint(published, clock.now()),
    )
    this.#stateTimer = setInterval(() => this.#publishState(), STATE_INTERVAL)
    this.#masterTimer = setInterval(() => this.#content.publishMaster(), MASTER_INTERVAL)
  }

  get stats(): IngestStats {
    return { ...this.#content.counts, line: this.#line.stats, publisher: this.#publisher.stats }
  }

  /** Publishes everything received, logs out of the line, and publishes that the line is stale. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#stateTimer)
    clearInterval(this.#masterTimer)
    this.#publishState()
    this.#line.pause()
    await this.#publisher.drain()
    await this.#line.close()
    await this.#publisher.drain()
  }

  #publishState(): void {
    this.#content.publishState()
    const until = this.#progress.until(this.#line.stats, this.#content.newest)
    if (until !== undefined) this.#content.publishComplete(until)
  }

  /** Pauses the line while too much waits to be published. */
  #takePressure(high: boolean, log: Log): void {
    this.#progress.pause(high)
    if (high) this.#line.pause()
    else if (!this.#isClosing) this.#line.resume()
    const message = high ? 'line paused: too many bytes wait to be published' : 'line resumed'
    log.warn(message, { ...this.#publisher.stats })
  }
}

/** @param now market time: a process with a wrong clock may have published a time that is still to come. */
function resumePoint({ tradingDate, position, boards }: Published, now: EpochMicros): ResumePoint {
  const newest = boards.reduce((latest, { time }) => Math.max(latest, time), 0)
  return { tradingDate, position, time: Math.max(0, Math.min(newest, now - momentOf(tradingDate, 0))) }
}
