/** Applies the messages of the server: boards to the subscriptions, answers to the requests, events to the app. */
import type { AppEvent } from '../market/protocol.ts'
import type { Yen } from '../market/units.ts'
import type { Subscriptions } from './board-subscriptions.ts'
import type { ClientEvents } from './client-api.ts'
import type { Emitter } from './emitter.ts'
import { createStatus } from './market-status.ts'
import type { PaceRequest } from './pace-request.ts'
import type { Requests } from './requests.ts'
import type { ReadMessage } from './server-message.ts'
import type { Socket } from './socket.ts'
import type { StalenessWatch } from './staleness.ts'

export interface ReceiverParts {
  readonly events: Emitter<ClientEvents>
  readonly subscriptions: Subscriptions
  readonly basePrices: Map<string, Yen>
  readonly requests: Requests
  readonly pace: PaceRequest
  readonly socket: Socket
  readonly staleness: StalenessWatch
}

/** Returns a function that applies the messages of the server. */
export function createReceiver({
  events,
  subscriptions,
  basePrices,
  requests,
  pace,
  socket,
  staleness,
}: ReceiverParts) {
  const status = createStatus()
  let stretch = 1

  const noteStretch = (factor: number): void => {
    if (factor === stretch) return
    stretch = factor
    events.emit('stretch', { factor })
  }

  function emitEvent(event: AppEvent): void {
    staleness.event(event)
    if (event.type === 'news') events.emit('news', event)
    else if (event.type === 'phase') events.emit('phase', event)
    else if (event.type === 'line') events.emit('line', event)
    else if (event.type === 'issues') events.emit('issues', event)
  }

  return (message: ReadMessage): void => {
    if (message.type !== 'error') socket.confirm()
    switch (message.type) {
      case 'updates':
        for (const event of message.events ?? []) if (status.isCurrent(event)) emitEvent(event)
        staleness.heard()
        subscriptions.apply(message.updates, message.missed)
        staleness.check()
        noteStretch(message.stretch ?? 1)
        requests.settle()
        break
      case 'subscribed':
        // Before the boards, so that a listener of a board can compute the change.
        for (const [issue, price] of Object.entries(message.basePrices ?? {})) basePrices.set(issue, price)
        subscriptions.answer(message.boards)
        staleness.delivers(true)
        staleness.check()
        for (const event of message.status) if (status.isNew(event)) emitEvent(event)
        requests.apply(message)
        pace.granted(message.pace)
        break
      case 'snapshot':
        subscriptions.answer(message.boards)
        requests.apply({ type: 'snapshot', id: message.id, helped: !requests.hasGapIn(message.id) })
        break
      case 'unsubscribed':
        requests.apply(message)
        break
      case 'pace':
        pace.answered(message.id)
        pace.granted(message.pace)
        break
      case 'error':
        if (message.code === 'not-connected') socket.restart(message.message)
        requests.apply(message)
        pace.answered(message.id)
        events.emit('error', { code: message.code, message: message.message })
        break
    }
  }
}
