/** A registered app like any other, whose only interest is how long a tick took to reach it. */
import { connect, type Itastream } from '../client/itastream.ts'
import type { Clock } from '../market/clock.ts'
import type { LineState } from '../market/market-event.ts'

/** The percentiles speak of the updates of this long ago until now. */
const WINDOW_MILLISECONDS = 10_000

export interface Latency {
  /** Milliseconds from the exchange's stamp on a tick to its arrival at a client; `undefined` before the first. */
  readonly p50: number | undefined
  readonly p99: number | undefined
}

export interface Probe {
  latency(): Latency
  /** Lines that this client believes are live. */
  linesLive(): number
  close(): void
}

/**
 * Connects to `url`, holds `issues` and times what arrives.
 * @param options.from market time (epoch µs) from which ticks are timed.
 */
export function startProbe(options: {
  readonly url: string
  readonly token: () => Promise<string>
  readonly issues: readonly string[]
  readonly clock: Clock
  readonly from: number
}): Probe {
  const { clock } = options
  const client: Itastream = connect({ url: options.url, token: options.token })
  const arrivals: { readonly at: number; readonly latency: number }[] = []
  client.on('board', ({ board, snapshot }) => {
    const stamped = Date.parse(board.time) * 1000
    // A snapshot is as old as its issue's last tick; and a tick of the replay is stamped with time that ran fast.
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
    linesLive: () => [...states.values()].filter(state => state === 'live').length,
    close: () => client.close(),
  }
}
