/** One task of a line: stands by or publishes, as its lease says. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PhaseStart } from '../market/phase.ts'
import type { EpochMicros, EpochMillis, Millis, TradingDate } from '../market/units.ts'
import type { PublishedPlace } from '../tables/control/lease-item.ts'
import { type HealthSigns, signsOf } from './health-verdict.ts'
import { Ingest, type IngestOptions, type IngestStats } from './ingest.ts'
import type { LeasedTask } from './lease/lease-loop.ts'
import type { EndReason, Observed } from './lease/lease-state.ts'
import { type Look, StreamEpochs } from './lease/stream-epochs.ts'
import type { Published } from './publish/recover.ts'
import { StreamProbe } from './standby/stream-probe.ts'

export interface LeasedIngestOptions extends Pick<IngestOptions, 'config' | 'client' | 'openLine' | 'log'> {
  mayPut(): boolean
  /** Whether another task of the line works. */
  otherWorks(): boolean
  /** Reads from the stream what the previous holder has published. */
  findPublished(): Promise<Published | undefined>
  delivered(newest: EpochMicros): void
  /** Reports that the task begins to publish, without a holder that it takes over from. */
  began(): void
  ended(reason: EndReason): void
}

export class LeasedIngest implements LeasedTask {
  readonly #options: LeasedIngestOptions
  readonly #probe: StreamProbe
  readonly #epochs: StreamEpochs
  #ingest: Ingest | undefined
  #isStandby = false
  /** When the task took the lease without being ready, real ms. */
  #begunAt: Millis | undefined
  /** Since when the line of the holder is not live, or its boards are not whole, real ms. */
  #troubledSince: Millis | undefined
  /** When the line was opened, real ms. */
  #openedAt: Millis = 0
  /** How far the holder had read the line at the latest look, and when that changed, real ms. */
  #moved = { position: 0, at: 0 }
  #hasEnded = false

  constructor(options: LeasedIngestOptions) {
    this.#options = options
    const { client, config } = options
    this.#probe = new StreamProbe(client, config.streamName)
    this.#epochs = new StreamEpochs({ client, ...config })
  }

  /** Totals; undefined before the line is opened. */
  get stats(): IngestStats | undefined {
    return this.#ingest?.stats
  }

  /** Bytes that are kept because the holder may not have published them. */
  get keptBytes(): number {
    return this.#isStandby ? (this.#ingest?.keptBytes ?? 0) : 0
  }

  /** What the health check judges. */
  get signs(): HealthSigns {
    const otherWorks = this.#options.otherWorks()
    const { stats } = this
    if (stats !== undefined) return signsOf(stats, { streamAnswers: this.#probe.answers, otherWorks })
    // The line is not opened before the lease is read. That takes seconds, and otherwise this task may be what fails.
    return {
      ready: false,
      hindrance: undefined,
      otherWorks,
      publisher: { envelopes: 0, waitingBytes: 0 },
    }
  }

  observed(place: PublishedPlace | undefined): Observed {
    const now = performance.now()
    const ingest = this.#ingest
    if (ingest === undefined) {
      const troubledMs = this.#begunAt === undefined ? 0 : now - this.#begunAt
      return { ready: false, proved: false, troubledMs, stuckMs: 0, silentMs: 0, position: 0 }
    }
    const { line } = ingest.stats
    const position = ingest.readPosition
    const silentMs = line.silentMilliseconds ?? now - this.#openedAt
    const isLive = line.state === 'live'
    if (this.#isStandby) {
      const covers = ingest.covers(place)
      const proved = isLive && position > 0 && this.#probe.answers
      return { ready: proved && covers, proved, troubledMs: 0, stuckMs: 0, silentMs, position }
    }
    // Without a place no task could go on from the boards of this one. A standby may have whole boards.
    const isWell = isLive && ingest.place !== undefined
    this.#troubledSince = isWell ? undefined : (this.#troubledSince ?? now)
    const troubledMs = this.#troubledSince === undefined ? 0 : now - this.#troubledSince
    if (position !== this.#moved.position) this.#moved = { position, at: now }
    const stillMs = Math.min(troubledMs, now - this.#moved.at)
    const { unansweredMs } = ingest
    return {
      ready: false,
      proved: false,
      troubledMs: Math.max(troubledMs, unansweredMs),
      stuckMs: Math.max(stillMs, unansweredMs),
      silentMs,
      position,
    }
  }

  published(): PublishedPlace | undefined {
    return this.#ingest?.place
  }

  standBy(): void {
    this.#isStandby = true
    this.#ingest = this.#open({ published: undefined, isStandby: true })
  }

  promote(epoch: EpochMillis, place: PublishedPlace): void {
    this.#isStandby = false
    this.#probe.close()
    this.#ingest!.promote(epoch, place)
  }

  publishPhase(date: TradingDate, start: PhaseStart): void {
    this.#ingest?.publishPhase(date, start)
  }

  begin(epoch: EpochMillis): void {
    void this.#begin(epoch)
  }

  async drain(milliseconds: Millis, isLast: boolean): Promise<void> {
    const ingest = this.#ingest
    const drained = isLast ? ingest?.close() : ingest?.handOver()
    const isDone = await Promise.race([drained?.then(() => true), sleep(milliseconds, false, { ref: false })])
    if (isLast && isDone === false) {
      this.#options.log.warn('not everything was published in time', { ...ingest?.stats.publisher })
    }
  }

  look(signal: AbortSignal): Promise<Look> {
    return this.#epochs.look(signal)
  }

  end(reason: EndReason): void {
    this.#hasEnded = true
    this.#probe.close()
    this.#options.ended(reason)
  }

  async #begin(epoch: EpochMillis): Promise<void> {
    this.#begunAt = performance.now()
    const standby = this.#ingest
    this.#ingest = undefined
    this.#isStandby = false
    // What was kept does not follow what is published. The stream shows what does.
    const [published] = await Promise.all([this.#options.findPublished(), standby?.close()])
    if (this.#hasEnded) return
    this.#probe.close()
    this.#ingest = this.#open({ published, epoch })
    this.#options.began()
  }

  #open(start: Pick<IngestOptions, 'published' | 'isStandby' | 'epoch'>): Ingest {
    const { config, client, openLine, log, mayPut, delivered } = this.#options
    this.#openedAt = performance.now()
    return new Ingest({ config, client, openLine, log, mayPut, delivered, ...start })
  }
}
