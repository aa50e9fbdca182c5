/** The durations of the client. */
import { HEARTBEAT_MS } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import type { Backoff } from './reconnect-wait.ts'

const MINUTE: Millis = 60_000

/** Durations in milliseconds. */
export interface Timing {
  /** The wait before a new connection. */
  readonly backoff: Backoff
  /** Longest time to get a token and to open a connection. */
  readonly connectTimeout: Millis
  /** Time between pings. API Gateway closes a connection that is idle for 10 minutes. */
  readonly pingInterval: Millis
  /** Longest time from a ping to any message. After it the connection counts as dead. */
  readonly pongTimeout: Millis
  /** Longest wait for an answer to a request. After it the request is sent again. */
  readonly answerTimeout: Millis
  /** Pause before a request that did not help is sent again. */
  readonly retryPause: Millis
  /**
   * A connection is replaced at a random age between these. API Gateway closes it after two hours. It is random, so that apps
   * that connected together do not connect together again.
   */
  readonly handOver: { readonly from: Millis; readonly to: Millis }
  /**
   * Longest wait for the first updates of the next connection. After it the old connection is closed, if the server has answered the
   * subscriptions of the next one. Otherwise the next one is closed, and tried again.
   */
  readonly handOverTimeout: Millis
  /**
   * A token is renewed at a random moment, `from` to `to` before its end; one with a short life after about half of it. `shortest`
   * is the shortest wait: the clock of this machine may be wrong.
   */
  readonly renewal: { readonly from: Millis; readonly to: Millis; readonly shortest: Millis }
  /** Longest time without an update or a heartbeat, in addition to the pace. After it the boards count as stale. */
  readonly silence: Millis
  /**
   * Pause before the REST API is asked again for trades that it does not have yet or cannot give now, and the longest time to wait for
   * them, without the time that the client has no connection.
   */
  readonly history: { readonly pause: Millis; readonly limit: Millis }
}

/** The durations that a client has without the option `timing`. */
export const DEFAULT_TIMING: Timing = {
  backoff: { base: 500, cap: 30_000 },
  connectTimeout: 10_000,
  pingInterval: 4 * MINUTE,
  pongTimeout: 10_000,
  answerTimeout: 10_000,
  retryPause: 1_000,
  handOver: { from: 100 * MINUTE, to: 115 * MINUTE },
  handOverTimeout: 15_000,
  renewal: { from: 3 * MINUTE, to: MINUTE, shortest: 15_000 },
  silence: HEARTBEAT_MS + 5_000,
  history: { pause: 10_000, limit: 5 * MINUTE },
}
