/**
 * The quotas of API Gateway: requests and new connections of the account, which all APIs share, and the limits that the
 * template sets for routes. They hold in real time, however fast the clock of the cloud runs.
 */
import { type AccountQuotas, requestBurst, scaled, shareOf } from '../quotas/account-quotas.ts'
import { createGate, type Gate, type Limit } from '../quotas/gate.ts'
import { formatCount, type ThrottleReport } from '../quotas/throttle-report.ts'
import { createTokenBucket, realSeconds } from '../quotas/token-bucket.ts'
import type { Throttle } from './stage.ts'

export interface GatewayQuotas {
  /** Calls of @connections. */
  readonly posts: Gate
  /** Returns the gate of a route of an HTTP API, or of requests without a route. */
  requests(route?: LimitedRoute): Gate
  /** Returns the gate of messages of a route, or of messages without a route. */
  messages(route?: LimitedRoute): Gate
  /** Returns the gate of new connections. @param route `$connect`, if the API has it. */
  connects(route?: LimitedRoute): Gate
}

interface LimitedRoute {
  readonly key: string
  readonly throttle: Throttle | undefined
}

/** Time of which a bucket holds the new connections. AWS documents no burst for them. */
const CONNECT_BURST_SECONDS = 1

/** @param seconds the time in seconds. */
export function createGatewayQuotas(
  quotas: AccountQuotas,
  report: ThrottleReport,
  seconds: () => number = realSeconds,
): GatewayQuotas {
  const limit = (ratePerSecond: number, capacity: number, unit: string): Limit => ({
    bucket: createTokenBucket({ ratePerSecond, capacity, seconds }),
    text: `${formatCount(ratePerSecond)} ${unit}`,
  })
  const share = shareOf(quotas, 'requests')
  const account = limit(quotas.requests, requestBurst(quotas), 'requests/s')
  const newConnections = limit(
    quotas.connects,
    Math.max(1, quotas.connects * CONNECT_BURST_SECONDS),
    'new connections/s',
  )
  const ofRoute = ({ key, throttle }: LimitedRoute): Limit[] =>
    throttle === undefined
      ? []
      : [limit(throttle.ratePerSecond * share, scaled(throttle.burst, share), `requests/s of ${key}`)]
  const gate = (what: string, route: LimitedRoute | undefined, ...wider: readonly Limit[]): Gate =>
    createGate(what, [...(route === undefined ? [] : ofRoute(route)), ...wider], report)
  return {
    posts: gate('posts', undefined, account),
    requests: route => gate('requests', route, account),
    messages: route => gate('messages', route, account),
    connects: route => gate('connections', route, newConnections, account),
  }
}
