/** Runs the plan of the connections (connection-plan.ts): opens and closes links, and keeps the timers. */
import type { Millis } from '../market/units.ts'
import {
  type ConnectionState,
  createPlan,
  type EndCause,
  type PlanEffect,
  type PlanEvent,
  stepPlan,
} from './connection-plan.ts'
import type { Link } from './link.ts'
import { backoffDelay } from './reconnect-wait.ts'
import type { Timing } from './timing.ts'

/** What a link reports to the connections. */
export interface LinkReports {
  readonly onOpen: () => void
  readonly onEnd: (reason: string, cause: EndCause) => void
}

export interface ConnectionsOptions {
  readonly openLink: (reports: LinkReports) => Link
  readonly timing: Pick<Timing, 'backoff' | 'handOver' | 'handOverTimeout'>
  readonly onState: (state: ConnectionState, reason: string) => void
  /** Links have been opened, closed or exchanged. */
  readonly onLinks: () => void
}

export interface Connections {
  readonly state: ConnectionState
  /** The link that delivers; during a hand-over the older one. */
  readonly main: Link | undefined
  /** All links, also while they are being opened. */
  readonly links: readonly Link[]
  /** A link has had an answer. */
  confirm(link: Link): void
  /** A link has the first updates of all its issues. */
  whole(link: Link): void
  /** Replaces the main link at a random moment within this time. */
  replaceWithin(within: Millis): void
  close(reason: string): void
}

type TimerName = 'retry' | 'due' | 'whole'

export function createConnections({ openLink, timing, onState, onLinks }: ConnectionsOptions): Connections {
  const plan = createPlan()
  const links = new Map<number, Link>()
  const timers = new Map<TimerName, ReturnType<typeof setTimeout>>()
  /** When the main link is to be replaced, ms of `performance.now()`. */
  let dueAt = Number.POSITIVE_INFINITY

  const idOf = (link: Link): number | undefined => [...links].find(([, one]) => one === link)?.[0]

  function wait(name: TimerName, duration: Millis, event: () => PlanEvent): void {
    clearTimeout(timers.get(name))
    timers.set(
      name,
      setTimeout(() => apply(event()), duration),
    )
  }

  function waitForAge(duration: Millis): void {
    dueAt = performance.now() + duration
    wait('due', duration, () => ({ type: 'due' }))
  }

  const overdue = (id: number): PlanEvent => ({
    type: 'overdue',
    id,
    isAnswered: links.get(id)?.isAnswered ?? false,
  })

  function run(effect: PlanEffect): void {
    if (effect.type === 'open') open(effect.id)
    else if (effect.type === 'close') close(effect.id)
    else if (effect.type === 'state') onState(effect.state, effect.reason)
    else if (effect.until === 'retry')
      wait('retry', backoffDelay(timing.backoff, effect.failures, Math.random()), () => ({ type: 'retry' }))
    else if (effect.until === 'whole') wait('whole', timing.handOverTimeout, () => overdue(effect.id))
    else {
      const { from, to } = timing.handOver
      waitForAge(from + Math.random() * (to - from))
    }
  }

  function open(id: number): void {
    const link = openLink({
      onOpen: () => apply({ type: 'opened', id }),
      onEnd(reason, cause) {
        links.delete(id)
        apply({ type: 'ended', id, reason, cause })
      },
    })
    links.set(id, link)
  }

  function close(id: number): void {
    links.get(id)?.close()
    links.delete(id)
  }

  function apply(event: PlanEvent): void {
    const effects = stepPlan(plan, event)
    if (plan.state === 'closed') for (const timer of timers.values()) clearTimeout(timer)
    for (const effect of effects) run(effect)
    if (effects.length > 0 || event.type === 'ended') onLinks()
  }

  function applyTo(link: Link, type: 'confirmed' | 'whole'): void {
    const id = idOf(link)
    if (id !== undefined) apply({ type, id })
  }

  queueMicrotask(() => apply({ type: 'start' }))
  return {
    get state() {
      return plan.state
    },
    get main() {
      return plan.main === undefined ? undefined : links.get(plan.main.id)
    },
    get links() {
      return [...links.values()]
    },
    confirm: link => applyTo(link, 'confirmed'),
    whole: link => applyTo(link, 'whole'),
    replaceWithin(within) {
      if (plan.next !== undefined || !plan.main?.isOpen) return
      const duration = Math.random() * within
      if (performance.now() + duration < dueAt) waitForAge(duration)
    },
    close: reason => apply({ type: 'close', reason }),
  }
}
