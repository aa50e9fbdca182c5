/** The live side of the page: a client that subscribes to the chosen issues while the user is signed in. */

import { nowMillis } from '../../market/units.ts'
import { type BarInterval, type BoardEvent, connect, type Itastream } from '../itastream.ts'
import { type ChartBar, liveBar } from './chart-bars.ts'
import { createQuotes } from './live-quotes.ts'
import type { PageConfig } from './page-config.ts'
import { createRecentTrades, TRADES_SHOWN } from './recent-trades.ts'
import type { Rest } from './rest-client.ts'
import type { Session } from './sign-in-session.ts'
import { type IssueState, type PageState, takeLine } from './state.ts'

const NEWS_SHOWN = 20

/** Gets the bars of an issue. */
export interface BarsListener {
  /** Called with the bars from a moment on, then with each bar that is new or has changed. */
  bar(bar: ChartBar): void
  /** Called once, after the bars of the history. */
  loaded(): void
  /** Called once, if the server refuses the bars. No bar comes after it. */
  refused(): void
}

export interface Live {
  /** Makes the connection and the subscriptions match the session and the chosen issues. */
  settle(): void
  /** Checks the connection at once, not at the next ping. Call it after sleep or a change of network. */
  check(): void
  /**
   * Calls `listener` with the bars of an issue.
   * @param from ISO 8601. Undefined: the start of the latest trading date.
   * @returns a function that ends the bars; `undefined` without a connection.
   */
  bars(
    issue: string,
    interval: BarInterval,
    from: string | undefined,
    listener: BarsListener,
  ): (() => void) | undefined
}

export function createLive(
  { websocketUrl, restUrl }: Pick<PageConfig, 'websocketUrl' | 'restUrl'>,
  session: Session,
  state: PageState,
  changed: () => void,
  /** Called when the list of issues has changed. */
  listChanged: () => void,
  rest: Pick<Rest, 'realtimeTrades'>,
): Live {
  let client: Itastream | undefined
  const subscriptions = new Map<string, () => void>()
  const recent = createRecentTrades(rest, session.token, changed)
  const quotes = createQuotes(state, changed)

  function start(): Itastream {
    const started = connect({ url: websocketUrl, history: `${restUrl}/v1/realtime`, token: session.token })
    started.on('state', event => {
      // The list may have changed while the page was not connected.
      if (event.state === 'connected' && state.connection === 'reconnecting') listChanged()
      state.connection = event.state
      delete state.heardAt
      changed()
    })
    for (const name of ['board', 'phase', 'line', 'news'] as const)
      started.on(name, () => {
        state.heardAt = nowMillis()
      })
    started.on('phase', event => {
      state.phase = event.phase
      changed()
    })
    started.on('line', event => {
      takeLine(state, event)
      changed()
    })
    started.on('news', event => {
      state.news = [event, ...state.news].slice(0, NEWS_SHOWN)
      changed()
    })
    started.on('issues', () => {
      quotes.listChanged()
      listChanged()
    })
    started.on('stretch', ({ factor }) => {
      state.stretch = factor
      changed()
    })
    started.on('error', ({ code, message }) => {
      // The session says why there is no token.
      if (code === 'token') return
      state.notice = `${message} (${code})`
      changed()
    })
    state.connection = started.state
    state.stretch = 1
    return started
  }

  function stop(): void {
    client?.close()
    client = undefined
    subscriptions.clear()
    quotes.settle(undefined)
    for (const issue of state.issues.values()) {
      delete issue.live
      delete issue.joined
      issue.trades = []
    }
  }

  function follow(issue: IssueState, event: BoardEvent): void {
    const { board } = event
    const isFirst = issue.live?.date !== board.date
    if (isFirst) issue.trades = []
    issue.live = board
    issue.trades = newestFirst(event, issue.trades)
    if (isFirst) recent.join(issue, board)
    changed()
  }

  return {
    check: () => client?.check(),
    bars: (issue, interval, from, listener) =>
      client?.bars(issue, interval, event => listener.bar(liveBar(event)), {
        loaded: () => listener.loaded(),
        refused: () => listener.refused(),
        ...(from === undefined ? {} : { from }),
      }),
    settle() {
      if (!session.signedIn) return stop()
      client ??= start()
      for (const [code, off] of subscriptions) {
        if (state.issues.has(code)) continue
        off()
        subscriptions.delete(code)
      }
      for (const issue of state.issues.values()) {
        if (subscriptions.has(issue.code)) continue
        subscriptions.set(
          issue.code,
          client.subscribe(issue.code, event => follow(issue, event)),
        )
      }
      quotes.settle(client)
    },
  }
}

/**
 * Returns the list of trades, newest first. A mark for missing trades comes below the trades of its event. The list is of one date:
 * after an outage an event may have the last trades of an earlier date.
 */
function newestFirst(
  { board, trades, lost }: BoardEvent,
  before: IssueState['trades'],
): IssueState['trades'] {
  const { time, sequence } = board
  const missing = lost ? [{ time, sequence, missing: true as const }] : []
  const ofDate = trades.filter(trade => trade.time.startsWith(board.date))
  if (ofDate.length + missing.length === 0) return before
  return [...ofDate.toReversed(), ...missing, ...before].slice(0, TRADES_SHOWN)
}
