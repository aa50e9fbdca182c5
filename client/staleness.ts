/**
 * Since when the boards of an app cannot be trusted. Two causes, each with its own moment; the earlier one counts:
 *
 * - `connection`: no connection delivers. It counts from the last message of the connection before, or from the start of the
 *   client, until a connection has answered the subscriptions.
 * - `line`: the line of a board of the app is `stale`. It counts from `since` of the line.
 *
 * In the phase `closed` stale lines are normal, and do not count.
 */
import type { AppEvent } from '../market/protocol.ts'

export type StaleReason = 'connection' | 'line'

export interface Staleness {
  readonly since: Date
  readonly reason: StaleReason
}

export interface StalenessOptions {
  /** Whether the app has a board of this line. */
  readonly usesLine: (line: number) => boolean
  readonly onChange: (staleness: Staleness | undefined) => void
}

export interface StalenessWatch {
  readonly current: Staleness | undefined
  /** Whether a connection delivers. */
  delivers(isDelivering: boolean): void
  /** A message with updates has arrived. */
  heard(): void
  /** The state of a line, or the phase. */
  event(event: AppEvent): void
  /** The app may have boards of other lines. */
  check(): void
}

export function createStaleness({ usesLine, onChange }: StalenessOptions): StalenessWatch {
  const staleLines = new Map<number, number>()
  let current: Staleness | undefined = { since: new Date(), reason: 'connection' }
  let lastHeard = Date.now()
  let isDelivering = false
  let isClosed = false
  function judge(): Staleness | undefined {
    const causes: Staleness[] = []
    if (!isDelivering) causes.push({ since: new Date(lastHeard), reason: 'connection' })
    if (!isClosed)
      for (const [line, since] of staleLines)
        if (usesLine(line)) causes.push({ since: new Date(since), reason: 'line' })
    return causes.reduce<Staleness | undefined>(
      (first, cause) => (first === undefined || cause.since < first.since ? cause : first),
      undefined,
    )
  }

  function check(): void {
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
    },
    event(event) {
      if (event.type === 'phase') isClosed = event.phase === 'closed'
      else if (event.type !== 'line') return
      else if (event.state === 'stale') staleLines.set(event.line, Date.parse(event.since))
      else staleLines.delete(event.line)
      check()
    },
  }
}
