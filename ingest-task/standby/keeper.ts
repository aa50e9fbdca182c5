/**
 * Where the content of a line goes in a task that stands by: ticks, news and phases are kept until the holder has published
 * them. The rest is of the holder alone: the state of the line and the issue master, which a holder repeats from its start.
 */
import { laneOf } from '../../market/lane.ts'
import type { EventOf, MarketEvent } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import type { Millis, TradingDate } from '../../market/units.ts'
import type { PublishedPlace } from '../../tables/control/lease-item.ts'
import type { ContentOutlet } from '../content-handler.ts'
import type { PublisherStats } from '../publish/publisher-options.ts'
import type { Read } from '../publish/waiting-envelopes.ts'
import { KeptTicks } from './kept-ticks.ts'

/**
 * Most bytes that are kept, as many as a holder lets wait before it pauses its line. 10,000 ticks/s of a line are 180 KB a
 * second, so this is forty seconds. Usually half a second is kept, some 140 KB: the holder reports its place four times a second.
 */
const MOST_BYTES = 8 * 1024 * 1024
/** Estimated bytes of an event besides its text. */
const EVENT_BYTES = 200

const NOTHING_PUBLISHED: PublisherStats = {
  envelopes: 0,
  bytes: 0,
  ticks: 0,
  retries: 0,
  throttled: 0,
  waitingBytes: 0,
  waitingEnvelopes: 0,
}

type KeptEvent = EventOf<'news' | 'phase'>

/** What was kept without a gap since a place of the line. */
interface Kept {
  readonly tradingDate: TradingDate
  readonly from: Read
  /** By lane. */
  readonly ticks: readonly KeptTicks[]
  /** Events with their positions. */
  events: readonly { readonly event: KeptEvent; readonly position: number }[]
  /** How far the line is read. */
  read: Read
}

export interface KeeperOptions {
  readonly line: number
  readonly lanes: number
  /** Reports that so many bytes were dropped, because the holder's place did not come. */
  dropped(bytes: number): void
  /** Returns a monotonic time, ms. */
  now?(): Millis
}

export class Keeper implements ContentOutlet {
  readonly #options: KeeperOptions
  readonly #now: () => Millis
  readonly #laneByIssue = new Map<string, number>()
  /** Undefined while boards are not whole. */
  #kept: Kept | undefined
  /** Events whose position is not known yet. */
  #newEvents: KeptEvent[] = []
  readonly stats = NOTHING_PUBLISHED

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** Bytes that are kept. */
  get bytes(): number {
    const { ticks = [], events = [] } = this.#kept ?? {}
    const text = events.reduce((sum, { event }) => sum + EVENT_BYTES + textLength(event), 0)
    return ticks.reduce((sum, lane) => sum + lane.bytes, text)
  }

  /** How far the line is read; 0 while boards are not whole. */
  get readPosition(): number {
    return this.#kept?.read.position ?? 0
  }

  /** Whether boards are whole, and everything after a place of the line is kept. */
  covers(place: PublishedPlace | undefined): boolean {
    const kept = this.#kept
    if (kept === undefined || place === undefined || place.tradingDate !== kept.tradingDate) return false
    if (place.lanes.length !== this.#options.lanes) return false
    return place.position >= kept.from.position && place.reached >= kept.from.reached
  }

  tick(tick: Tick): void {
    // A tick before the first position belongs to a snapshot.
    if (this.#kept === undefined || tick.tradingDate !== this.#kept.tradingDate) return
    this.#kept.ticks[this.#laneOf(tick.board.issue)]!.add(tick, this.#now())
  }

  events(_: TradingDate, events: readonly MarketEvent[]): void {
    for (const event of events) {
      if (event.type === 'news' || event.type === 'phase') this.#newEvents.push(event)
    }
  }

  position(tradingDate: TradingDate, position: number, reached: number): void {
    const events = this.#newEvents.map(event => ({ event, position }))
    this.#newEvents = []
    if (position === 0) {
      this.#kept = undefined
    } else if (this.#kept?.tradingDate !== tradingDate) {
      this.#start(tradingDate, { position, reached })
    } else {
      if (events.length > 0) this.#kept.events = [...this.#kept.events, ...events]
      this.#kept.read = { position, reached }
    }
    const { bytes } = this
    if (bytes <= MOST_BYTES) return
    this.#options.dropped(bytes)
    this.#start(tradingDate, { position, reached })
  }

  /** A standby publishes nothing. */
  complete(): void {}

  /** Drops what the holder has published. */
  drop(place: PublishedPlace): void {
    const kept = this.#kept
    if (kept === undefined || place.tradingDate !== kept.tradingDate) return
    for (const [number, lane] of kept.ticks.entries()) lane.drop(place.lanes[number]?.sequence ?? 0)
    if (kept.events.length > 0) kept.events = kept.events.filter(({ position }) => position > place.position)
  }

  /** Gives everything after a place to a publisher, in the order of each lane. `covers(place)` must be true. */
  replay(place: PublishedPlace, publisher: ContentOutlet): void {
    const kept = this.#kept
    if (kept === undefined) return
    const { tradingDate, ticks, events, read } = kept
    for (const [number, lane] of ticks.entries()) {
      for (const tick of lane.after(place.lanes[number]?.sequence ?? 0)) publisher.tick(tick, true)
    }
    const late = events.filter(({ position }) => position > place.position).map(({ event }) => event)
    // A phase of the calendar comes between two positions of the line.
    late.push(...this.#newEvents)
    if (late.length > 0) publisher.events(tradingDate, late)
    publisher.position(tradingDate, read.position, read.reached)
  }

  #start(tradingDate: TradingDate, from: Read): void {
    const { line, lanes } = this.#options
    const ticks = Array.from({ length: lanes }, (_, lane) => new KeptTicks(line, lane, tradingDate))
    this.#kept = { tradingDate, from, ticks, events: [], read: from }
  }

  #laneOf(issue: string): number {
    let lane = this.#laneByIssue.get(issue)
    if (lane === undefined) {
      lane = laneOf(issue, this.#options.lanes)
      this.#laneByIssue.set(issue, lane)
    }
    return lane
  }
}

function textLength(event: KeptEvent): number {
  return event.type === 'news' ? event.headline.length + event.issues.length * 5 : 0
}
