/** Turns the content of a line into ticks and events, and gives them to the publisher. */
import type { Clock } from '../market/clock.ts'
import { laneOf } from '../market/lane.ts'
import type { LineState, MarketEvent } from '../market/market-event.ts'
import { isoTime, momentOf, momentToIso } from '../market/moment.ts'
import type { PhaseStart } from '../market/phase.ts'
import type { Tick } from '../market/tick.ts'
import type { DayMicros, EpochMicros, TradingDate } from '../market/units.ts'
import type { PublishedPlace } from '../tables/control/lease-item.ts'
import { BadReads } from './bad-reads.ts'
import { TIME_TOLERANCE } from './flex/judge-fields.ts'
import { LineBoards } from './flex/line-boards.ts'
import { type MessageCounts, NO_MESSAGES, type PublishedBoards } from './flex/line-boards-options.ts'
import { FlexError } from './flex/read-digits.ts'
import { createImpossibleLog } from './impossible-log.ts'
import type { Log } from './ingest-log.ts'
import type { LineContent } from './line-seam.ts'
import { LostMessages } from './lost-messages.ts'
import { MasterPublisher } from './master-publisher.ts'
import type { Publisher } from './publish/publisher.ts'
import type { Published } from './publish/recover.ts'
import { logReplacedTexts } from './replaced-texts.ts'

/** Totals since the start; those of messages since the start of the trading date. */
export interface ContentCounts extends MessageCounts {
  /** Messages, rows of the issue master and other texts that could not be read. */
  readonly badMessages: number
}

/** Where content goes. */
export type ContentOutlet = Pick<Publisher, 'tick' | 'events' | 'position' | 'complete' | 'stats'>

export class ContentHandler {
  readonly #line: number
  readonly #publisher: ContentOutlet
  readonly #log: Log
  /** What the previous process has published. */
  readonly #published: Published | undefined
  readonly #clock: Clock
  readonly #master: MasterPublisher
  readonly #badReads = new BadReads()
  #tradingDate: TradingDate
  #boards: LineBoards | undefined
  /** The messages being merged are live, not of a snapshot. */
  #isLive = false
  #badMessages = 0
  /** News and phases with a time later than their arrival. */
  #impossibleTexts = 0
  readonly #lost = new LostMessages()
  /** The latest time of a live tick of the trading date; undefined before the first. */
  #newest: DayMicros | undefined
  /** Whether the line has said on this trading date that a phase has begun. */
  #saysPhases = false
  /** The state of the line as published last. */
  #status: { readonly state: LineState; readonly since: string } | undefined

  /** @param tradingDate of events that come before the line names its date. */
  constructor(
    line: number,
    tradingDate: TradingDate,
    publisher: ContentOutlet,
    log: Log,
    published: Published | undefined,
    clock: Clock,
  ) {
    this.#line = line
    this.#tradingDate = tradingDate
    this.#publisher = publisher
    this.#log = log
    this.#published = published
    this.#clock = clock
    this.#master = new MasterPublisher({
      line,
      log,
      publish: part => this.#publish(part),
      waitingBytes: () => publisher.stats.waitingBytes,
    })
  }

  /** Market time of the newest live tick; undefined before the first. All messages before it were delivered. */
  get newest(): EpochMicros | undefined {
    return this.#newest && momentOf(this.#tradingDate, this.#newest)
  }

  get boards(): LineBoards | undefined {
    return this.#boards
  }

  get counts(): ContentCounts {
    const counts = this.#boards?.counts ?? NO_MESSAGES
    return {
      ...counts,
      lost: this.#lost.ofTask(counts.lost),
      impossibleTimes: counts.impossibleTimes + this.#impossibleTexts,
      badMessages: this.#badMessages,
    }
  }

  /** Messages of the trading date that the stream lacks. Without `lost` it lacks none. */
  get lost(): { readonly lost?: number } {
    return this.#lost.ofStream(this.#boards?.counts.lost ?? 0)
  }

  /** Goes on from the losses of the holder whose place this task takes. */
  inheritLost({ tradingDate, lost = 0 }: Pick<PublishedPlace, 'tradingDate' | 'lost'>): void {
    if (tradingDate === this.#tradingDate) this.#lost.inherit(lost, this.#boards?.counts.lost ?? 0)
  }

  /**
   * Takes the content of a line.
   * @returns false when its messages could not be read to their end.
   */
  deliver(content: LineContent): boolean {
    // Boards of a snapshot do not come in the order of their messages: no process could go on from its middle.
    if ('position' in content && content.position === 0) this.#publisher.position(this.#tradingDate, 0, 0)
    const readable = this.#take(content)
    if (readable && 'position' in content) {
      // No process could go on from an unreadable board either: it would merge differences into an old one.
      const position = this.#boards?.whole === false ? 0 : content.position
      this.#publisher.position(this.#tradingDate, position, this.#boards?.reached ?? 0)
    }
    return readable
  }

  /** Publishes the state of the line again. */
  publishState(): void {
    if (this.#status === undefined) return
    this.#publish({ type: 'line', line: this.#line, ...this.#status, ...this.lost })
  }

  /**
   * Publishes a phase of the calendar, unless the line says its phases itself: a live line knows of a late close, and the calendar
   * does not. Some lines have no phases, and a line that is down says nothing.
   */
  publishPhase(date: TradingDate, { phase, time }: PhaseStart): void {
    if (this.#saysPhases && this.#status?.state === 'live') return
    this.#publisher.events(date, [{ type: 'phase', time: isoTime(date, time), phase }])
  }

  /** Publishes in every lane that all ticks up to a market time were published. */
  publishComplete(until: EpochMicros): void {
    this.#publisher.complete(this.#tradingDate, until)
  }

  /** Publishes the issue master again: a reader may have lost a part. */
  publishMaster(): void {
    this.#master.repeat(this.#tradingDate)
  }

  #publish(...events: MarketEvent[]): void {
    this.#publisher.events(this.#tradingDate, events)
  }

  #take(content: LineContent): boolean {
    switch (content.kind) {
      case 'messages':
        return this.#takeMessages(content.bytes, content.snapshot)
      case 'opened':
        this.#open(content.tradingDate)
        break
      case 'snapshot-end':
        this.#boards?.endSnapshot()
        this.#badReads.endSnapshot()
        this.#log.info('snapshot complete', { ...this.#boards?.counts })
        break
      case 'issues':
        this.#badMessages += this.#master.take(this.#tradingDate, content.issues, content.unread)
        break
      case 'news': {
        const { headline, issues } = content
        this.#badMessages += logReplacedTexts(this.#log, [headline])
        this.#publish({ type: 'news', time: this.#possibleTime(content.time), headline, issues })
        break
      }
      case 'phase':
        this.#saysPhases = true
        this.#publish({ type: 'phase', time: this.#possibleTime(content.time), phase: content.phase })
        break
      case 'unread':
        this.#badMessages++
        this.#log.warn('unreadable content left out', { reason: content.reason })
        break
      case 'state':
        this.#takeState(content.state, content.since)
    }
    return true
  }

  #open(tradingDate: TradingDate): void {
    const isResumed = this.#boards === undefined && this.#published?.tradingDate === tradingDate
    const published = isResumed ? this.#published : undefined
    this.#tradingDate = tradingDate
    this.#newest = undefined
    this.#saysPhases = false
    this.#lost.start(published?.lost ?? 0)
    if (published !== undefined) this.#master.resume(published.master)
    const midnight = momentOf(tradingDate, 0)
    this.#boards = new LineBoards({
      line: this.#line,
      tradingDate,
      now: () => this.#clock.now() - midnight,
      onTick: tick => this.#takeTick(tick),
      onImpossible: createImpossibleLog(this.#log, tradingDate),
      published: published && publishedBoards(published),
    })
    this.#log.info('line opened', { tradingDate })
  }

  #takeTick(tick: Tick): void {
    this.#publisher.tick(tick, this.#isLive)
    if (this.#isLive && tick.time > (this.#newest ?? 0)) this.#newest = tick.time
  }

  #takeMessages(bytes: Uint8Array, snapshot: boolean): boolean {
    this.#isLive = !snapshot
    const boards = this.#boards
    if (boards === undefined) return true
    let readable = true
    const onBadMessage = ({ message: reason }: FlexError): void => {
      readable = false
      this.#badMessages++
      this.#log.warn('unreadable market message, passing it over', { reason })
    }
    try {
      if (snapshot) boards.replace(bytes, this.#badReads.isLastSnapshot ? this.#noteBadBoard : undefined)
      else boards.merge(bytes, this.#badReads.isLastLive(boards.reached) ? onBadMessage : undefined)
    } catch (error) {
      if (!(error instanceof FlexError)) throw error
      readable = false
      if (snapshot) this.#badReads.noteSnapshot()
      else this.#badReads.noteLive(boards.reached)
      this.#badMessages++
      this.#log.warn('unreadable market message, requesting it again', { reason: error.message })
    }
    return readable
  }

  /** Returns a time of the trading date as ISO 8601, and the market time if it is later than that. */
  #possibleTime(time: DayMicros): string {
    const now = this.#clock.now()
    if (momentOf(this.#tradingDate, time) <= now + TIME_TOLERANCE) return isoTime(this.#tradingDate, time)
    this.#impossibleTexts++
    return momentToIso(now)
  }

  readonly #noteBadBoard = ({ message: reason }: FlexError): void => {
    this.#badMessages++
    this.#log.warn('unreadable board: its issue is not published until a whole board comes', { reason })
  }

  #takeState(state: LineState, moment: EpochMicros): void {
    const since = momentToIso(moment)
    this.#status = { state, since }
    this.#log.info(`line is ${state}`, { since, ...this.lost })
    this.publishState()
  }
}

function publishedBoards({ boards, reached, lanes, lost }: Published): PublishedBoards {
  return { boards, lost, last: reached, floor: issue => lanes[laneOf(issue, lanes.length)]!.sequence }
}
