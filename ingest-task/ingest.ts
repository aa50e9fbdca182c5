/** From one line to the stream: what the line yields becomes ticks and events, and those become envelopes. */
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { laneOf } from '../market/lane.ts'
import type { IssueMaster, LineState, MarketEvent } from '../market/market-event.ts'
import { dateOf, isoTime, momentToIso } from '../market/moment.ts'
import type { Tick } from '../market/tick.ts'
import type { EpochMicros, TradingDate } from '../market/units.ts'
import { createLineBoards, type LineBoards, type PublishedBoards } from './flex/line-boards.ts'
import { FlexError } from './flex/read-digits.ts'
import type { Config } from './ingest-config.ts'
import type { LineContent, LineStats, OpenLine, ResumePoint } from './line-seam.ts'
import { Publisher, type PublisherStats } from './publish/publisher.ts'
import type { Published } from './publish/recover.ts'

/** Snapshots with a bad board that are asked for again; in the next one it costs its issue alone. */
const MAX_BAD_SNAPSHOTS = 3
/** Issues of the master in one envelope: some 10 KB of it compressed. */
const ISSUES_PER_PART = 300

/** Rows of the master that a warning names; there are thousands, and all may be bad for one reason. */
const MAX_NAMED_ROWS = 5
/** The last word on the line is published again this often, milliseconds: readers of a dead task hear nothing. */
const PULSE_INTERVAL = 3000

/** How a person, or a test, follows what happens. */
export interface Log {
  info(message: string, details: Record<string, unknown>): void
  warn(message: string, details: Record<string, unknown>): void
}

export interface IngestOptions {
  readonly config: Config
  readonly client: KinesisClient
  /** Opens the line, whatever its protocol. */
  readonly openLine: OpenLine
  readonly log: Log
  /** What the process before this one has published, to go on from there. */
  readonly published: Published | undefined
  /** Ticks up to a moment of market time, epoch µs, are in the stream. */
  delivered(newest: number): void
}

/** Totals since the start, those of messages since the trading date's. */
export interface IngestStats {
  readonly messages: number
  readonly ticks: number
  readonly repeats: number
  /** Messages that will never be a tick: since the line was joined, and before, where it was under way by then. */
  readonly lost: number
  readonly before: number
  /** Messages of other exchanges than Tokyo, which are passed over. */
  readonly elsewhere: number
  /** Messages, rows of the issue master and other texts that could not be read. */
  readonly badMessages: number
  readonly line: LineStats
  readonly publisher: PublisherStats
}

export interface Ingest {
  stats(): IngestStats
  /** Publishes everything received, says goodbye to the line, and tells readers that the line is silent. */
  close(): Promise<void>
}

export function startIngest(options: IngestOptions): Ingest {
  const { config, client, openLine, log, published, delivered } = options
  const { line: number, clock } = config
  let tradingDate = published?.tradingDate ?? dateOf(clock.now())
  let boards: LineBoards | undefined
  /** The messages at hand tell of something new. */
  let live = false
  let badMessages = 0
  /** Snapshots in a row that had a bad board. */
  let badSnapshots = 0
  let closing = false
  /** Messages of the trading date that the process before this one knew to be lost. */
  let lostBefore = 0
  /** The line as it was told last. */
  let status: { readonly state: LineState; readonly since: string } | undefined

  const publisher = new Publisher({
    client,
    streamName: config.streamName,
    line: number,
    lanes: config.lanes,
    published,
    boards: () => boards?.boards() ?? [],
    delivered,
    pressure(high) {
      if (high) line.pause()
      else if (!closing) line.resume()
      log.warn(high ? 'line paused: too much waits to be published' : 'line goes on', { ...publisher.stats })
    },
    failed: (lanes, reason) => log.warn('envelopes not published, will be tried again', { lanes, reason }),
  })

  const tell = (...events: MarketEvent[]): void => publisher.events(tradingDate, events)

  const passOver = ({ message: reason }: FlexError): void => {
    badMessages++
    log.warn('bad board passed over: nothing is told of its issue', { reason })
  }

  /** Whether the messages could be read to their end. */
  const takeMessages = (bytes: Uint8Array, snapshot: boolean): boolean => {
    live = !snapshot
    try {
      if (snapshot) boards?.replace(bytes, badSnapshots < MAX_BAD_SNAPSHOTS ? undefined : passOver)
      else boards?.merge(bytes)
      return true
    } catch (error) {
      if (!(error instanceof FlexError)) throw error
      badMessages++
      if (snapshot) badSnapshots++
      log.warn('bad market message, asking for it again', { reason: error.message })
      return false
    }
  }

  const takeIssues = (issues: readonly IssueMaster[], unread: readonly string[]): void => {
    const parts = Math.ceil(issues.length / ISSUES_PER_PART)
    for (let part = 0; part < parts; part++) {
      const some = issues.slice(part * ISSUES_PER_PART, (part + 1) * ISSUES_PER_PART)
      tell({ type: 'issues', line: number, tradingDate, part, parts, issues: some })
    }
    log.info('issue master received', { issues: issues.length })
    if (unread.length === 0) return
    badMessages += unread.length
    const reasons = unread.slice(0, MAX_NAMED_ROWS)
    log.warn('rows of the issue master left out', { rows: unread.length, reasons })
  }

  const tellState = (): void => {
    if (status !== undefined) tell({ type: 'line', line: number, ...status, ...lostSoFar() })
  }
  const lostSoFar = (): { lost?: number } => {
    const lost = boards?.counts.lost ?? 0
    return lost > 0 ? { lost } : {}
  }

  const takeState = (state: LineState, moment: EpochMicros): void => {
    const since = momentToIso(moment)
    status = { state, since }
    log.info(`line is ${state}`, { since, ...lostSoFar() })
    tellState()
  }

  const begin = (date: TradingDate): void => {
    const before = boards === undefined && published?.tradingDate === date ? published : undefined
    tradingDate = date
    lostBefore = before?.lost ?? 0
    const tick = (tick: Tick): void => publisher.tick(tick, live)
    boards = createLineBoards(number, date, tick, before && publishedBoards(before))
    log.info('line opened', { tradingDate })
  }

  /** Whether the content could be read. */
  const take = (content: LineContent): boolean => {
    switch (content.kind) {
      case 'messages':
        return takeMessages(content.bytes, content.snapshot)
      case 'opened':
        begin(content.tradingDate)
        return true
      case 'snapshot-end':
        boards?.replaced()
        badSnapshots = 0
        log.info('boards are whole', { ...boards?.counts })
        return true
      case 'issues':
        takeIssues(content.issues, content.unread)
        return true
      case 'news': {
        const { time, headline, issues } = content
        tell({ type: 'news', time: isoTime(tradingDate, time), headline, issues })
        return true
      }
      case 'phase':
        tell({ type: 'phase', time: isoTime(tradingDate, content.time), phase: content.phase })
        return true
      case 'unread':
        badMessages++
        log.warn('unreadable content passed over', { reason: content.reason })
        return true
      case 'state':
        takeState(content.state, content.since)
        return true
    }
  }

  const deliver = (content: LineContent): boolean => {
    // Boards of a snapshot do not come in the order of their messages: nobody can go on from the middle of it.
    if ('position' in content && content.position === 0) publisher.position(tradingDate, 0, 0)
    const good = take(content)
    if (good && 'position' in content) {
      // Nor from boards of which one could not be read: its differences would be merged into an old one.
      const position = boards?.whole === false ? 0 : content.position
      publisher.position(tradingDate, position, boards?.reached ?? 0)
    }
    return good
  }

  const line = openLine(
    {
      deliver,
      connected: connection => log.info('connected to the line', { connection }),
      failed: ({ connection, kind, message }, retryMilliseconds) =>
        log.warn('connection to the line ended', { connection, kind, reason: message, retryMilliseconds }),
    },
    published && resumePoint(published),
  )
  const pulse = setInterval(tellState, PULSE_INTERVAL)

  return {
    stats() {
      const counts = boards?.counts ?? NOTHING
      const lost = counts.lost - lostBefore
      return { ...counts, lost, badMessages, line: line.stats, publisher: publisher.stats }
    },
    async close() {
      closing = true
      clearInterval(pulse)
      line.pause()
      await publisher.drain()
      await line.close()
      await publisher.drain()
    },
  }
}

const NOTHING: LineBoards['counts'] = { messages: 0, ticks: 0, repeats: 0, lost: 0, before: 0, elsewhere: 0 }

function resumePoint({ tradingDate, position, boards }: Published): ResumePoint {
  return { tradingDate, position, time: boards.reduce((newest, { time }) => Math.max(newest, time), 0) }
}

function publishedBoards({ boards, reached, lanes, lost }: Published): PublishedBoards {
  return { boards, lost, last: reached, floor: issue => lanes[laneOf(issue, lanes.length)]!.sequence }
}
