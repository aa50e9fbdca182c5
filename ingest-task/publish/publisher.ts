/**
 * Publishes the lanes of a line to the stream `ticks`. A lane has at most one envelope in flight, so an envelope that
 * failed is published before anything later of its lane.
 */
import { laneHashKey, laneName, laneOf } from '../../market/lane.ts'
import type { MarketEvent } from '../../market/market-event.ts'
import { momentToIso } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import {
  asEpochMillis,
  type EpochMicros,
  type EpochMillis,
  type Millis,
  nowMillis,
  type TradingDate,
} from '../../market/units.ts'
import type { PublishedPlace } from '../../tables/control/lease-item.ts'
import { Beats } from './beats.ts'
import { GatherTime } from './gather-time.ts'
import { KeyFrames } from './key-frames.ts'
import { createLane, type Lane } from './lane-sender.ts'
import { isThrottled, Outlet, type OutletRecord } from './outlet.ts'
import { publishedPlace } from './published-place.ts'
import type { PublisherOptions, PublisherStats } from './publisher-options.ts'
import { PutHealth } from './put-health.ts'
import { putRecords } from './put-records.ts'
import type { Read } from './waiting-envelopes.ts'

/** Waiting bytes above which the line is paused: some thirty seconds of the busiest minute of a line. */
const HIGH_BYTES = 8 * 1024 * 1024
/** Waiting bytes below which the line goes on. */
const LOW_BYTES = 2 * 1024 * 1024
/** Time between two looks at the lanes while something waits, milliseconds. A tick may wait so much longer. */
export const LOOK_INTERVAL = 5

export class Publisher {
  readonly #options: PublisherOptions
  readonly #outlets: readonly Outlet[]
  /** Lanes by issue, so that a code is hashed once. */
  readonly #laneByIssue = new Map<string, Lane>()
  readonly #counts = { envelopes: 0, bytes: 0, ticks: 0, retries: 0, throttled: 0 }
  /** How far the line is read on the trading date. */
  #read: Read
  #date: TradingDate | undefined
  #isHigh = false
  /** Runs while something waits to be published. */
  #pumpTimer: NodeJS.Timeout | undefined
  readonly #keyFrames: KeyFrames
  readonly #health = new PutHealth()
  readonly #beats = new Beats(() => this.#beat())
  /** Resolves the drain under way. */
  #drained: (() => void) | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
    const { line, lanes, published } = options
    const epoch = epochAfter(options.epoch ?? nowMillis(), published)
    this.#read = { position: published?.position ?? 0, reached: published?.reached ?? 0 }
    this.#date = published?.tradingDate
    this.#outlets = Array.from({ length: lanes }, (_, number) => {
      const place = published?.lanes[number]
      const settled = published && place && { place, tradingDate: published.tradingDate, read: this.#read }
      // A lane may have had nothing to publish yet.
      const follows = place !== undefined && place.counter > 0 ? place : undefined
      const time = new GatherTime()
      const gather = (now: Millis): Millis => time.at(now)
      const lane = createLane({ line, number, epoch, follows, settled, read: () => this.#read, gather })
      return new Outlet(lane, laneName(line, number), laneHashKey(line, number, lanes), time)
    })
    this.#keyFrames = new KeyFrames(lanes, number => this.#publishKeyFrame(this.#outlets[number]!.lane))
  }

  get stats(): PublisherStats {
    let [waitingBytes, waitingEnvelopes] = [0, 0]
    for (const { lane } of this.#outlets) {
      waitingBytes += lane.waitingBytes
      waitingEnvelopes += lane.waitingEnvelopes
    }
    return { ...this.#counts, waitingBytes, waitingEnvelopes }
  }

  /**
   * How far the line is published for certain; undefined if no process could go on from there, because boards are not whole
   * or nothing is published of the trading date yet.
   */
  get place(): PublishedPlace | undefined {
    return publishedPlace(
      this.#date,
      this.#read,
      this.#outlets.map(({ lane }) => lane),
    )
  }

  /** How far the line is read; 0 while boards are not whole. */
  get readPosition(): number {
    return this.#read.position
  }

  /** Real milliseconds for which envelopes have waited and the stream has not answered any put; 0 if none waits. */
  get unansweredMs(): Millis {
    return this.#health.unansweredMs(performance.now())
  }

  /** @param live false for a tick of a snapshot, which may be hours old. */
  tick(tick: Tick, live: boolean): void {
    this.#enter(tick.tradingDate)
    this.#laneOf(tick.board.issue).add(tick, live)
    this.#schedule()
  }

  /**
   * Notes that all ticks of the line up to a position were given.
   * @param position in the line's own numbering. 0: no process could go on from here, because boards are not whole.
   * There are no key frames then; once boards are whole, every lane publishes one.
   * @param reached counter of the last message up to there.
   */
  position(tradingDate: TradingDate, position: number, reached: number): void {
    this.#enter(tradingDate)
    const becomesWhole = this.#read.position === 0 && position > 0
    this.#read = { position, reached: position === 0 ? 0 : reached }
    if (becomesWhole) this.#keyFrames.publishAll()
  }

  events(tradingDate: TradingDate, events: readonly MarketEvent[]): void {
    this.#enter(tradingDate)
    this.#outlets[0]!.lane.addEvents(tradingDate, events)
    this.#schedule()
  }

  /** Publishes in every lane that all ticks up to a market time were given. */
  complete(tradingDate: TradingDate, until: EpochMicros): void {
    this.#enter(tradingDate)
    const event = { type: 'complete', until: momentToIso(until) } as const
    for (const { lane } of this.#outlets) lane.addEvents(tradingDate, [event])
    this.#keyFrames.readUntil(until)
    this.#schedule()
  }

  /** Publishes everything given so far. From then on ticks no longer wait to share an envelope. */
  drain(): Promise<void> {
    this.#keyFrames.end()
    this.#beats.end()
    return new Promise(resolve => {
      this.#drained = resolve
      clearTimeout(this.#pumpTimer)
      this.#pump()
    })
  }

  /** Starts the positions again on a new trading date. */
  #enter(tradingDate: TradingDate): void {
    if (tradingDate === this.#date) return
    this.#date = tradingDate
    this.#read = { position: 0, reached: 0 }
  }

  #laneOf(issue: string): Lane {
    let lane = this.#laneByIssue.get(issue)
    if (lane === undefined) {
      lane = this.#outlets[laneOf(issue, this.#outlets.length)]!.lane
      this.#laneByIssue.set(issue, lane)
    }
    return lane
  }

  /** Publishes all boards of a lane, unless no process could go on from there. */
  #publishKeyFrame(lane: Lane): void {
    if (this.#read.position === 0) return
    let tradingDate: TradingDate | undefined
    const ticks: Tick[] = []
    for (const tick of this.#options.boards()) {
      tradingDate = tick.tradingDate
      if (this.#laneOf(tick.board.issue) === lane) ticks.push(tick)
    }
    if (tradingDate === undefined) return
    lane.addBoards(tradingDate, ticks)
    this.#schedule()
  }

  #schedule(): void {
    this.#pumpTimer ??= setTimeout(() => this.#pump(), LOOK_INTERVAL)
  }

  /** Publishes an empty envelope, unless an envelope waits in its lane: that envelope wakes the readers too. */
  #beat(): void {
    if (this.#date === undefined) return
    if (this.#outlets.some(({ lane, inFlight }) => lane.waitingBytes > 0 && !inFlight)) return
    const idle = this.#outlets.find(({ inFlight }) => !inFlight)
    if (idle === undefined) return
    idle.lane.addEvents(this.#date, [])
    clearTimeout(this.#pumpTimer)
    this.#pump()
  }

  /** Sends what is ready, and looks again while something waits. */
  #pump(): void {
    this.#pumpTimer = undefined
    const now = performance.now()
    const outlets: Outlet[] = []
    const records: OutletRecord[] = []
    const mayPut = this.#options.mayPut?.() ?? true
    for (const outlet of mayPut ? this.#outlets : []) {
      const record = outlet.next(now, this.#drained !== undefined)
      if (record === undefined) continue
      outlets.push(outlet)
      records.push(record)
    }
    if (records.length > 0) void this.#put(outlets, records)
    const waiting = this.#waitingBytes()
    this.#health.look(waiting > 0, now)
    this.#checkPressure(waiting)
    if (waiting > 0) this.#schedule()
    else if (!this.#outlets.some(({ inFlight }) => inFlight)) this.#drained?.()
  }

  #waitingBytes(): number {
    return this.#outlets.reduce((sum, { lane }) => sum + lane.waitingBytes, 0)
  }

  #checkPressure(waiting: number): void {
    const isHigh = waiting > (this.#isHigh ? LOW_BYTES : HIGH_BYTES)
    if (isHigh === this.#isHigh) return
    this.#isHigh = isHigh
    this.#options.pressure(isHigh)
  }

  async #put(outlets: readonly Outlet[], records: readonly OutletRecord[]): Promise<void> {
    this.#beats.put()
    const results = await putRecords(this.#options.client, this.#options.streamName, records)
    const failed = new Map<string, string[]>()
    for (const [index, outlet] of outlets.entries()) {
      const result = results[index]
      const contents = outlet.settle(result, performance.now())
      this.#health.note(result, performance.now())
      if (contents === undefined) {
        this.#counts.retries++
        if (isThrottled(result)) {
          this.#counts.throttled++
          continue
        }
        const reason = [result?.ErrorCode, result?.ErrorMessage].filter(Boolean).join(': ')
        failed.set(reason, [...(failed.get(reason) ?? []), outlet.name])
      } else {
        this.#counts.envelopes++
        this.#counts.bytes += records[index]!.Data.length
        this.#counts.ticks += contents.ticks
        if (contents.ticks > 0) this.#beats.ticked()
        if (contents.newest !== undefined) this.#options.delivered(contents.newest)
      }
    }
    for (const [reason, names] of failed) this.#options.failed(names, reason)
    clearTimeout(this.#pumpTimer)
    this.#pump()
  }
}

/** Returns the epoch of this process: later than every epoch before, whatever the clock says. */
function epochAfter(epoch: EpochMillis, published: PublishedPlace | undefined): EpochMillis {
  return asEpochMillis(Math.max(epoch, ...(published?.lanes ?? []).map(before => before.epoch + 1)))
}
