/**
 * Which connections a client has, as a state machine without timers and without a network.
 *
 * The main connection delivers. Before its two hours end, or when the server asks for it, the client opens the next one. Both
 * deliver until the next one is whole; then it is the main one, and the old one is closed. If the next one fails or does not
 * answer, the main one stays. If the main one fails, the next one takes its place.
 */

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed'

/** Why a connection has ended, as far as it decides what follows. */
export type EndCause = 'access-ended' | 'too-many-messages' | 'other'

interface Connection {
  readonly id: number
  readonly isOpen: boolean
}

export interface ConnectionPlan {
  state: ConnectionState
  main: Connection | undefined
  next: Connection | undefined
  /** Consecutive failures of the main connection, and of attempts to replace it. */
  failures: number
  nextFailures: number
  /** The main connection is to be replaced. */
  isDue: boolean
  lastId: number
}

export type PlanEvent =
  | { readonly type: 'start' }
  | { readonly type: 'opened'; readonly id: number }
  /**
   * A connection works: it has answered. An open connection is not enough for a short wait before the next one: a server that
   * accepts and then closes must not get connections in a tight loop.
   */
  | { readonly type: 'confirmed'; readonly id: number }
  /** The next connection has the first updates of all issues. */
  | { readonly type: 'whole'; readonly id: number }
  /** The longest wait for these updates is over. `isAnswered`: the server has answered the subscriptions. */
  | { readonly type: 'overdue'; readonly id: number; readonly isAnswered: boolean }
  | { readonly type: 'ended'; readonly id: number; readonly reason: string; readonly cause: EndCause }
  /** The main connection is old. */
  | { readonly type: 'due' }
  /** The wait after a failure is over. */
  | { readonly type: 'retry' }
  | { readonly type: 'close'; readonly reason: string }

type Overdue = Extract<PlanEvent, { type: 'overdue' }>

/** What the caller does after a step, in this order. `wait` replaces the timer of the same name. */
export type PlanEffect =
  | { readonly type: 'open'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'wait'; readonly until: 'retry'; readonly failures: number }
  | { readonly type: 'wait'; readonly until: 'due' }
  | { readonly type: 'wait'; readonly until: 'whole'; readonly id: number }
  | { readonly type: 'state'; readonly state: ConnectionState; readonly reason: string }

/** Failures that an app counts which has sent too many messages: its first wait has a bound of 16 s. */
const FAILURES_OF_TOO_MANY = 5

export function createPlan(): ConnectionPlan {
  return {
    state: 'connecting',
    main: undefined,
    next: undefined,
    failures: 0,
    nextFailures: 0,
    isDue: false,
    lastId: 0,
  }
}

/** Applies an event to the plan. */
export function stepPlan(plan: ConnectionPlan, event: PlanEvent): PlanEffect[] {
  if (plan.state === 'closed') return []
  switch (event.type) {
    case 'start':
    case 'retry':
      return plan.main === undefined ? openMain(plan) : openNext(plan)
    case 'due':
      plan.isDue = true
      return openNext(plan)
    case 'opened':
      return opened(plan, event.id)
    case 'confirmed':
      if (event.id === plan.main?.id) plan.failures = 0
      return []
    case 'whole':
      return plan.next?.isOpen && event.id === plan.next.id ? handOver(plan) : []
    case 'overdue':
      return plan.next?.isOpen && event.id === plan.next.id ? overdue(plan, event) : []
    case 'ended':
      return ended(plan, event)
    case 'close':
      return close(plan, event.reason)
  }
}

function openMain(plan: ConnectionPlan): PlanEffect[] {
  plan.main = { id: ++plan.lastId, isOpen: false }
  return [{ type: 'open', id: plan.main.id }]
}

function openNext(plan: ConnectionPlan): PlanEffect[] {
  if (!plan.isDue || plan.next !== undefined || !plan.main?.isOpen) return []
  plan.next = { id: ++plan.lastId, isOpen: false }
  return [{ type: 'open', id: plan.next.id }]
}

function opened(plan: ConnectionPlan, id: number): PlanEffect[] {
  if (id === plan.next?.id) {
    plan.next = { id, isOpen: true }
    return [{ type: 'wait', until: 'whole', id }]
  }
  if (id !== plan.main?.id) return []
  plan.main = { id, isOpen: true }
  return [...startAge(plan), ...become(plan, 'connected', 'open')]
}

/** The main connection is new. */
function startAge(plan: ConnectionPlan): PlanEffect[] {
  plan.isDue = false
  plan.nextFailures = 0
  return [{ type: 'wait', until: 'due' }]
}

function handOver(plan: ConnectionPlan): PlanEffect[] {
  const old = plan.main
  plan.main = plan.next
  plan.next = undefined
  return [...(old === undefined ? [] : [{ type: 'close', id: old.id } as const]), ...startAge(plan)]
}

/** A connection that has not answered takes no place of one that delivers. */
function overdue(plan: ConnectionPlan, { id, isAnswered }: Overdue): PlanEffect[] {
  return isAnswered ? handOver(plan) : [{ type: 'close', id }, ...retryNext(plan)]
}

function retryNext(plan: ConnectionPlan): PlanEffect[] {
  plan.next = undefined
  return [{ type: 'wait', until: 'retry', failures: plan.nextFailures++ }]
}

function ended(plan: ConnectionPlan, event: Extract<PlanEvent, { type: 'ended' }>): PlanEffect[] {
  const { id, reason, cause } = event
  if (id !== plan.main?.id && id !== plan.next?.id) return []
  if (cause === 'access-ended') return close(plan, reason, id)
  if (cause === 'too-many-messages') plan.failures = Math.max(plan.failures, FAILURES_OF_TOO_MANY)
  if (id === plan.next?.id) return retryNext(plan)
  plan.main = plan.next
  plan.next = undefined
  if (plan.main?.isOpen) return startAge(plan)
  const wait: PlanEffect[] =
    plan.main === undefined ? [{ type: 'wait', until: 'retry', failures: plan.failures++ }] : []
  return [...wait, ...become(plan, 'reconnecting', reason)]
}

/** @param except a connection that has ended already. */
function close(plan: ConnectionPlan, reason: string, except?: number): PlanEffect[] {
  const open = [plan.main, plan.next].flatMap(one => (one === undefined || one.id === except ? [] : [one.id]))
  plan.main = undefined
  plan.next = undefined
  return [...open.map(id => ({ type: 'close', id }) as const), ...become(plan, 'closed', reason)]
}

function become(plan: ConnectionPlan, state: ConnectionState, reason: string): PlanEffect[] {
  if (plan.state === state) return []
  plan.state = state
  return [{ type: 'state', state, reason }]
}
