/**
 * Since when the boards of an app cannot be trusted. Three causes, each with its own moment; the earliest one counts:
 *
 * - `connection`: no connection delivers. It counts from the last update or heartbeat of the connection before, or from the start
 *   of the client, until a connection has answered the subscriptions.
 * - `silence`: an open connection gets neither updates nor the heartbeat (event `time`, every 15 seconds). It counts from the last
 *   of them. It is judged only after the first heartbeat, because a server may be older than the heartbeat.
 * - `line`: the line of a board of the app is `stale`. It counts from `since` of the line.
 *
 * In the phase `closed` silence and stale lines are normal, and do not count.
 */
import type { AppEvent } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'

/** Why boards cannot be trusted: there is no working connection, it is silent, or the line of a board is down. */
export type StaleReason = 'connection' | 'silence' | 'line'

export interface Staleness {
  readonly since: Date
  readonly reason: StaleReason
}

export interface StalenessOptions {
  /** Whether the app has a board of this line. */
  readonly usesLine: (line: number) => boolean
  /** Returns the longest time between two messages with updates, ms. */
  readonly longestSilence: () => Millis
  readonly onChange: (staleness: Staleness | undefined) => void
}

export interface StalenessWatch {
  readonly current: Staleness | undefined
  /** Whether a connection delivers. */
  delivers(isDelivering: boolean): void
  /** A message with updates has arrived. */
  heard(): void
  /** The state of a line, the phase, or a heartbeat. */
  event(event: AppEvent): void
  /** The app may have boards of other lines. */
  check(): void
  close(): void
}

export function createStaleness({ usesLine, longestSilence, onChange }: StalenessOptions): StalenessWatch {
  /** `since` of each stale line, ms since 1970 by the clock of the market. */
  const staleLines = new Map<number, number>()
  let current: Staleness | undefined = { since: new Date(), reason: 'connection' }
  let lastHeard = Date.now()
  let isDelivering = false
  let hasHeartbeat = false
  let isClosed = false
  /** The clock of the market minus that of this machine, ms. A replay has a clock of its own. */
  let marketAhead: Millis = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Returns the time until the connection counts as silent, ms. */
  const silentIn = (): Millis => lastHeard + longestSilence() - Date.now()

  const isJudged = (): boolean => isDelivering && hasHeartbeat && !isClosed

  function judge(): Staleness | undefined {
    const causes: Staleness[] = []
    if (!isDelivering) causes.push({ since: new Date(lastHeard), reason: 'connection' })
    if (isJudged() && silentIn() <= 0) causes.push({ since: new Date(lastHeard), reason: 'silence' })
    if (!isClosed)
      for (const [line, since] of staleLines)
        if (usesLine(line)) causes.push({ since: new Date(since - marketAhead), reason: 'line' })
    return causes.reduce<Staleness | undefined>(
      (first, cause) => (first === undefined || cause.since < first.since ? cause : first),
      undefined,
    )
  }

  function check(): void {
    clearTimeout(timer)
    if (isJudged() && silentIn() > 0) timer = setTimeout(check, silentIn())
    const next = judge()
    if (next?.since.getTime() === current?.since.getTime() && next?.reason === current?.reason) return
    current = next
    onChange(next)
  }

  return {
    get current() {
      return current
    },
    check,
    delivers(next) {
      if (next === isDelivering) return
      isDelivering = next
      if (next) lastHeard = Date.now()
      check()
    },
    heard() {
      lastHeard = Date.now()
      if (current?.reason === 'silence') check()
    },
    event(event) {
      if (event.type === 'phase') isClosed = event.phase === 'closed'
      else if (event.type === 'time') {
        hasHeartbeat = true
        marketAhead = Date.parse(event.time) - Date.now()
      } else if (event.type !== 'line') return
      else if (event.state === 'stale') staleLines.set(event.line, Date.parse(event.since))
      else staleLines.delete(event.line)
      check()
    },
    close: () => clearTimeout(timer),
  }
}
