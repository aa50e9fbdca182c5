/** The cost of readers of delayed prices. Their number is not known in advance. */

import { type Bill, billOf, GB, line } from './bill-lines.ts'
import { ANSWER_BYTES, READ_UNITS_A_BOARD, SHORT_INVOCATION_SECONDS } from './measured.ts'
import { REST_FUNCTION_GB } from './sizes.ts'

/** Returns the bill of `requests` requests for one board. Requests that a CDN answers do not count. */
export function readsBill(requests: number): Bill {
  return billOf([
    line('API Gateway', 'requests', requests, 'httpRequest'),
    line('Lambda', 'time', requests * SHORT_INVOCATION_SECONDS * REST_FUNCTION_GB, 'lambdaTime'),
    line('Lambda', 'requests', requests, 'lambdaRequest'),
    line('DynamoDB', 'boards read', requests * READ_UNITS_A_BOARD, 'read'),
    line('Data transfer', 'answers', (requests * ANSWER_BYTES) / GB, 'egress'),
  ])
}
