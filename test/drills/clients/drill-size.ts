/** The sizes of the drill of clients: the long run, and the short run of `npm test`. */
import type { Millis, Seconds } from '../../../market/units.ts'

export interface DrillSize {
  readonly clients: number
  /** The pace that every client asks for. */
  readonly pace: Millis
  /** Listed issues of the market, and issues that each client subscribes to. */
  readonly issues: number
  readonly issuesPerClient: number
  /** Ticks a second of the market in a calm hour. */
  readonly rate: number
  /**
   * Quota of new connections a second. An account has 500, which AWS carries on machines of their own. Here functions,
   * gateway and tables share two cores, so the quota is what these can carry next to their posts.
   */
  readonly connects: number
  /**
   * Clients that wait to be served at the same time while all connect. Each of them may start an environment of `connect`. If too
   * many start on a busy machine, all take longer than the limit of a connection, and none is ever served.
   */
  readonly mostWaiting: number
  /**
   * Length of a calm phase, of a fault, and of the time after a fault that still belongs to its phase. In this time a client
   * whose buffer was full gets its next post: after a rest of 8 s at most (functions/broadcast/post-outcome.ts).
   */
  readonly calm: Seconds
  readonly fault: Seconds
  readonly rest: Seconds
  /** A phase goes on until clients that are not faulty have so many of its trades: on a busy machine that takes longer. */
  readonly leastTrades: number
  /** A wait up to this bound never counts as starved. */
  readonly leastBound: Millis
}

/** Two cores carry this system and its clients. */
export const LONG: DrillSize = {
  clients: 2_000,
  pace: 2_000,
  issues: 300,
  issuesPerClient: 8,
  rate: 300,
  connects: 20,
  mostWaiting: 50,
  calm: 12,
  fault: 15,
  rest: 12,
  leastTrades: 1_000,
  leastBound: 0,
}

/** The bound of waits has a floor: other tests run on the same cores, and a short calm phase has few waits. */
export const SHORT: DrillSize = {
  clients: 40,
  pace: 400,
  issues: 60,
  issuesPerClient: 6,
  rate: 100,
  connects: 40,
  mostWaiting: 1,
  calm: 0.5,
  fault: 1.5,
  rest: 0.5,
  leastTrades: 20,
  leastBound: 15_000,
}
