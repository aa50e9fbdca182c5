/** What a deployment needs from the quotas of its account, by the figures of cdk/sizing.ts and cdk/plan.ts. */
import { PLAN } from '../../cdk/plan.ts'
import { ACCOUNT_REQUESTS, CONNECT_RATE, REST_CONCURRENCY } from '../../cdk/sizing.ts'
import type { Quota } from './account-checks.ts'

/** Lambda keeps so many executions without a reservation (Lambda developer guide, reserved concurrency). */
const UNRESERVED = 100

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Executions at the same time: the reservations of the template and of the busiest level of the plan. */
export const NEEDED_CONCURRENCY =
  sum(Object.values(REST_CONCURRENCY)) +
  Math.max(...Object.values(PLAN.levels).map(level => sum(Object.values(level.reserved)))) +
  UNRESERVED

export const NEEDED_QUOTAS: readonly Quota[] = [
  {
    service: 'apigateway',
    code: 'L-8A5B8E43',
    name: 'requests a second to all APIs of API Gateway',
    needed: ACCOUNT_REQUESTS,
  },
  {
    service: 'apigateway',
    code: 'L-9ED1E49A',
    name: 'new WebSocket connections a second',
    needed: CONNECT_RATE,
  },
]
