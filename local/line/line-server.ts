/** The feed server: sends the events of an exchange on three lines, paced by the market clock. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { type Clock, systemClock } from '../../market/clock.ts'
import { momentOf, timeOfDay } from '../../market/moment.ts'
import type { DayMicros } from '../../market/units.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { ExchangeEvent } from '../exchange/exchange-event.ts'
import { type LineClient, serveClient } from './line-client.ts'
import { LineFeed } from './line-feed.ts'

/** Milliseconds between looks at the clock. */
export const PACE = 5
/** Length of one turn, milliseconds. After a turn, sockets are served. */
const TURN = 10
/** Events between two looks at the length of a turn. */
const EVENTS_A_LOOK = 32
/** Most connections of a line at the same time. A reader has two, and lost connections may still look open. */
const MAX_CLIENTS = 8
/** Longest time for which the exchange waits for readers, milliseconds: they may never come. */
const HOLD_LIMIT = 30_000

export interface LinesOptions {
  readonly exchange: Exchange
  readonly clock: Clock
  readonly host: string
  /** One port a line; 0 takes a free port. */
  readonly ports: readonly number[]
  readonly user: string
  readonly password: string
  /** Certificate and key. Absent: plain TCP. */
  readonly tls?: Pick<TlsOptions, 'cert' | 'key'>
  /** What the exchange waits for before it starts. Absent: nothing. */
  readonly hold?: Hold
}

/** The exchange stands still at a time of the day until every line has its readers. Then it catches up with the clock. */
export interface Hold {
  readonly at: DayMicros
  /** Number of connections of a line that are logged in. */
  readonly logins: number
}

export interface Lines {
  /** Ports of the lines, line 1 first. */
  readonly ports: readonly number[]
  stats(): LinesStats
  close(): Promise<void>
}

export interface LinesStats {
  /** Messages sent so far, line 1 first. */
  readonly messages: readonly number[]
  /** Market microseconds that the exchange is behind the clock. */
  readonly behind: number
}

export async function startLines(options: LinesOptions): Promise<Lines> {
  const { exchange, clock, host, user, password, hold } = options
  const { tradingDate } = exchange
  const midnight = momentOf(tradingDate, 0)
  // Real time, because market time is set back for another run.
  const session = Math.floor(timeOfDay(systemClock.now()) / 1000)
  const lines = options.ports.map((port, index) => {
    const clients = new Set<LineClient>()
    const feed = new LineFeed(index + 1, frame => {
      for (const client of clients) client.send(frame)
    })
    const serve = (socket: Socket): void => {
      const client = serveClient(socket, {
        feed,
        login: { user, password, line: index + 1 },
        tradingDate,
        session,
        ...(clients.size >= MAX_CLIENTS ? { refusal: 'full' } : {}),
        closed: gone => clients.delete(gone),
      })
      clients.add(client)
    }
    const server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve)
    return { port, clients, feed, server }
  })

  let events: Iterator<ExchangeEvent> | undefined
  let behind = 0
  let closed = false

  const holdEnd = performance.now() + HOLD_LIMIT
  let isHeld = hold !== undefined
  const hasReaders = ({ clients }: { clients: ReadonlySet<LineClient> }): boolean =>
    [...clients].filter(({ isLoggedIn }) => isLoggedIn).length >= (hold?.logins ?? 0)

  /** Returns the time of the day up to which the exchange may go. */
  const limit = (now: DayMicros): DayMicros => {
    if (hold === undefined || !isHeld) return now
    isHeld = performance.now() < holdEnd && !lines.every(hasReaders)
    return isHeld ? Math.min(now, hold.at) : now
  }

  /** Lets the exchange catch up with the clock for one turn, and returns whether it has. */
  const catchUp = (): boolean => {
    const now = clock.now() - midnight
    const start = performance.now()
    for (let count = 1; ; count++) {
      // An unfinished advance goes on: an exchange that is late skips nothing.
      events ??= exchange.advance(limit(now))[Symbol.iterator]()
      const event = events.next()
      if (event.done === true) {
        events = undefined
        behind = hold !== undefined && isHeld ? Math.max(0, now - hold.at) : 0
        return true
      }
      lines[event.value.line - 1]!.feed.take(event.value)
      if (count % EVENTS_A_LOOK === 0 && performance.now() - start > TURN) {
        behind = Math.max(0, now - event.value.time)
        return false
      }
    }
  }

  const turn = (): void => {
    if (closed) return
    const done = catchUp()
    for (const { feed } of lines) feed.flush()
    if (done) setTimeout(turn, PACE)
    else setImmediate(turn)
  }

  // The first turn replays the day so far, which may take long. Readers connect only after it.
  turn()
  const ports = await Promise.all(lines.map(({ server, port }) => listen(server, host, port)))

  return {
    ports,
    stats: () => ({ messages: lines.map(({ feed }) => feed.messages), behind }),
    async close() {
      closed = true
      await Promise.all(
        lines.map(({ server, clients }) => {
          for (const client of clients) client.logout()
          return new Promise<void>(resolve => server.close(() => resolve()))
        }),
      )
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
