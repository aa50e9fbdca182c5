/** The feed server: what an exchange does, paced by the market clock, on three lines. */
import { type AddressInfo, createServer, type Server } from 'node:net'
import { type Clock, systemClock } from '../../market/clock.ts'
import { momentOf, timeOfDay } from '../../market/moment.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { ExchangeEvent } from '../exchange/exchange-event.ts'
import { type Client, serveClient } from './client.ts'
import { createFeed } from './line-feed.ts'

/** Milliseconds between looks at the clock. */
export const PACE = 5
/** Milliseconds of one turn, after which sockets get theirs. */
const TURN = 10
/** Events between looks at how long a turn has taken. */
const EVENTS_A_LOOK = 32
/** Connections a line serves at the same time: a reader has two, and may have lost others that still look open. */
const MAX_CLIENTS = 8

export interface LinesOptions {
  readonly exchange: Exchange
  readonly clock: Clock
  readonly host: string
  /** One a line; 0 takes a free one. */
  readonly ports: readonly number[]
  readonly user: string
  readonly password: string
}

export interface Lines {
  /** Where the lines listen, line 1 first. */
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
  const { exchange, clock, host, user, password } = options
  const { tradingDate } = exchange
  const midnight = momentOf(tradingDate, 0)
  // By the real clock, which goes on when the market's is set back for another run.
  const session = Math.floor(timeOfDay(systemClock.now()) / 1000)
  const lines = options.ports.map((port, index) => {
    const clients = new Set<Client>()
    const feed = createFeed(index + 1, frame => {
      for (const client of clients) client.send(frame)
    })
    const server = createServer(socket => {
      const client = serveClient(socket, {
        feed,
        login: { user, password, line: index + 1 },
        tradingDate,
        session,
        ...(clients.size >= MAX_CLIENTS ? { refusal: 'full' } : {}),
        closed: gone => clients.delete(gone),
      })
      clients.add(client)
    })
    return { port, clients, feed, server }
  })

  let events: Iterator<ExchangeEvent> | undefined
  let behind = 0
  let closed = false

  /** Lets the exchange catch up with the clock for one turn. Whether it has. */
  const catchUp = (): boolean => {
    const now = clock.now() - midnight
    const start = performance.now()
    for (let count = 1; ; count++) {
      // What was begun goes on: an exchange that is behind lags, but it skips nothing.
      events ??= exchange.advance(now)[Symbol.iterator]()
      const event = events.next()
      if (event.done === true) {
        events = undefined
        behind = 0
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

  // The first turn may take long, because the exchange goes through the day so far: no reader should wait for it.
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
