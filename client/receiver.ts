/** Applies the messages of the server: boards to the subscriptions, answers to their connection, events to the app. */
import type { AppEvent } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import type { BasePrices } from './base-prices.ts'
import type { Book } from './board-book.ts'
import type { Subscriptions } from './board-subscriptions.ts'
import type { ClientEvents } from './client-api.ts'
import type { EndCause } from './connection-plan.ts'
import type { Connections } from './connections.ts'
import type { Emitter } from './emitter.ts'
import type { Link } from './link.ts'
import { createStatus } from './market-status.ts'
import { createMessageGap } from './message-gap.ts'
import type { ReadMessage } from './server-message.ts'
import type { StalenessWatch } from './staleness.ts'
import type { Timing } from './timing.ts'

/** Characters of a date, YYYY-MM-DD, at the start of an ISO 8601 time. */
const DATE_LENGTH = 10

export interface ReceiverParts {
  readonly events: Emitter<ClientEvents>
  readonly book: Pick<Book, 'board' | 'interrupt'>
  readonly timing: Pick<Timing, 'pingInterval' | 'pongTimeout'>
  readonly subscriptions: Subscriptions
  readonly basePrices: BasePrices
  readonly connections: Connections
  readonly staleness: StalenessWatch
}

export interface Receiver {
  /** The factor by which all paces are longer at present. */
  readonly stretch: number
  /** The pace that the server has granted, ms. */
  readonly pace: Millis | undefined
  receive(message: ReadMessage, link: Link): void
  /** Reports a pace that the server has granted, unless the app knows it. */
  granted(pace: Millis): void
}

export function createReceiver(parts: ReceiverParts): Receiver {
  const { events, book, timing, subscriptions, basePrices, connections, staleness } = parts
  const status = createStatus()
  const noteMessage = createMessageGap(timing, book.interrupt)
  let stretch = 1
  let pace: Millis | undefined

  const noteStretch = (factor: number): void => {
    if (factor === stretch) return
    stretch = factor
    events.emit('stretch', { factor })
  }

  function emitEvent(event: AppEvent, link: Link): void {
    staleness.event(event)
    if (event.type === 'news') events.emit('news', event)
    else if (event.type === 'phase') events.emit('phase', event)
    else if (event.type === 'line') events.emit('line', event)
    else if (event.type === 'issues') {
      basePrices.listChanged()
      events.emit('issues', event)
    } else if (event.type === 'reconnect' && link === connections.main)
      connections.replaceWithin(event.within)
  }

  function updates(message: Extract<ReadMessage, { type: 'updates' }>, link: Link): void {
    staleness.heard()
    for (const event of message.events ?? []) if (status.isCurrent(event)) emitEvent(event, link)
    subscriptions.apply(message.updates, message.missed)
    // During a hand-over the posts of two connections may differ for a moment.
    if (link === connections.main) noteStretch(message.stretch ?? 1)
    else noteUpdates(parts, message, link)
    noteAccepted(subscriptions, link)
    link.requests.settle()
  }

  function receive(message: ReadMessage, link: Link): void {
    noteMessage()
    if (message.type !== 'error' && message.type !== 'end') connections.confirm(link)
    switch (message.type) {
      case 'updates':
        updates(message, link)
        break
      case 'subscribed':
        takeBoards(parts, message)
        for (const event of message.status) if (status.isNew(event)) emitEvent(event, link)
        link.requests.apply(message)
        link.pace.granted(message.pace)
        noteSubscribed(message, link)
        break
      case 'snapshot':
        subscriptions.answer(message.boards)
        link.requests.apply({ type: 'snapshot', id: message.id, helped: !link.requests.hasGapIn(message.id) })
        break
      case 'unsubscribed':
        link.requests.apply(message)
        break
      case 'pace':
        link.pace.answered(message.id)
        link.pace.granted(message.pace)
        break
      case 'token':
        link.renewal.renewed(message.expires)
        break
      case 'end':
        events.emit('error', { code: message.code, message: message.message })
        link.end(message.message, causeOf(message.code))
        break
      case 'error':
        link.requests.apply(message)
        link.pace.answered(message.id)
        link.renewal.refused(message.id)
        events.emit('error', { code: message.code, message: message.message })
        if (message.code === 'not-connected') link.end(message.message, 'other')
        break
      case 'pong':
        break
    }
    staleness.delivers(connections.main?.isAnswered ?? false)
    staleness.check()
  }

  return {
    get stretch() {
      return stretch
    },
    get pace() {
      return pace
    },
    receive,
    granted(next) {
      if (next === pace) return
      pace = next
      events.emit('pace', { pace: next })
    },
  }
}

/** Takes the boards of an answer and the base prices of their issues. */
function takeBoards(
  { book, subscriptions, basePrices }: ReceiverParts,
  { boards, basePrices: prices = {} }: Extract<ReadMessage, { type: 'subscribed' }>,
): void {
  // Before the boards, so that a listener of a board can compute the change.
  const priced = basePrices.take(prices).map(issue => ({ issue, before: book.board(issue) }))
  subscriptions.answer(boards)
  // A listener that had the board earlier could not.
  for (const { issue, before } of priced)
    if (before !== undefined && book.board(issue) === before) subscriptions.repeat(issue)
}

/** Notes what the next connection has, until it is whole. */
function noteUpdates(
  { subscriptions, connections }: ReceiverParts,
  { updates }: Extract<ReadMessage, { type: 'updates' }>,
  link: Link,
): void {
  for (const update of updates) link.updated('board' in update ? update.board.issue : update.issue)
  if (link.isWhole(subscriptions.issuesWithBoard())) connections.whole(link)
}

function noteSubscribed(message: Extract<ReadMessage, { type: 'subscribed' }>, link: Link): void {
  link.accepted = acceptedOf(message)
  if (message.tokenExpires !== undefined) link.renewal.expires(message.tokenExpires)
}

/** By the first updates all boards of an answer have come, which may have several messages. */
function noteAccepted(subscriptions: Subscriptions, link: Link): void {
  if (link.accepted === undefined) return
  subscriptions.startDate(link.accepted.issues, link.accepted.date)
  link.accepted = undefined
}

/** A phase has the date of the market. */
function acceptedOf({ issues, status }: Extract<ReadMessage, { type: 'subscribed' }>): Link['accepted'] {
  const phase = status.find(({ type }) => type === 'phase')
  return phase?.type === 'phase' ? { issues, date: phase.time.slice(0, DATE_LENGTH) } : undefined
}

function causeOf(code: string): EndCause {
  return code === 'access-ended' || code === 'too-many-messages' ? code : 'other'
}
