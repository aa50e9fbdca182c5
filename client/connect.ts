/** Puts the parts of the client together: boards, trades, connections, events. */
import { DEFAULT_PACE_MS } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import { withParameters } from './address.ts'
import { createBars } from './bars/bars.ts'
import { createBasePrices } from './base-prices.ts'
import { createBook } from './board-book.ts'
import { type BoardSource, boardStream } from './board-stream.ts'
import { createSubscriptions, type Subscriptions } from './board-subscriptions.ts'
import type { ClientEvents, ConnectOptions, Itastream } from './client-api.ts'
import { CLIENT_VERSION } from './client-version.ts'
import { canInflate, ENCODING } from './compression.ts'
import { type Connections, createConnections, type LinkReports } from './connections.ts'
import { createEmitter, type Emitter } from './emitter.ts'
import { createHistoryReader } from './history-reader.ts'
import { type Link, openLink } from './link.ts'
import { checkedPace } from './pace-request.ts'
import { createReceiver, type Receiver } from './receiver.ts'
import type { RequestIds } from './request-state.ts'
import type { Refusal } from './requests.ts'
import { readServerMessage } from './server-message.ts'
import { reasonOf } from './socket.ts'
import { createStaleness } from './staleness.ts'
import { DEFAULT_TIMING, type Timing } from './timing.ts'
import { createRecovery, type Recovery } from './trade-recovery.ts'
import { createTradeWishes, type TradeWishes } from './trade-wishes.ts'

/** Characters of an unreadable message that its error shows. */
const MAX_SHOWN = 200

/** Events inside the client, in addition to those of the app. */
interface InnerEvents {
  refused: Refusal
  closed: undefined
}

/** The parts of a client that refer to each other. */
interface Parts {
  readonly options: ConnectOptions
  readonly timing: Timing
  readonly events: Emitter<ClientEvents>
  readonly inner: Emitter<InnerEvents>
  readonly book: ReturnType<typeof createBook>
  readonly recovery: Recovery
  readonly wishes: TradeWishes
  readonly subscriptions: Subscriptions
  readonly connections: Connections
  readonly receiver: Receiver
  readonly ids: RequestIds
  /** The pace that the app wants, ms. */
  pace: Millis | undefined
}

/** Opens a connection and keeps it open until {@link Itastream.close}. @throws RangeError for a wrong pace. */
export function connect(options: ConnectOptions): Itastream {
  // First: an error after a part has started would leave it without the others.
  const pace = options.pace === undefined ? undefined : checkedPace(options.pace)
  const timing = options.timing ?? DEFAULT_TIMING
  const events = createEmitter<ClientEvents>()
  const reported = { ...options, token: reportedToken(options.token, events) }
  const inner = createEmitter<InnerEvents>()
  const book = createBook(true)
  const onEachLink = (apply: (link: Link) => void): void => {
    for (const link of connections.links) apply(link)
  }
  const recovery: Recovery = createRecovery({
    book,
    // A connection that is silent may be dead already.
    readHistory: historyOf(
      reported,
      timing,
      () => connections.links.some(link => link.isAnswered) && staleness.current?.reason !== 'silence',
    ),
    answerTimeout: timing.answerTimeout,
    onProgress: issue => subscriptions.progress(issue),
    onNeeds: () => onEachLink(({ requests }) => requests.settle()),
  })
  events.on('phase', book.phase)
  const basePrices = createBasePrices({
    second: timing.retryPause,
    subscribeAgain: () => onEachLink(({ requests }) => requests.apply({ type: 'renew' })),
  })
  const wishes = createTradeWishes(() => onEachLink(({ requests }) => requests.settle()))
  const subscriptions = createSubscriptions({
    book,
    recovery,
    onMissed: wishes.answered,
    onBoard: event => events.emit('board', event),
    onWanted: (issue, view) => onEachLink(({ requests }) => requests.apply({ type: 'want', issue, view })),
    onUnwanted: issue => onEachLink(({ requests }) => requests.apply({ type: 'unwant', issue })),
  })
  const staleness = createStaleness({
    usesLine: subscriptions.usesLine,
    longestSilence: () => timing.silence + (receiver.pace ?? DEFAULT_PACE_MS) * receiver.stretch,
    onChange: stale => events.emit('stale', stale ?? {}),
  })
  const connections: Connections = createConnections({
    timing,
    openLink: reports => linkOf(parts, reports),
    onLinks() {
      if (!connections.links.some(link => link.isAnswered)) {
        book.interrupt()
        recovery.disconnected()
      }
      staleness.delivers(connections.main?.isAnswered ?? false)
    },
    onState(state, reason) {
      events.emit('state', { state, reason })
      if (state !== 'closed') return
      recovery.close()
      staleness.close()
      basePrices.close()
      inner.emit('closed', undefined)
    },
  })
  const receiver = createReceiver({ events, book, timing, subscriptions, basePrices, connections, staleness })
  const parts: Parts = {
    options: reported,
    timing,
    events,
    inner,
    book,
    recovery,
    wishes,
    subscriptions,
    connections,
    receiver,
    ids: { next: 1 },
    pace,
  }
  const source = sourceOf(parts)

  return {
    get state() {
      return connections.state
    },
    get staleSince() {
      return staleness.current?.since
    },
    on: events.on,
    subscribe: subscriptions.add,
    boards: (issues, subscribed) => boardStream(source, issues, subscribed),
    bars: createBars({ ...source, wishTrades: wishes.add }, events, reported),
    setPace(next) {
      parts.pace = checkedPace(next)
      onEachLink(link => link.pace.set(next))
    },
    board: book.board,
    basePrice: basePrices.get,
    check: () => onEachLink(link => link.check()),
    close: () => connections.close('closed by the app'),
  }
}

/** Returns `token` of the app. The event `error` reports its failures. */
function reportedToken(token: ConnectOptions['token'], events: Emitter<ClientEvents>): typeof token {
  return async () => {
    try {
      return await token()
    } catch (error) {
      events.emit('error', { code: 'token', message: reasonOf(error) })
      throw error
    }
  }
}

function historyOf({ history, token }: ConnectOptions, timing: Timing, isOnline: () => boolean) {
  return history === undefined
    ? undefined
    : createHistoryReader({ address: history, token, ...timing.history, isOnline })
}

function linkOf(parts: Parts, reports: LinkReports): Link {
  const { options, timing, events, inner, book, recovery, wishes } = parts
  const { subscriptions, connections, receiver } = parts
  const needsServer = (issue: string): boolean =>
    book.hasGap(issue) || recovery.needsServer(issue) || wishes.needsServer(issue)
  const { url, token, compression = true } = options
  const link: Link = openLink({
    ...reports,
    address: pace =>
      withParameters(url, {
        ...pace,
        ...(compression && canInflate() ? { encoding: ENCODING } : {}),
        client: `itastream-js/${CLIENT_VERSION}`,
      }),
    token,
    timing,
    pace: parts.pace,
    ids: parts.ids,
    wanted: subscriptions.wanted(),
    needs: {
      // The next connection gets whole boards anyway.
      hasGap: issue => link === connections.main && needsServer(issue),
      position: issue => wishes.position(issue, book.position(issue)),
    },
    onAsked(issues) {
      recovery.asked(issues)
      wishes.asked(issues)
    },
    onRefused: refusal => inner.emit('refused', refusal),
    onPace: receiver.granted,
    onText(text) {
      const message = readServerMessage(text)
      if (message === 'unreadable') events.emit('error', unreadable(text))
      else if (message !== 'unknown') receiver.receive(message, link)
    },
  })
  return link
}

/** Returns what iterators of boards use. */
function sourceOf({ subscriptions, inner, connections }: Parts): BoardSource {
  return {
    subscribe: subscriptions.add,
    onRefused: listener => inner.on('refused', listener),
    onClosed(listener) {
      if (connections.state === 'closed') listener()
      return inner.on('closed', listener)
    },
  }
}

function unreadable(text: string): ClientEvents['error'] {
  return {
    code: 'unreadable',
    message: `expected a message of the protocol, got ${text.slice(0, MAX_SHOWN)}`,
  }
}
