/**
 * A connection with its requests: the issues that the server holds for it, its pace, its token. A client has one link, and two
 * while one replaces the other.
 */
import type { ClientMessage } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import type { View } from '../market/view.ts'
import type { EndCause } from './connection-plan.ts'
import type { Needs } from './next-requests.ts'
import { createPaceRequest, type PaceRequest } from './pace-request.ts'
import type { RequestIds } from './request-state.ts'
import { createRequests, type Refusal, type Requests } from './requests.ts'
import { openSocket } from './socket.ts'
import type { Timing } from './timing.ts'
import { createTokenRenewal, type TokenRenewal } from './token-renewal.ts'

export interface LinkOptions {
  /** Returns the address of the connection with the parameters of its pace. */
  readonly address: (pace: Readonly<Record<string, string>>) => string
  readonly token: () => Promise<string>
  readonly timing: Timing
  /** The pace that the app wants, ms. */
  readonly pace: Millis | undefined
  /** The issues that the app wants, with their views. */
  readonly wanted: Iterable<readonly [issue: string, view: View]>
  readonly needs: Needs
  readonly ids: RequestIds
  /** A request asks for the trades of these issues. */
  readonly onAsked: (issues: readonly string[]) => void
  readonly onRefused: (refusal: Refusal) => void
  readonly onPace: (pace: Millis) => void
  readonly onOpen: () => void
  /** Gets the texts of the server, in order. */
  readonly onText: (text: string) => void
  /** The connection has ended, or could not be opened. Nothing follows. */
  readonly onEnd: (reason: string, cause: EndCause) => void
}

export interface Link {
  readonly requests: Requests
  readonly pace: PaceRequest
  readonly renewal: TokenRenewal
  /** Whether the server has answered the subscriptions. */
  readonly isAnswered: boolean
  /** Whether each of these issues had an update, and the subscriptions are answered. */
  isWhole(issues: readonly string[]): boolean
  /** An issue had an update. */
  updated(issue: string): void
  /** Issues that the server has accepted since the last message with updates, and the date of its boards. */
  accepted: { readonly issues: readonly string[]; readonly date: string } | undefined
  /** Sends a ping now. */
  check(): void
  /** Ends the connection for a reason. */
  end(reason: string, cause: EndCause): void
  /** Ends the connection without a report. */
  close(): void
}

export function openLink(options: LinkOptions): Link {
  const { address, token, timing, wanted, needs, onAsked, onEnd } = options
  const updated = new Set<string>()
  let cause: EndCause = 'other'
  let isOpen = false
  let isAnswered = false

  function send(message: ClientMessage): void {
    if ('since' in message && message.since !== undefined) onAsked(Object.keys(message.since.sequences))
    socket.send(message)
  }

  function stop(): void {
    isOpen = false
    requests.apply({ type: 'disconnected' })
    pace.disconnected()
    renewal.close()
  }

  const requests = createRequests({ send, onRefused: options.onRefused, needs, ids: options.ids, timing })
  const pace = createPaceRequest({
    pace: options.pace,
    send,
    answerTimeout: timing.answerTimeout,
    onGranted: options.onPace,
  })
  const renewal = createTokenRenewal({ token, send, timing })
  for (const [issue, view] of wanted) requests.apply({ type: 'want', issue, view })
  const socket = openSocket({
    address: () => address(pace.parameters()),
    token,
    timing,
    onOpen() {
      isOpen = true
      requests.apply({ type: 'connected' })
      pace.connected()
      options.onOpen()
    },
    onText: options.onText,
    onEnd(reason) {
      stop()
      onEnd(reason, cause)
    },
  })

  const link: Link = {
    requests,
    pace,
    renewal,
    accepted: undefined,
    get isAnswered() {
      isAnswered ||= isOpen && requests.isSettled()
      return isAnswered && isOpen
    },
    isWhole: issues => link.isAnswered && issues.every(issue => updated.has(issue)),
    updated: issue => void updated.add(issue),
    check: socket.check,
    end(reason, why) {
      cause = why
      socket.end(reason)
    },
    close() {
      stop()
      socket.close()
    },
  }
  return link
}
