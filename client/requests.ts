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
  /** The server holds these issues now; those it did not name in its answer it refused. */
  subscribed(id: string | number | undefined, issues: readonly string[]): void
  unsubscribed(id: string | number | undefined, issues: readonly string[]): void
  /** Boards came; where they did not help, they are asked for again a little later. */
  snapshotCame(id: string | number | undefined): void
  /** The server answered with an error. */
  refused(id: string | number | undefined, code: string): void
}

/** Refusals that asking again on the same connection cannot mend. */
const FINAL_CODES = new Set(['unknown-issue', 'too-many-issues', 'bad-message'])

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

  function requestOf(id: string | number | undefined): UnderWay | undefined {
    return id === undefined ? undefined : underWay.get(id)
  }

  function endAfter(id: string | number, milliseconds: number): UnderWay['timer'] {
    return setTimeout(() => end(id), milliseconds)
  }

  /** Leaves a request under way a little longer, so that what did not help is not repeated at once. */
  function pause(id: string | number | undefined): void {
    const request = requestOf(id)
    if (id === undefined || request === undefined) return
    clearTimeout(request.timer)
    underWay.set(id, { ...request, timer: endAfter(id, timing.retryPause) })
  }

  function end(id: string | number | undefined): void {
    const request = requestOf(id)
    if (id !== undefined) underWay.delete(id)
    clearTimeout(request?.timer)
    for (const issue of request?.issues ?? []) busy.delete(issue)
    settle()
  }

  function settle(): void {
    if (planned) return
    planned = true
    queueMicrotask(settleNow)
  }

  function forgetConnection(): void {
    for (const id of [...underWay.keys()]) end(id)
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
    subscribed(id, issues) {
      const refused = requestOf(id)?.issues.filter(issue => !issues.includes(issue)) ?? []
      for (const issue of refused) refusedIssues.add(issue)
      // Also when an error came first: an answer may refuse some issues and then hold the others.
      for (const issue of issues) {
        held.add(issue)
        refusedIssues.delete(issue)
      }
      end(id)
    },
    unsubscribed(id, issues) {
      for (const issue of issues) held.delete(issue)
      end(id)
    },
    snapshotCame(id) {
      if (requestOf(id)?.issues.some(hasGap)) pause(id)
      else end(id)
    },
    refused(id, code) {
      const request = requestOf(id)
      if (request?.action === 'subscribe' && FINAL_CODES.has(code)) {
        for (const issue of request.issues) refusedIssues.add(issue)
        return end(id)
      }
      // The server does not hold what it gives no snapshot of: it is subscribed again.
      if (request?.action === 'snapshot') for (const issue of request.issues) held.delete(issue)
      pause(id)
    },
  }
}
