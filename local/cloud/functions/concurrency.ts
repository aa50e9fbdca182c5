/** The concurrency of the account: how many functions run at the same time (Lambda quotas, "Concurrent executions"). */
import { AwsError } from '../aws-error.ts'
import { type AccountQuotas, AWS_QUOTAS, scaled, shareOf } from '../quotas/account-quotas.ts'
import { formatCount, shortName, type ThrottleReport } from '../quotas/throttle-report.ts'

/** The concurrency from which a function takes a place for each of its invocations. */
export interface Concurrency {
  /** Greatest number of places, `undefined` for a function that shares the places of the account. */
  readonly reserved: number | undefined
  /** Returns the error of an invocation for which no place is free. @param running invocations that run or wait. */
  refusal(running: number): AwsError | undefined
  /** Takes a place when an environment starts an invocation. Returns a function that gives the place back. */
  start(): () => void
}

/** The concurrency of a function of the account, in the units of AWS: a smaller account does not scale it. */
export interface FunctionConcurrency extends Concurrency {
  /** Reserved concurrency, `undefined` if the function has none. */
  readonly reservation: number | undefined
  /** Provisioned concurrency of the function's versions and aliases together. */
  readonly provisioned: number
  /** Sets or removes the reserved concurrency. @throws AwsError InvalidParameterValueException, as AWS. */
  reserve(count: number | undefined): void
  /** Sets the provisioned concurrency. @throws AwsError InvalidParameterValueException, as AWS. */
  provision(count: number): void
}

export interface ConcurrencyPool {
  /** Returns the concurrency of a function. @param reserved `ReservedConcurrentExecutions` of the template. */
  of(logicalId: string, reserved: number | undefined): FunctionConcurrency
}

/** Concurrency without a limit, for functions outside of an account. */
export const UNLIMITED: Concurrency = {
  reserved: undefined,
  refusal: () => undefined,
  start: () => () => {},
}

/** Concurrency that must stay for functions without a reservation (Lambda, "Configuring reserved concurrency"). */
const LEAST_UNRESERVED = 100

interface Member {
  reserved: number | undefined
  provisioned: number
}

/**
 * Opens the concurrency of the account. Reserved concurrency is taken from it and scaled with it. Invocations that wait for
 * an environment do not use the shared places, because they wait for this machine only.
 */
export function openConcurrency(quotas: AccountQuotas, report: ThrottleReport): ConcurrencyPool {
  const share = shareOf(quotas, 'concurrency')
  const members: Member[] = []
  let used = 0

  const shared = (): number =>
    Math.max(
      1,
      members.reduce((left, { reserved = 0 }) => left - scaled(reserved, share), quotas.concurrency),
    )
  /** Returns the concurrency of the whole account, in the units of AWS, that a change of `member` leaves unreserved. */
  const unreservedAfter = (member: Member, change: Partial<Member>): number =>
    members
      .map(each => (each === member ? { ...each, ...change } : each))
      .reduce((left, { reserved, provisioned }) => left - (reserved ?? provisioned), AWS_QUOTAS.concurrency)

  return {
    of(logicalId, initial) {
      const member: Member = { reserved: initial, provisioned: 0 }
      members.push(member)
      const refuse = (limit: string): void =>
        report.counter(`invocations of ${shortName(logicalId)}`, limit)()
      const limit = (): number | undefined =>
        member.reserved === undefined ? undefined : scaled(member.reserved, share)
      return {
        get reserved() {
          return limit()
        },
        get reservation() {
          return member.reserved
        },
        get provisioned() {
          return member.provisioned
        },
        refusal(running) {
          const own = limit()
          if (own !== undefined) {
            if (running < own) return undefined
            refuse(`reserved concurrency ${formatCount(own)}`)
            return tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
          }
          const free = shared()
          if (used < free) return undefined
          refuse(`concurrency ${formatCount(quotas.concurrency)}, ${formatCount(free)} not reserved`)
          return tooManyRequests('ConcurrentInvocationLimitExceeded')
        },
        start() {
          if (member.reserved !== undefined) return () => {}
          used++
          return () => void used--
        },
        reserve(count) {
          if (count !== undefined && count < member.provisioned) {
            throw invalid(
              `ReservedConcurrentExecutions ${count} should not be lower than function's total provisioned concurrency [${member.provisioned}].`,
            )
          }
          if (unreservedAfter(member, { reserved: count }) < LEAST_UNRESERVED) {
            throw belowMinimum('ReservedConcurrentExecutions')
          }
          member.reserved = count
        },
        provision(count) {
          if (member.reserved !== undefined && count > member.reserved) {
            throw invalid(
              'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
            )
          }
          if (unreservedAfter(member, { provisioned: count }) < LEAST_UNRESERVED) {
            throw belowMinimum('ConcurrentExecutions')
          }
          member.provisioned = count
        },
      }
    },
  }
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', message, { details: { Type: 'User' } })
}

function belowMinimum(member: string): AwsError {
  return invalid(
    `Specified ${member} for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
  )
}

function tooManyRequests(Reason: string): AwsError {
  return new AwsError(429, 'TooManyRequestsException', 'Rate Exceeded.', {
    details: { Reason, Type: 'User' },
  })
}
