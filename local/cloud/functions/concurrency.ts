/** The concurrency of the account: how many functions run at the same time (Lambda quotas, "Concurrent executions"). */
import { AwsError } from '../aws-error.ts'
import { type AccountQuotas, scaled, shareOf } from '../quotas/account-quotas.ts'
import { formatCount, shortName, type ThrottleReport } from '../quotas/throttle-report.ts'

/** The concurrency from which a function takes a place for each of its invocations. */
export interface Concurrency {
  /** Greatest number of places, `undefined` for a function that shares the places of the account. */
  readonly reserved: number | undefined
  /** Returns the error of an invocation for which no place is free. @param running invocations that run or wait. */
  refusal(running: number): AwsError | undefined
  /** Takes a place when an environment starts an invocation. */
  start(): void
  end(): void
}

export interface ConcurrencyPool {
  /** Returns the concurrency of a function. @param reserved `ReservedConcurrentExecutions` of the template. */
  of(logicalId: string, reserved: number | undefined): Concurrency
}

/** Concurrency without a limit, for functions outside of an account. */
export const UNLIMITED: Concurrency = {
  reserved: undefined,
  refusal: () => undefined,
  start() {},
  end() {},
}

/**
 * Opens the concurrency of the account. Reserved concurrency is taken from it and scaled with it. Invocations that wait for
 * an environment do not use the shared places, because they wait for this machine only.
 * @param reserved the reserved concurrency of all functions of the template.
 */
export function openConcurrency(
  quotas: AccountQuotas,
  reserved: readonly number[],
  report: ThrottleReport,
): ConcurrencyPool {
  const share = shareOf(quotas, 'concurrency')
  const places = reserved.reduce((left, count) => left - scaled(count, share), quotas.concurrency)
  const shared = Math.max(1, places)
  let used = 0
  return {
    of(logicalId, own) {
      const what = `invocations of ${shortName(logicalId)}`
      if (own !== undefined) {
        const limit = scaled(own, share)
        const refuse = report.counter(what, `reserved concurrency ${formatCount(limit)}`)
        return {
          ...UNLIMITED,
          reserved: limit,
          refusal(running) {
            if (running < limit) return undefined
            refuse()
            return tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
          },
        }
      }
      const refuse = report.counter(
        what,
        `concurrency ${formatCount(quotas.concurrency)}, ${formatCount(shared)} not reserved`,
      )
      return {
        reserved: undefined,
        refusal() {
          if (used < shared) return undefined
          refuse()
          return tooManyRequests('ConcurrentInvocationLimitExceeded')
        },
        start() {
          used++
        },
        end() {
          used--
        },
      }
    },
  }
}

function tooManyRequests(Reason: string): AwsError {
  return new AwsError(429, 'TooManyRequestsException', 'Rate Exceeded.', {
    details: { Reason, Type: 'User' },
  })
}
