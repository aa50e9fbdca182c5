/** A registered app like any other, whose only interest is how long a tick took to reach it. */
import { connect, type Itastream } from '../client/itastream.ts'
import type { Clock } from '../market/clock.ts'
import type { LineState } from '../market/event.ts'

/** The newest updates that the percentiles speak of. */
const WINDOW = 2_000

export interface Latency {
  /** Milliseconds from the exchange's stamp on a tick to its arrival at a client; `undefined` before the first. */
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly updates: number
}

export interface Probe {
  latency(): Latency
  /** Lines that this client believes are live. */
  linesLive(): number
  close(): void
}

/** Connects to `url`, holds `issues` and times what arrives. */
export function startProbe(options: {
  readonly url: string
  readonly token: () => Promise<string>
  readonly issues: readonly string[]
  readonly clock: Clock
}): Probe {
  const { clock } = options
  const client: Itastream = connect({ url: options.url, token: options.token })
  const times: number[] = []
  let updates = 0
  client.on('board', ({ board, snapshot }) => {
    // A snapshot is as old as the issue's last tick; and while time runs fast there is no latency to speak of.
    if (snapshot || clock.speed() > 1) return
    times[updates++ % WINDOW] = (clock.now() - Date.parse(board.time) * 1000) / 1000
  })
  const states = new Map<number, LineState>()
  client.on('line', ({ line, state }) => states.set(line, state))
  for (const issue of options.issues) client.subscribe(issue, () => {})
  return {
    latency() {
      const sorted = times.toSorted((a, b) => a - b)
      const at = (share: number): number | undefined => sorted[Math.floor(share * (sorted.length - 1))]
      return { p50: at(0.5), p99: at(0.99), updates }
    },
    linesLive: () => [...states.values()].filter(state => state === 'live').length,
    close: () => client.close(),
  }
}
