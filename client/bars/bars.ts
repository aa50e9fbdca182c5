/** Live bars of an issue: for a listener, or as an async iterable. */
import type { BarInterval } from '../../market/bar-times.ts'
import { type BoardSource, IssuesRefused } from '../board-stream.ts'
import type { ClientEvents, ConnectOptions } from '../client-api.ts'
import { createEmitter, type Emitter } from '../emitter.ts'
import { iterateEvents, latestByKey, type Sink } from '../event-queue.ts'
import type { Refusal } from '../requests.ts'
import { DEFAULT_TIMING } from '../timing.ts'
import type { TradeWishes } from '../trade-wishes.ts'
import { checkIssue } from '../wanted-views.ts'
import type { BarEvent, Bars, BarsListenerOptions, BarsOptions } from './bar-event.ts'
import { openBarFeed } from './bar-feed.ts'
import { createBarSource } from './bar-source.ts'
import { createBarsHistory } from './bars-history.ts'
import { createGetJson } from './bars-request.ts'

/** Where bars get their live prices. */
export interface BarsSupply extends BoardSource {
  readonly wishTrades: TradeWishes['add']
}

/** @param events gets the event `error` for refused bars that have a listener. */
export function createBars(
  boards: BarsSupply,
  events: Emitter<ClientEvents>,
  { history, token, timing = DEFAULT_TIMING }: ConnectOptions,
): Bars {
  function open(
    issue: string,
    interval: BarInterval,
    { from }: BarsOptions,
    sink: Sink<BarEvent>,
    onLoaded: () => void = () => {},
  ): () => void {
    if (history === undefined)
      throw new RangeError('expected the option "history", which bars need, got none')
    checkIssue(issue)
    const ends: (() => void)[] = []
    let isEnded = false
    const end = (error?: Error): void => {
      if (isEnded) return
      isEnded = true
      for (const off of ends.splice(0)) off()
      sink.end(error)
    }
    const get = createGetJson(token)
    const source = createBarSource(createBarsHistory(get, history, issue), issue, interval, from)
    const feed = openBarFeed({
      source,
      subscribe: listener => boards.subscribe(issue, listener, { view: 'quote', trades: interval !== '1d' }),
      wishTrades: (place, listener) => boards.wishTrades(issue, place, listener),
      emit: sink.event,
      onLoaded,
      onError: end,
      second: timing.retryPause,
    })
    const refused = ({ code, issues }: Refusal): void => {
      if (issues.includes(issue)) end(new IssuesRefused({ code, issues: [issue] }))
    }
    ends.push(feed, boards.onRefused(refused))
    const offClosed = boards.onClosed(() => end())
    if (isEnded) offClosed()
    else ends.push(offClosed)
    return end
  }

  function listen(
    issue: string,
    interval: BarInterval,
    listener: (event: BarEvent) => void,
    { loaded, refused, ...options }: BarsListenerOptions,
  ): () => void {
    // An error of the listener or of a callback must not end the feed.
    const own = createEmitter<{ bar: BarEvent; loaded: undefined; refused: Error }>()
    own.on('bar', listener)
    if (loaded !== undefined) own.on('loaded', loaded)
    if (refused !== undefined) own.on('refused', refused)
    const sink: Sink<BarEvent> = {
      event: event => own.emit('bar', event),
      end(error) {
        if (error === undefined) return
        own.emit('refused', error)
        events.emit('error', { code: 'history', message: error.message })
      },
    }
    const end = open(issue, interval, options, sink, () => own.emit('loaded', undefined))
    return () => end()
  }

  return ((
    issue: string,
    interval: BarInterval,
    first: ((event: BarEvent) => void) | BarsOptions = {},
    options: BarsListenerOptions = {},
  ) =>
    typeof first === 'function'
      ? listen(issue, interval, first, options)
      : {
          [Symbol.asyncIterator]: () =>
            iterateEvents(latestByKey(keyOf), sink => open(issue, interval, first, sink)),
        }) as Bars
}

function keyOf({ bar }: BarEvent): string {
  return 'time' in bar ? bar.time : bar.date
}
