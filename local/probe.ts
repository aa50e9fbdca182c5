/** A registered app that measures the time from a tick at the exchange to its arrival at a client. */
import { connect, type Itastream } from '../client/itastream.ts'
import type { Clock } from '../market/clock.ts'
import type { LineState } from '../market/market-event.ts'
import { FASTEST_PACE_MS } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'

/** The percentiles cover the updates of this time until now. */
const WINDOW_MILLISECONDS = 10_000

export interface Latency {
  /** Milliseconds from the exchange's time of a tick to its arrival. `undefined` before the first update. */
  readonly p50: Millis | undefined
  readonly p99: Millis | undefined
}

export interface Probe {
  latency(): Latency
  /** Returns the last reported state of each line that has reported, by its number. */
  lineStates(): ReadonlyMap<number, LineState>
  close(): void
}

/**
 * Connects to `url`, subscribes to `issues` and measures each update.
 * @param options.from market time (epoch µs). Earlier ticks are not measured.
 */
export function startProbe(options: {
  readonly url: string
  readonly token: () => Promise<string>
  readonly issues: readonly string[]
  readonly clock: Clock
  readonly from: number
}): Probe {
  const { clock } = options
  // The fastest pace, because the figures are of the system and not of the wait for a pace.
  const client: Itastream = connect({ url: options.url, token: options.token, pace: FASTEST_PACE_MS })
  const arrivals: { readonly at: number; readonly latency: number }[] = []
  client.on('board', ({ board, snapshot }) => {
    const stamped = Date.parse(board.time) * 1000
    // A snapshot is as old as the last tick of its issue. Ticks before `from` come from a replay, whose clock runs fast.
    if (snapshot || stamped < options.from) return
    arrivals.push({ at: performance.now(), latency: (clock.now() - stamped) / 1000 / clock.speed() })
  })
  const states = new Map<number, LineState>()
  client.on('line', ({ line, state }) => states.set(line, state))
  for (const issue of options.issues) client.subscribe(issue, () => {})
  return {
    latency() {
      const begin = performance.now() - WINDOW_MILLISECONDS
      while (arrivals[0] !== undefined && arrivals[0].at < begin) arrivals.shift()
      const sorted = arrivals.map(({ latency }) => latency).sort((a, b) => a - b)
      const at = (share: number): number | undefined => sorted[Math.floor(share * (sorted.length - 1))]
      return { p50: at(0.5), p99: at(0.99) }
    },
    lineStates: () => states,
    close: () => client.close(),
  }
}
