/** The pace that an app wants: part of the address of a connection, or a request on an open connection. */
import type { ClientMessage, MessageId } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'

export interface PaceRequestOptions {
  /** The pace of the first connection; undefined for the server's default. */
  readonly pace: Millis | undefined
  readonly send: (message: ClientMessage) => void
  /** Longest wait for an answer. After it the request is sent again. */
  readonly answerTimeout: Millis
  /** The server has granted a pace that the app does not know yet. */
  readonly onGranted: (pace: Millis) => void
}

export interface PaceRequest {
  /** Returns the parameters of the address of a new connection. */
  parameters(): Readonly<Record<string, string>>
  /** Requests a pace, now and for later connections. @throws RangeError unless it is a whole number above 0. */
  set(pace: Millis): void
  connected(): void
  disconnected(): void
  /** Takes the answer to a request, also an error. */
  answered(id: MessageId | undefined): void
  /** Takes the pace of an answer. */
  granted(pace: Millis): void
}

export function createPaceRequest({ pace, send, answerTimeout, onGranted }: PaceRequestOptions): PaceRequest {
  let wanted = pace === undefined ? undefined : checkedPace(pace)
  /** The pace in the address of the current connection. */
  let addressed = wanted
  let known: Millis | undefined
  let isOnline = false
  let count = 0
  let pending: MessageId | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function stop(): void {
    clearTimeout(timer)
    pending = undefined
  }

  function request(): void {
    stop()
    if (!isOnline || wanted === undefined) return
    pending = `pace-${++count}`
    send({ action: 'pace', pace: wanted, id: pending })
    timer = setTimeout(request, answerTimeout)
  }

  return {
    parameters(): Readonly<Record<string, string>> {
      addressed = wanted
      return addressed === undefined ? {} : { pace: String(addressed) }
    },
    set(next) {
      wanted = checkedPace(next)
      request()
    },
    connected() {
      isOnline = true
      if (wanted !== addressed) request()
    },
    disconnected() {
      isOnline = false
      stop()
    },
    answered(id) {
      if (id !== undefined && id === pending) stop()
    },
    granted(next) {
      if (next === known) return
      known = next
      onGranted(next)
    },
  }
}

/** Returns a pace. @throws RangeError unless it is a whole number above 0. */
export function checkedPace(pace: Millis): Millis {
  if (!Number.isSafeInteger(pace) || pace <= 0) {
    throw new RangeError(`pace: expected a whole number of milliseconds above 0, got ${pace}`)
  }
  return pace
}
