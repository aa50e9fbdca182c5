/**
 * What an app asks of the server, decided from what should be true and not from what just happened: an issue that
 * is wanted but not held is subscribed, one that is held but not wanted is given back, one with a gap gets a
 * snapshot. Each issue has at most one request under way, so nothing can pile up.
 */
import type { ClientMessage } from '../market/protocol.ts'
import type { Timing } from './socket.ts'

/** Issues one request names: their whole boards fit one 32 KB frame of the answer. */
export const ISSUES_PER_REQUEST = 20

type Action = Exclude<ClientMessage['action'], 'ping'>

export interface RequestsOptions {
  readonly send: (message: ClientMessage) => void
  readonly hasGap: (issue: string) => boolean
  readonly timing: Pick<Timing, 'answerTimeout' | 'retryPause'>
}

export interface Requests {
  want(issue: string): void
  unwant(issue: string): void
  /** Asks whatever is to be asked, in the next microtask, so that several wishes travel together. */
  settle(): void
  /** A new connection: the server holds nothing of it yet. */
  connected(): void
  disconnected(): void
  /** An answer came for these issues: what it answers is under way no more. */
  answered(id: string | number | undefined, issues: readonly string[]): void
  /** The server refused: a subscription is not tried again on this connection. */
  refused(id: string | number | undefined): void
}

interface UnderWay {
  readonly action: Action
  readonly issues: readonly string[]
  readonly timer: ReturnType<typeof setTimeout>
}

export function createRequests({ send, hasGap, timing }: RequestsOptions): Requests {
  const wanted = new Set<string>()
  const held = new Set<string>()
  const refusedIssues = new Set<string>()
  const underWay = new Map<string | number, UnderWay>()
  const busy = new Set<string>()
  let online = false
  let planned = false
  let nextId = 1

  function settleNow(): void {
    planned = false
    if (!online) return
    ask(
      'unsubscribe',
      [...held].filter(issue => !wanted.has(issue)),
    )
    ask(
      'subscribe',
      [...wanted].filter(issue => !held.has(issue) && !refusedIssues.has(issue)),
    )
    ask(
      'snapshot',
      [...held].filter(issue => wanted.has(issue) && hasGap(issue)),
    )
  }

  function ask(action: Action, candidates: readonly string[]): void {
    const issues = candidates.filter(issue => !busy.has(issue))
    for (let from = 0; from < issues.length; from += ISSUES_PER_REQUEST) {
      const part = issues.slice(from, from + ISSUES_PER_REQUEST)
      const id = nextId++
      underWay.set(id, { action, issues: part, timer: endAfter(id, timing.answerTimeout) })
      for (const issue of part) busy.add(issue)
      send({ action, issues: part, id })
    }
  }

  function endAfter(id: string | number, milliseconds: number): UnderWay['timer'] {
    return setTimeout(() => {
      finish(id)
      settle()
    }, milliseconds)
  }

  /** Leaves a request under way a little longer, so that what did not help is not repeated at once. */
  function pause(id: string | number, request: UnderWay): void {
    clearTimeout(request.timer)
    underWay.set(id, { ...request, timer: endAfter(id, timing.retryPause) })
  }

  function finish(id: string | number): void {
    const request = underWay.get(id)
    underWay.delete(id)
    clearTimeout(request?.timer)
    for (const issue of request?.issues ?? []) busy.delete(issue)
  }

  function settle(): void {
    if (planned) return
    planned = true
    queueMicrotask(settleNow)
  }

  function forgetConnection(): void {
    for (const id of [...underWay.keys()]) finish(id)
    held.clear()
    refusedIssues.clear()
  }

  return {
    settle,
    want(issue) {
      wanted.add(issue)
      refusedIssues.delete(issue)
      settle()
    },
    unwant(issue) {
      wanted.delete(issue)
      settle()
    },
    connected() {
      forgetConnection()
      online = true
      settle()
    },
    disconnected() {
      forgetConnection()
      online = false
    },
    answered(id, issues) {
      const request = id === undefined ? undefined : underWay.get(id)
      if (id === undefined || request === undefined) return
      if (request.action === 'snapshot' && request.issues.some(hasGap)) return pause(id, request)
      finish(id)
      for (const issue of request.issues) {
        if (request.action === 'unsubscribe') held.delete(issue)
        if (request.action === 'subscribe') (issues.includes(issue) ? held : refusedIssues).add(issue)
      }
      settle()
    },
    refused(id) {
      const request = id === undefined ? undefined : underWay.get(id)
      if (id === undefined || request === undefined) return
      if (request.action !== 'subscribe') return pause(id, request)
      finish(id)
      for (const issue of request.issues) refusedIssues.add(issue)
      settle()
    },
  }
}
