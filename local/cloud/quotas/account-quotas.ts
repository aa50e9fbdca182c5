/** The quotas of the account that the cloud enforces. */

export interface AccountQuotas {
  /** Requests a second of all APIs of API Gateway: HTTP requests, new connections, messages and posts to connections. */
  readonly requests: number
  /** New WebSocket connections a second. */
  readonly connects: number
  /** Lambda functions that run at the same time. */
  readonly concurrency: number
  /** Write units a second of a new table in on-demand mode. */
  readonly writes: number
  /** Read units a second of a new table in on-demand mode. */
  readonly reads: number
}

export type QuotaName = keyof AccountQuotas

/** The quotas that an account has by default: API Gateway quotas, Lambda quotas, DynamoDB warm throughput. */
export const AWS_QUOTAS: AccountQuotas = {
  requests: 10_000,
  connects: 500,
  concurrency: 1_000,
  writes: 4_000,
  reads: 12_000,
}

/** Requests above the rate that all APIs accept at once at the default quota (API Gateway quotas, "burst"). */
const AWS_REQUEST_BURST = 5_000

/** Returns the quota as a share of AWS's default. Everything else that this quota bounds is scaled by the same share. */
export function shareOf(quotas: AccountQuotas, name: QuotaName): number {
  return quotas[name] / AWS_QUOTAS[name]
}

/** Returns the requests that a full bucket of the account holds. */
export function requestBurst(quotas: AccountQuotas): number {
  return scaled(AWS_REQUEST_BURST, shareOf(quotas, 'requests'))
}

/** Scales a limit down to a whole number, at least 1. A limit of 0 stays. */
export function scaled(limit: number, share: number): number {
  return limit === 0 ? 0 : Math.max(1, Math.round(limit * share))
}

/**
 * Returns environment variables in which a number of requests a second is scaled with the quota of requests.
 * @param names the variables to scale.
 */
export function scaleRates(
  variables: Readonly<Record<string, string>>,
  names: readonly string[],
  quotas: AccountQuotas,
): Record<string, string> {
  const share = shareOf(quotas, 'requests')
  const rates = names.filter(name => name in variables)
  return {
    ...variables,
    ...Object.fromEntries(rates.map(name => [name, String(scaled(Number(variables[name]), share))])),
  }
}
