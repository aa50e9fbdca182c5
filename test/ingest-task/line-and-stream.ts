/** A market on real sockets, an ingest task that reads it, and the envelopes that the task publishes. */
import { Ingest, type IngestStats } from '../../ingest-task/ingest.ts'
import type { Config } from '../../ingest-task/ingest-config.ts'
import type { Timing } from '../../ingest-task/line/connection.ts'
import { lineOpener } from '../../ingest-task/line/line-opener.ts'
import type { OpenLine } from '../../ingest-task/line-seam.ts'
import type { Published } from '../../ingest-task/publish/recover.ts'
import { type Exchange, type ExchangeOptions, openExchange } from '../../local/exchange/exchange.ts'
import { type Lines, startLines } from '../../local/line/line-server.ts'
import { type Clock, shiftedClock } from '../../market/clock.ts'
import type { Envelope } from '../../market/codec/envelope.ts'
import type { MarketEvent } from '../../market/market-event.ts'
import { momentOf } from '../../market/moment.ts'
import { asTradingDate, nowMillis, toEpochMillis } from '../../market/units.ts'
import { STREAM, type Stream } from './ingest-stream.ts'

export const USER = 'reader'
export const PASSWORD = 'open sesame'
export const HOST = '127.0.0.1'
export const LANES = 3
/** A port without a listener. The system never gives a port below 1024 to a process by chance. */
export const NOBODY = 1

const HOUR = 3_600_000_000

/** A market around its opening: busy enough for every kind of message. */
export const MARKET: ExchangeOptions = {
  seed: 11,
  issues: 60,
  rate: 60,
  tradingDate: asTradingDate(20261120),
  from: 9 * HOUR - 10_000_000,
}
/** Market seconds in a real second. */
const SPEED = 5

/** Longest wait for a log message, milliseconds. */
const LOG_LIMIT = 30_000

/**
 * Short times, so that tests need not wait. The line answers from the process of the test, which may stand still for
 * seconds on a busy machine, and an answer that is late is no fault of the line.
 */
export const QUICK: Timing = {
  heartbeat: 50,
  receiveTimeout: 2500,
  fillTimeout: 1000,
  answerTimeout: 15_000,
  backoffCap: 100,
}

/** Returns a clock whose market time starts with the feed of {@link MARKET}. */
export function marketClock(): Clock {
  const { tradingDate, from } = MARKET
  const start = { real: nowMillis(), market: toEpochMillis(momentOf(tradingDate, from)), speed: SPEED }
  return shiftedClock([start])
}

export function openLines(
  clock: Clock,
  tradingDate = MARKET.tradingDate,
  ports: readonly number[] = [0, 0, 0],
  arranged: (exchange: Exchange) => Exchange = exchange => exchange,
): Promise<Lines> {
  const exchange = arranged(openExchange({ ...MARKET, tradingDate }))
  return startLines({ exchange, clock, host: HOST, ports, user: USER, password: PASSWORD })
}

export interface Running {
  /** Messages that it has logged, oldest first. */
  readonly log: { message: string; details: Record<string, unknown> }[]
  /** Waits for a log message that starts so, from now on. */
  logged(start: string): Promise<void>
  stats(): IngestStats
  close(): Promise<void>
}

export interface RunOptions {
  /** Opens a line of another protocol than the stand-in. */
  readonly opener?: (config: Config) => OpenLine
  /** What the previous process has published. */
  readonly published?: Published | undefined
}

/** @param ports ports of A and B, or one port of both. */
export function configOf(clock: Clock, line: number, ports: number | readonly [number, number]): Config {
  const [a, b] = typeof ports === 'number' ? [ports, ports] : ports
  return {
    line,
    addresses: [
      { host: HOST, port: a },
      { host: HOST, port: b },
    ],
    user: USER,
    password: PASSWORD,
    streamName: STREAM,
    lanes: LANES,
    controlTable: 'control',
    clock,
    healthFile: '/dev/null',
  }
}

export function runIngest(
  stream: Stream,
  clock: Clock,
  line: number,
  ports: number | readonly [number, number],
  { opener = config => lineOpener(config, QUICK), published }: RunOptions = {},
): Running {
  const log: Running['log'] = []
  const waiting = new Set<(message: string) => void>()
  const write = (message: string, details: Record<string, unknown>): void => {
    log.push({ message, details })
    for (const look of waiting) look(message)
  }
  const config = configOf(clock, line, ports)
  const ingest = new Ingest({
    config,
    client: stream.client,
    openLine: opener(config),
    log: { info: write, warn: write },
    published,
    delivered() {},
  })
  return {
    log,
    logged: start => logged(waiting, start),
    stats: () => ingest.stats,
    close: () => ingest.close(),
  }
}

/** Waits for a log message that starts so. Resolves at once, so that a test can act before anything else happens. */
function logged(waiting: Set<(message: string) => void>, start: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      waiting.delete(look)
      settle()
    }
    const look = (message: string): void => {
      if (message.startsWith(start)) end(resolve)
    }
    const late = new Error(`expected the log message "${start}" within ${LOG_LIMIT} ms`)
    const timer = setTimeout(() => end(() => reject(late)), LOG_LIMIT)
    waiting.add(look)
  })
}

/** Returns the states of a line in their order, without repeats. */
export function statesOf(envelopes: readonly Envelope[], line: number): string[] {
  const states = lineEventsOf(envelopes, line).map(({ state }) => state)
  return states.filter((state, index) => state !== states[index - 1])
}

/** Returns the events about the state of a line (`live`, `recovering`, `stale`) in the published envelopes. */
export function lineEventsOf(
  envelopes: readonly Envelope[],
  line: number,
): Extract<MarketEvent, { type: 'line' }>[] {
  return envelopes.flatMap(envelope =>
    envelope.kind === 'events' && envelope.line === line
      ? envelope.events.flatMap(event => (event.type === 'line' ? [event] : []))
      : [],
  )
}
