/** From one line to the stream: what the line yields becomes ticks and events, and those become envelopes. */
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { dateOf, isoTime, timeOfDay } from '../market/clock.ts'
import type { IssueMaster, MarketEvent } from '../market/event.ts'
import type { Config } from './config.ts'
import { FlexError } from './flex/digits.ts'
import { createLineBoards, type LineBoards } from './flex/line-boards.ts'
import type { Timing } from './line/connection.ts'
import type { LineContent } from './line/content.ts'
import { openSession } from './line/session.ts'
import { createPublisher } from './publish/publisher.ts'

/** Issues of the master in one envelope: some 10 KB of it compressed. */
const ISSUES_PER_PART = 300

/** How a person, or a test, follows what happens. */
export interface Log {
  info(message: string, details: Record<string, unknown>): void
  warn(message: string, details: Record<string, unknown>): void
}

export interface Ingest {
  stats(): Record<string, unknown>
  /** Publishes everything received, says goodbye to the line, and tells readers that the line is silent. */
  close(): Promise<void>
}

export function startIngest(config: Config, client: KinesisClient, timing: Timing, log: Log): Ingest {
  const { line, clock } = config
  let tradingDate = dateOf(clock.now())
  let boards: LineBoards | undefined
  let badMessages = 0
  let closing = false

  const publisher = createPublisher({
    client,
    streamName: config.streamName,
    line,
    lanes: config.lanes,
    epoch: Date.now(),
    pressure(high) {
      if (high) session.pause()
      else if (!closing) session.resume()
      log.warn(high ? 'line paused: too much waits to be published' : 'line goes on', { ...publisher.stats })
    },
    failed: (lanes, reason) => log.warn('envelopes not published, will be tried again', { lanes, reason }),
  })

  const tell = (...events: MarketEvent[]): void => publisher.events(tradingDate, events)

  const takeMessages = (bytes: Uint8Array, snapshot: boolean): void => {
    try {
      if (snapshot) boards?.replace(bytes)
      else boards?.merge(bytes)
    } catch (error) {
      if (!(error instanceof FlexError)) throw error
      badMessages++
      log.warn('bad market message, asking for whole boards', { reason: error.message })
      session.resync()
    }
  }

  const takeIssues = (issues: readonly IssueMaster[]): void => {
    for (let part = 0; part * ISSUES_PER_PART < issues.length; part++) {
      const from = part * ISSUES_PER_PART
      tell({ type: 'issues', line, part, issues: issues.slice(from, from + ISSUES_PER_PART) })
    }
    log.info('issue master received', { issues: issues.length })
  }

  const deliver = (content: LineContent): void => {
    switch (content.kind) {
      case 'messages':
        takeMessages(content.bytes, content.snapshot)
        break
      case 'opened':
        tradingDate = content.tradingDate
        boards = createLineBoards(line, tradingDate, publisher.tick)
        log.info('line opened', { tradingDate })
        break
      case 'snapshot-end':
        boards?.replaced()
        log.info('boards are whole', { ...boards?.counts })
        break
      case 'issues':
        takeIssues(content.issues)
        break
      case 'news': {
        const { time, headline, issues } = content
        tell({ type: 'news', time: isoTime(tradingDate, time), headline, issues })
        break
      }
      case 'phase':
        tell({ type: 'phase', time: isoTime(tradingDate, content.time), phase: content.phase })
        break
      case 'state': {
        const since = isoTime(dateOf(content.since), timeOfDay(content.since))
        log.info(`line is ${content.state}`, { since })
        tell({ type: 'line', line, state: content.state, since })
        break
      }
    }
  }

  const session = openSession({
    host: config.host,
    port: config.port,
    login: { user: config.user, password: config.password, line },
    clock,
    timing,
    deliver,
    failed: (reason, retryMilliseconds) =>
      log.warn('connection to the line ended', {
        kind: reason.kind,
        reason: reason.message,
        retryMilliseconds,
      }),
  })

  return {
    stats: () => ({ ...boards?.counts, badMessages, line: session.stats, publisher: publisher.stats }),
    async close() {
      closing = true
      session.pause()
      await publisher.drain()
      await session.close()
      await publisher.drain()
    },
  }
}
