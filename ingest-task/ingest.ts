/** From one line to the stream: content of the line becomes ticks and events, which are published as envelopes. */
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { dateOf, momentOf } from '../market/moment.ts'
import type { PhaseStart } from '../market/phase.ts'
import type { EpochMicros, EpochMillis, Millis, TradingDate } from '../market/units.ts'
import type { PublishedPlace } from '../tables/control/lease-item.ts'
import { type ContentCounts, ContentHandler, type ContentOutlet } from './content-handler.ts'
import type { Config } from './ingest-config.ts'
import type { Log } from './ingest-log.ts'
import type { Line, LineContent, LineStats, OpenLine, ResumePoint } from './line-seam.ts'
import { Publisher } from './publish/publisher.ts'
import type { PublisherStats } from './publish/publisher-options.ts'
import type { Published } from './publish/recover.ts'
import { createReadProgress, type ReadProgress } from './read-progress.ts'
import { Keeper } from './standby/keeper.ts'

/** The state of the line is published again this often, milliseconds, so that readers notice a dead task. */
const STATE_INTERVAL = 3000
/**
 * The issue master is published again this often, milliseconds. The tail of the stream from which a new process goes on
 * is longer than that (publish/recover.ts).
 */
const MASTER_INTERVAL = 10_000

export interface IngestOptions {
  readonly config: Pick<Config, 'line' | 'lanes' | 'streamName' | 'clock'>
  readonly client: KinesisClient
  /** Opens the line, whatever its protocol. */
  readonly openLine: OpenLine
  readonly log: Log
  /** What the previous process has published, to go on from there. */
  readonly published: Published | undefined
  /** Whether the task publishes nothing until {@link Ingest.promote}. Default: false. */
  readonly isStandby?: boolean
  /** The epoch of the lease. Default: the start of this process. */
  readonly epoch?: EpochMillis
  /** Returns whether envelopes may be put now. Default: always. */
  mayPut?(): boolean
  /** Reports that ticks up to this market time are in the stream, epoch µs. */
  delivered(newest: EpochMicros): void
}

export interface IngestStats extends Readonly<ContentCounts> {
  readonly line: LineStats
  readonly publisher: PublisherStats
}

export class Ingest {
  readonly #options: IngestOptions
  readonly #keeper: Keeper
  /** Undefined until the task publishes. */
  #publisher: Publisher | undefined
  /** Where the content goes now. */
  #outlet: ContentOutlet
  readonly #content: ContentHandler
  readonly #line: Line
  readonly #progress: ReadProgress
  readonly #stateTimer: NodeJS.Timeout
  readonly #masterTimer: NodeJS.Timeout
  #isClosing = false

  /** Opens the line at once. */
  constructor(options: IngestOptions) {
    this.#options = options
    const { config, log, published } = options
    const { line, lanes, clock } = config
    this.#progress = createReadProgress(clock, STATE_INTERVAL)
    const dropped = (bytes: number): void => {
      log.warn('kept ticks dropped: the holder did not say what it has published', { bytes })
    }
    this.#keeper = new Keeper({ line, lanes, dropped })
    if (options.isStandby !== true) this.#publisher = this.#openPublisher(published, options.epoch)
    this.#outlet = this.#publisher ?? this.#keeper
    const tradingDate = published?.tradingDate ?? dateOf(clock.now())
    this.#content = new ContentHandler(line, tradingDate, this.#toOutlet(), log, published, clock)
    this.#line = this.#openLine()
    this.#stateTimer = setInterval(() => this.#publishState(), STATE_INTERVAL)
    this.#masterTimer = setInterval(() => this.#content.publishMaster(), MASTER_INTERVAL)
  }

  get stats(): IngestStats {
    return { ...this.#content.counts, line: this.#line.stats, publisher: this.#outlet.stats }
  }

  /** How far this task has published for certain. */
  get place(): PublishedPlace | undefined {
    const place = this.#publisher?.place
    return place && { ...place, ...this.#content.lost }
  }

  /** How far the line is read; 0 while boards are not whole. */
  get readPosition(): number {
    return this.#publisher?.readPosition ?? this.#keeper.readPosition
  }

  /** Real milliseconds for which envelopes have waited without an answer of the stream. */
  get unansweredMs(): Millis {
    return this.#publisher?.unansweredMs ?? 0
  }

  /** Bytes that a standby keeps. */
  get keptBytes(): number {
    return this.#keeper.bytes
  }

  /**
   * Whether everything after a place is kept, so that the task could publish from there. Drops what the holder has published up
   * to there.
   */
  covers(place: PublishedPlace | undefined): boolean {
    if (place !== undefined) this.#keeper.drop(place)
    return this.#keeper.covers(place)
  }

  /** Publishes what a standby has kept after a place, then the state of the line and the issue master, and goes on live. */
  promote(epoch: EpochMillis, place: PublishedPlace): void {
    const publisher = this.#openPublisher(place, epoch)
    this.#publisher = publisher
    this.#outlet = publisher
    this.#content.inheritLost(place)
    this.#content.publishState()
    this.#keeper.replay(place, publisher)
    this.#content.publishMaster()
  }

  /** Publishes that a phase of the calendar has begun, if the line does not say it. A standby keeps it, as it keeps ticks. */
  publishPhase(date: TradingDate, start: PhaseStart): void {
    this.#content.publishPhase(date, start)
  }

  /** Publishes everything received, and nothing after it. The line stays open. */
  async handOver(): Promise<void> {
    this.#endTimers()
    this.#line.pause()
    await this.#publisher?.drain()
  }

  /** Publishes everything received, logs out of the line, and publishes that the line is stale. */
  async close(): Promise<void> {
    this.#endTimers()
    this.#publishState()
    this.#line.pause()
    await this.#publisher?.drain()
    await this.#line.close()
    await this.#publisher?.drain()
  }

  #endTimers(): void {
    this.#isClosing = true
    clearInterval(this.#stateTimer)
    clearInterval(this.#masterTimer)
  }

  #openLine(): Line {
    const { openLine, published, config, log } = this.#options
    return openLine(
      {
        deliver: content => this.#deliver(content),
        connected: connection => log.info('connected to the line', { connection }),
        failed: ({ connection, kind, message: reason }, retryMilliseconds) => {
          log.warn('connection to the line ended', { connection, kind, reason, retryMilliseconds })
        },
      },
      published && resumePoint(published, config.clock.now()),
    )
  }

  #deliver(content: LineContent): boolean {
    const isReadable = this.#content.deliver(content)
    this.#progress.received(this.#content.newest)
    return isReadable
  }

  #openPublisher(published: PublishedPlace | undefined, epoch: EpochMillis | undefined): Publisher {
    const { config, client, log, delivered, mayPut } = this.#options
    const { line, lanes, streamName } = config
    return new Publisher({
      client,
      streamName,
      line,
      lanes,
      published,
      ...(epoch === undefined ? {} : { epoch }),
      ...(mayPut === undefined ? {} : { mayPut }),
      boards: () => this.#content.boards?.boards() ?? [],
      delivered,
      pressure: high => this.#takePressure(high),
      failed: (names, reason) => {
        log.warn('envelopes not published, sending them again', { lanes: names, reason })
      },
    })
  }

  /** Returns an outlet that leads to the outlet of the moment. */
  #toOutlet(): ContentOutlet {
    const outlet = (): ContentOutlet => this.#outlet
    return {
      tick: (tick, live) => this.#outlet.tick(tick, live),
      events: (tradingDate, events) => this.#outlet.events(tradingDate, events),
      position: (tradingDate, position, reached) => this.#outlet.position(tradingDate, position, reached),
      complete: (tradingDate, until) => this.#outlet.complete(tradingDate, until),
      get stats() {
        return outlet().stats
      },
    }
  }

  #publishState(): void {
    this.#content.publishState()
    const until = this.#progress.until(this.#line.stats)
    if (until !== undefined) this.#content.publishComplete(until)
  }

  /** Pauses the line while too much waits to be published. */
  #takePressure(high: boolean): void {
    this.#progress.pause(high)
    if (high) this.#line.pause()
    else if (!this.#isClosing) this.#line.resume()
    const message = high ? 'line paused: too many bytes wait to be published' : 'line resumed'
    this.#options.log.warn(message, { ...this.#outlet.stats })
  }
}

/** @param now market time: a process with a wrong clock may have published a time that is still to come. */
function resumePoint({ tradingDate, position, boards }: Published, now: EpochMicros): ResumePoint {
  const newest = boards.reduce((latest, { time }) => Math.max(latest, time), 0)
  return { tradingDate, position, time: Math.max(0, Math.min(newest, now - momentOf(tradingDate, 0))) }
}
